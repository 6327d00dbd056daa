/** `run NAME --image=IMAGE`: one pod, and with `--attach` what it says until it ends. */
import type { Leaf } from '../command-line/command.ts';
import { usageError } from '../command-line/command.ts';
import { array, bool, duration, integer, text } from '../command-line/flag.ts';
import { creationFlags, fileFlags } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import type { KubeObject } from '../documents.ts';
import { asFailure, Failure, throwGathered } from '../failure.ts';
import { dryRunOf, dryRunSuffix } from '../writing/dry-run.ts';
import { isImageName } from '../writing/image-name.ts';
import type { Pod } from '../writing/pods.ts';
import { commandArguments, createOne, metadataOf, nameArguments, tell } from './create/creation.ts';

export const run: Leaf = {
  usage: 'NAME --image=IMAGE [--env="KEY=VALUE"] [--port=PORT] [--command] -- [COMMAND] [args...]',
  summary: 'run an image in a pod',
  about:
    'With --attach, -i or -t: a server that begins no stream (simulated nodes do not) has its log printed instead.',
  flags: [
    ...creationFlags('kubectl-run').filter(({ name }) => name !== 'validate'),
    ...fileFlags.map((flag) => ({ ...flag, hidden: true })),
    text('image', 'the image', { required: true }),
    text('image-pull-policy', 'Always, IfNotPresent or Never'),
    text('port', "the container's port"),
    array('env', 'KEY=VALUE; may be repeated'),
    text('labels,l', 'labels of the pod: a=b,c=d'),
    array('annotations', 'KEY=VALUE; may be repeated'),
    text('restart', 'Always, OnFailure or Never', { initial: 'Always' }),
    bool('command', 'the words after -- are the command, not its arguments'),
    bool('privileged', 'run privileged'),
    bool('expose', 'also make a service; needs --port'),
    text('overrides', 'JSON to change the object with'),
    text('override-type', 'merge, json or strategic', { initial: 'merge' }),
    bool('stdin,i', 'keep the standard input of the container open; implies --attach'),
    bool('tty,t', 'the container has a terminal; needs -i'),
    bool('attach', 'wait until the pod runs, and attach to it'),
    bool('leave-stdin-open', 'keep standard input open after the first who attached'),
    bool('rm', 'with --attach: delete the pod afterwards'),
    bool('quiet,q', 'tell only what the container prints'),
    text('detach-keys', 'taken for compatibility', { hidden: true }),
    duration('pod-running-timeout', 'with --attach: how long to wait for the pod', { initial: 60_000 }),
    text('cascade', 'taken for compatibility', { hidden: true, initial: 'background', bare: 'background' }),
    bool('force', 'taken for compatibility', { hidden: true }),
    integer('grace-period', 'taken for compatibility', { hidden: true, initial: -1 }),
    duration('timeout', 'taken for compatibility', { hidden: true }),
    bool('wait', 'taken for compatibility', { hidden: true }),
  ],
  run: runPod,
};

async function runPod(context: Context, flags: FlagSet): Promise<void> {
  const dryRun = dryRunOf(flags);
  const attached = flags.changed('attach') ? flags.bool('attach') : flags.bool('stdin');
  validate(context, flags, attached);
  const made = [await createOne(context, flags, await overridden(flags, podOf(context, flags)))];
  const failures: Failure[] = [];
  if (flags.bool('expose')) {
    try {
      const service = await createOne(context, flags, serviceOf(context, flags));
      made.push(service);
      await tell(context, flags, service, 'created', dryRunSuffix(dryRun));
      // What follows begins with the same line.
      if (flags.text('output') === 'yaml') context.print('---\n---\n');
    } catch (thrown) {
      failures.push(asFailure(thrown));
    }
  }
  const [pod] = made;
  if (pod === undefined) return;
  if (attached) {
    const { deleted, untilEnded } = await import('../streams/run-attached.ts');
    try {
      await untilEnded(context, flags, pod as Pod);
    } finally {
      if (flags.bool('rm')) await deleted(context, made, flags.bool('quiet'));
    }
    return;
  }
  await tell(context, flags, pod, 'created', dryRunSuffix(dryRun));
  throwGathered(failures);
}

