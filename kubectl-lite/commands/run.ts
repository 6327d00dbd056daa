/** `run NAME --image=IMAGE`: one pod. */
import type { Leaf } from '../command-line/command.ts';
import { usageError } from '../command-line/command.ts';
import { array, bool, duration, text } from '../command-line/flag.ts';
import { creationFlags } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import type { KubeObject } from '../documents.ts';
import { Failure } from '../failure.ts';
import { commandArguments, createAndTell, metadataOf, nameArguments } from './create/creation.ts';

export const run: Leaf = {
  usage: 'NAME --image=IMAGE [--env="KEY=VALUE"] [--port=PORT] [--command] -- [COMMAND] [args...]',
  summary: 'run an image in a pod',
  about: 'Attaching to the pod (-i, -t, --attach, --rm) is refused: read its log with `kubectl-lite logs`.',
  flags: [
    ...creationFlags('kubectl-run'),
    text('image', 'the image', { required: true }),
    text('image-pull-policy', 'Always, IfNotPresent or Never'),
    text('port', "the container's port"),
    array('env,e', 'KEY=VALUE; may be repeated'),
    text('labels,l', 'labels of the pod: a=b,c=d'),
    array('annotations', 'KEY=VALUE; may be repeated'),
    text('restart', 'Always, OnFailure or Never', { initial: 'Always' }),
    bool('command', 'the words after -- are the command, not its arguments'),
    bool('privileged', 'run privileged'),
    bool('expose', 'also make a service; needs --port'),
    text('overrides', 'JSON to change the object with'),
    text('override-type', 'merge, json or strategic', { initial: 'merge' }),
    bool('stdin,i', 'refused'),
    bool('tty,t', 'refused'),
    bool('attach', 'refused'),
    bool('rm', 'refused'),
    bool('quiet,q', 'taken for compatibility'),
    duration('pod-running-timeout', 'taken for compatibility', { hidden: true }),
  ],
  run: runPod,
};

async function runPod(context: Context, flags: FlagSet): Promise<void> {
  const [name] = nameArguments(flags);
  if (name === undefined) throw usageError(context, 'NAME is required for run');
  if (flags.bool('rm') && !['stdin', 'tty', 'attach'].some((flag) => flags.bool(flag)))
    throw usageError(context, '--rm should only be used for attached containers');
  if (['stdin', 'tty', 'attach'].some((flag) => flags.bool(flag)))
    throw new Failure(
      'error: kubectl-lite does not attach to pods; run without -i, -t, --attach and --rm, and use `kubectl-lite logs`',
    );
  const restart = flags.text('restart');
  if (!['Always', 'OnFailure', 'Never'].includes(restart))
    throw usageError(context, `invalid restart policy: ${restart}`);
  const policy = flags.text('image-pull-policy');
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(policy))
    throw usageError(context, `invalid image pull policy: ${policy}`);
  if (flags.bool('expose') && flags.text('port') === '')
    throw new Failure('--port must be set when exposing a service');
  const words = [...nameArguments(flags).slice(1), ...commandArguments(flags)];
  const port = flags.text('port');
  const labels = flags.text('labels') === '' ? { run: name } : pairsOf(flags.text('labels').split(','), 'label');
  const annotations = pairsOf(flags.texts('annotations'), 'annotation');
  const env = flags.texts('env').map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new Failure(`invalid env: ${pair}`);
    return { name: pair.slice(0, at), value: pair.slice(at + 1) };
  });
  const container = {
    name,
    image: flags.text('image'),
    ...(policy === '' ? {} : { imagePullPolicy: policy }),
    ...(words.length === 0 ? {} : flags.bool('command') ? { command: words } : { args: words }),
    ...(port === '' ? {} : { ports: [{ containerPort: Number(port) }] }),
    ...(env.length === 0 ? {} : { env }),
    ...(flags.bool('privileged') ? { securityContext: { privileged: true } } : {}),
  };
  const pod = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: metadataOf(context, name, {
      labels,
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    }),
    spec: { containers: [container], restartPolicy: restart, dnsPolicy: 'ClusterFirst' },
  };
  await createAndTell(context, flags, await overridden(flags, pod as unknown as KubeObject), 'created');
  if (!flags.bool('expose')) return;
  const service = {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: metadataOf(context, name),
    spec: { ports: [{ protocol: 'TCP', port: Number(port), targetPort: Number(port) }], selector: labels },
  };
  await createAndTell(context, flags, service as unknown as KubeObject, 'created');
}

function pairsOf(pairs: readonly string[], what: string): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new Failure(`unexpected ${what} spec: ${pair}`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** The object with `--overrides` laid over it. */
export async function overridden(flags: FlagSet, object: KubeObject): Promise<KubeObject> {
  const text = flags.text('overrides');
  if (text === '') return object;
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
