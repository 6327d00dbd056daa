/** `wait --for=…`: until a condition, a value, a creation or a deletion. */
import type { Leaf } from '../command-line/command.ts';
import { array, bool, duration } from '../command-line/flag.ts';
import {
  allNamespacesFlag,
  fieldSelectorFlag,
  fileFlags,
  printFlags,
  selectorFlag,
} from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { asFailure, Failure, isNotFound, throwGathered } from '../failure.ts';
import { goValue } from '../printers/go-value.ts';
import { JsonPath, relaxedPath } from '../printers/jsonpath.ts';
import { fetched, type Info, select, selectionFlags } from '../selection.ts';
import { reporter } from '../writing/report.ts';

export const wait: Leaf = {
  usage:
    '(-f FILE | TYPE/NAME | TYPE [(-l label | --all)]) --for=(create|delete|condition=NAME[=VALUE]|jsonpath={PATH}[=VALUE]) [flags]',
  summary: 'wait until objects are in a state',
  flags: [
    ...printFlags,
    ...fileFlags.filter(({ name }) => name !== 'kustomize'),
    selectorFlag,
    fieldSelectorFlag,
    allNamespacesFlag,
    bool('all', 'all of the type in the namespace'),
    bool('local', 'objects are those of the files'),
    array('for', 'what to wait for; may be repeated'),
    duration('timeout', 'how long to wait; 0: look once', { initial: 30_000 }),
  ],
  run,
};

/** Whether an object is where it should be; undefined: it is gone. */
type Condition =
  | { readonly kind: 'create' }
  | { readonly kind: 'delete' }
  | { readonly kind: 'state'; met(object: KubeObject): boolean };

const ONLY_FILES = `you must specify resources by --filename when --local is set.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'`;
const WEEK_MS = 168 * 3_600_000;
const POLL_MS = 100;

async function run(context: Context, flags: FlagSet): Promise<void> {
  const report = await reporter(context, flags, 'none');
  const conditions = flags.texts('for').map(conditionOf);
  if (conditions.length === 0) throw new Failure('unrecognized condition: ""');
  if (flags.bool('local') && flags.texts('filename').length === 0) throw new Failure(ONLY_FILES);
  const given = flags.number('timeout');
  const timeoutMs = given < 0 ? WEEK_MS : given;
  const endMs = context.host.clock.monotonicMs() + timeoutMs;
  const selection = { ...selectionFlags(flags), typeAloneIsAll: false, continueOnError: true };
  if (conditions.some(({ kind }) => kind === 'create')) await created(context, selection, endMs);
  const isForDelete = conditions.some(({ kind }) => kind === 'delete');
  const { infos, failures } = await select(context, selection);
  const all = failures.filter((failure) => !(isForDelete && isNotFound(failure)));
  if (infos.length === 0) {
    throwGathered(all);
    if (!isForDelete) throw new Failure('no matching resources found');
  }
  for (const info of infos) {
    try {
      for (const condition of conditions)
        report(await until(context, info, condition, timeoutMs, endMs), 'condition met');
    } catch (thrown) {
      all.push(asFailure(thrown));
    }
  }
  throwGathered(all);
}

async function created(context: Context, selection: Parameters<typeof select>[1], endMs: number): Promise<void> {
  const { clock, signal } = context.host;
  while (!signal.aborted) {
    const { infos, failures } = await select(context, selection);
    throwGathered(failures.filter((failure) => !isNotFound(failure)));
    if (infos.length > 0) return;
    if (clock.monotonicMs() > endMs) throw new Failure('timed out waiting for the condition');
    await clock.sleep(500, signal);
  }
}

async function until(
  context: Context,
  info: Info,
  condition: Condition,
  timeoutMs: number,
  endMs: number,
): Promise<KubeObject> {
  const { clock, signal } = context.host;
  let last = info.object;
  if (timeoutMs > 0 && clock.monotonicMs() >= endMs) throw timedOut(info);
  while (!signal.aborted) {
    try {
      last = (await fetched(context, info)).object;
      if (condition.kind === 'create' || (condition.kind === 'state' && condition.met(last))) return last;
    } catch (thrown) {
      if (!isNotFound(thrown) || condition.kind !== 'delete') throw thrown;
      return last;
    }
    if (condition.kind === 'delete' && last.metadata.uid !== info.object.metadata.uid) return last;
    if (timeoutMs === 0) throw new Failure(`condition not met for ${info.resource.name}/${info.name}`);
    if (clock.monotonicMs() >= endMs) throw timedOut(info);
    await clock.sleep(Math.min(POLL_MS, Math.max(1, endMs - clock.monotonicMs())), signal);
  }
  throw new Failure(`the wait for ${pathOf(info.resource, info.namespace, info.name)} was ended`);
}

function timedOut({ resource, name }: Info): Failure {
  return new Failure(`timed out waiting for the condition on ${resource.name}/${name}`);
}

function conditionOf(text: string): Condition {
  const lower = text.toLowerCase();
  if (lower === 'create') return { kind: 'create' };
  if (lower === 'delete') return { kind: 'delete' };
  if (text.startsWith('condition=')) {
    const [name = '', value = 'true'] = text.slice('condition='.length).split(/=(.*)/s);
    return { kind: 'state', met: (object) => hasCondition(object, name, value) };
  }
  if (text.startsWith('jsonpath=')) return pathCondition(text.slice('jsonpath='.length));
  throw new Failure(`unrecognized condition: ${JSON.stringify(text)}`);
}

interface StatusCondition {
  readonly type?: string;
  readonly status?: string;
  readonly observedGeneration?: number;
}

function hasCondition(object: KubeObject, name: string, value: string): boolean {
  const status = object.status as { conditions?: readonly StatusCondition[]; observedGeneration?: number } | undefined;
  const found = status?.conditions?.find(({ type }) => type?.toLowerCase() === name.toLowerCase());
  if (found?.status === undefined) return false;
  const generation = object.metadata.generation as number | undefined;
  const observed = found.observedGeneration ?? status?.observedGeneration;
  if (generation !== undefined && observed !== undefined && observed < generation) return false;
  return found.status.toLowerCase() === value.toLowerCase();
}

function pathCondition(input: string): Condition {
  const parts = input.split(/(?<!=)=(?!=)/);
  if (parts.length > 2)
    throw new Failure(
      "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
    );
  const [expression = '', value] = parts;
  const wanted = value?.replace(/^['"]+|['"]+$/g, '');
  if (wanted === '')
    throw new Failure(
      "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
    );
  const path = new JsonPath(relaxedPath(expression), { allowMissing: true });
  return {
    kind: 'state',
    met(object) {
      const [values = []] = path.results(object);
      if (values.length === 0) return false;
      if (wanted === undefined) return true;
      if (values.length > 1) throw new Failure('given jsonpath expression matches more than one value');
      const [found] = values;
      if (typeof found === 'object' && found !== null)
        throw new Failure('jsonpath leads to a nested object or list which is not supported');
      return goValue(found).trim() === wanted.trim();
    },
  };
}