function validate(context: Context, flags: FlagSet, attached: boolean): void {
  if (nameArguments(flags).length === 0) throw usageError(context, 'NAME is required for run');
  const image = flags.text('image');
  if (image === '') throw new Failure('--image is required');
  if (!isImageName(image)) throw new Failure(`Invalid image name ${JSON.stringify(image)}: invalid reference format`);
  if (flags.bool('tty') && !flags.bool('stdin'))
    throw usageError(context, '-i/--stdin is required for containers with -t/--tty=true');
  if (flags.bool('expose') && flags.text('port') === '')
    throw usageError(context, '--port must be set when exposing a service');
  const restart = flags.text('restart');
  if (!['', 'Always', 'OnFailure', 'Never'].includes(restart))
    throw usageError(context, `invalid restart policy: ${restart}`);
  if (flags.bool('rm') && !attached) throw usageError(context, '--rm should only be used for attached containers');
  if (attached && dryRunOf(flags) !== 'none')
    throw usageError(
      context,
      "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
    );
  const policy = flags.text('image-pull-policy');
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(policy))
    throw usageError(context, `invalid image pull policy: ${policy}`);
}

function podOf(context: Context, flags: FlagSet): KubeObject {
  const [name = '', ...more] = nameArguments(flags);
  const words = [...more, ...commandArguments(flags)];
  const policy = flags.text('image-pull-policy');
  const port = flags.text('port');
  const annotations = pairsOf(flags.texts('annotations'), 'annotations');
  const env = flags.texts('env').map(variableOf);
  const stdin = flags.bool('stdin');
  const container = {
    name,
    image: flags.text('image'),
    ...(policy === '' ? {} : { imagePullPolicy: policy }),
    ...(words.length === 0 ? {} : flags.bool('command') ? { command: words } : { args: words }),
    ...(port === '' ? {} : { ports: [{ containerPort: portOf(port) }] }),
    ...(env.length === 0 ? {} : { env }),
    ...(stdin ? { stdin } : {}),
    ...(stdin && !flags.bool('leave-stdin-open') ? { stdinOnce: true } : {}),
    ...(flags.bool('tty') ? { tty: true } : {}),
    ...(flags.bool('privileged') ? { securityContext: { privileged: true } } : {}),
  };
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: metadataOf(context, name, {
      labels: labelsOf(flags, name),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    }),
    spec: { containers: [container], restartPolicy: flags.text('restart') || 'Always', dnsPolicy: 'ClusterFirst' },
  };
}

function serviceOf(context: Context, flags: FlagSet): KubeObject {
  const [name = ''] = nameArguments(flags);
  const port = portOf(flags.text('port'));
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: metadataOf(context, name),
    spec: { ports: [{ protocol: 'TCP', port, targetPort: port }], selector: labelsOf(flags, name) },
  };
}

function labelsOf(flags: FlagSet, name: string): Record<string, string> {
  const labels = flags.text('labels');
  return labels === '' ? { run: name } : pairsOf(labels.split(','), 'label');
}

function portOf(port: string): number {
  if (!/^[+-]?\d+$/.test(port)) throw new Failure(`strconv.Atoi: parsing ${JSON.stringify(port)}: invalid syntax`);
  return Number(port);
}

function variableOf(pair: string): { name: string; value?: string } {
  const at = pair.indexOf('=');
  const name = at < 0 ? '' : pair.slice(0, at);
  if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name) || name === '.' || name.startsWith('..'))
    throw new Failure(`invalid env: ${pair}`);
  const value = pair.slice(at + 1);
  return value === '' ? { name } : { name, value };
}

function pairsOf(pairs: readonly string[], what: string): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1)
        throw new Failure(what === 'label' ? `unexpected label spec: ${pair}` : `invalid ${what} format: ${pair}`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** The object with `--overrides` laid over it. */
export async function overridden(flags: FlagSet, object: KubeObject): Promise<KubeObject> {
  const text = flags.text('overrides');
  if (text === '') return object;
  const type = flags.text('override-type');
  if (!['merge', 'json', 'strategic'].includes(type)) throw new Failure(`invalid override type: ${type}`);
  let patch: unknown;
  try {
    patch = JSON.parse(text);
  } catch {
    throw new Failure('error: Invalid JSON Patch');
  }
  if (flags.text('override-type') === 'json') {
    const { applyJsonPatch } = await import('../apply/json-patch.ts');
    return applyJsonPatch(object, patch) as KubeObject;
  }
  const { applyPatch } = await import('../apply/local-patch.ts');
  const kind = flags.text('override-type') === 'strategic' ? object.kind : undefined;
  return applyPatch(object, patch as Record<string, unknown>, kind) as KubeObject;
}
