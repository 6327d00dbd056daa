/** `events`: what happened, in order of time. */
import type { Leaf } from '../command-line/command.ts';
import { bool, list, text } from '../command-line/flag.ts';
import { allNamespacesFlag, chunkSizeFlag, printFlags } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { apiVersionOf, pathOf, type Resource } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { Failure } from '../failure.ts';
import { ageSince } from '../printers/age.ts';
import { printerOf } from '../printers/choose.ts';
import { alignTabs, TABLE_COLUMNS } from '../printers/tab-writer.ts';
import { pages, typedItem } from '../selection.ts';

export interface Event extends KubeObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

export const events: Leaf = {
  usage: '[--for TYPE/NAME] [--watch] [--types=Normal,Warning] [flags]',
  summary: 'show what happened',
  flags: [
    ...printFlags,
    allNamespacesFlag,
    chunkSizeFlag,
    bool('watch,w', 'go on as events come'),
    text('for', 'only of this object: TYPE/NAME'),
    list('types', 'only of these types: Normal, Warning'),
    bool('no-headers', 'leave the first line out'),
  ],
  run,
};

async function run(context: Context, flags: FlagSet): Promise<void> {
  const fieldSelector = await selectorOf(context, flags.text('for'));
  const types = flags.texts('types').map((type) => type.toLowerCase());
  if (types.some((type) => type !== 'normal' && type !== 'warning'))
    throw new Failure('valid --types are Normal or Warning');
  const printer = await printerOf(flags);
  const wanted = ({ type = '' }: Event): boolean => types.length === 0 || types.includes(type.toLowerCase());
  const everywhere = flags.bool('all-namespaces');
  const resource = await (await context.resources()).resolve('events.v1.');
  const of = { resource, namespace: everywhere ? '' : context.namespace, name: '', source: '', object: undefined };
  if (flags.bool('watch')) {
    await follow(context, flags, resource, fieldSelector, wanted);
    return;
  }
  const found: Event[] = [];
  for await (const page of pages<{ items?: readonly Event[] | null; metadata?: { continue?: string } }>(
    context,
    of,
    flags.number('chunk-size'),
    { fieldSelector },
  ))
    found.push(...(page.items ?? []).filter(wanted));
  if (found.length === 0) {
    context.host.err(everywhere ? 'No events found.\n' : `No events found in ${context.namespace} namespace.\n`);
    return;
  }
  const sorted = found.sort((a, b) => timeMs(a) - timeMs(b));
  if (printer !== undefined) {
    // kubectl's name printer takes no typed list, and says nothing of it.
    if (flags.text('output') === 'name') return;
    const items = sorted.map((event) => typedItem(event, resource));
    context.print(printer({ kind: 'EventList', apiVersion: 'v1', metadata: {}, items }));
    return;
  }
  const head = flags.bool('no-headers') ? '' : headOf(everywhere);
  const rows = sorted.map((event) => rowOf(event, everywhere, context.host.clock.nowMs())).join('');
  context.print(alignTabs(head + rows, TABLE_COLUMNS));
}

async function follow(
  context: Context,
  flags: FlagSet,
  resource: Resource,
  fieldSelector: string | undefined,
  wanted: (event: Event) => boolean,
): Promise<void> {
  const everywhere = flags.bool('all-namespaces');
  const widths: number[] = [];
  let headed = flags.bool('no-headers');
  const lines = context.rest.lines<{ type: string; object: Event }>({
    path: pathOf(resource, everywhere ? undefined : context.namespace),
    query: { watch: 'true', fieldSelector },
    signal: context.host.signal,
  });
  for await (const { type, object } of lines) {
    if ((type !== 'ADDED' && type !== 'MODIFIED') || !wanted(object)) continue;
    const text = (headed ? '' : headOf(everywhere)) + rowOf(object, everywhere, context.host.clock.nowMs());
    headed = true;
    context.print(alignTabs(text, TABLE_COLUMNS, widths));
  }
}

async function selectorOf(context: Context, target: string): Promise<string | undefined> {
  if (target === '') return undefined;
  const [type = '', name, ...more] = target.split('/');
  if (name === undefined) throw new Failure('--for must be in resource/name form');
  if (more.length > 0) throw new Failure('arguments in resource/name form may not have more than one slash');
  const resource = await (await context.resources()).resolve(type);
  return `involvedObject.kind=${resource.kind},involvedObject.apiVersion=${apiVersionOf(resource)},involvedObject.name=${name}`;
}

function headOf(everywhere: boolean): string {
  return `${everywhere ? 'NAMESPACE\t' : ''}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n`;
}

function rowOf(event: Event, everywhere: boolean, nowMs: number): string {
  const { metadata, type = '', reason = '', involvedObject, message = '' } = event;
  const object = `${involvedObject?.kind ?? ''}/${involvedObject?.name ?? ''}`;
  const cells = [intervalOf(event, nowMs), type, reason, object, message.trim()];
  return `${(everywhere ? [metadata.namespace ?? '', ...cells] : cells).join('\t')}\n`;
}

/** `2m (x3 over 5m)`: how long ago, and how often since when. */
export function intervalOf(
  { series, count = 0, firstTimestamp, lastTimestamp, eventTime }: Event,
  nowMs: number,
): string {
  const first = ageSince(isSet(eventTime) ? eventTime : firstTimestamp, nowMs);
  if (series !== undefined && series !== null)
    return `${ageSince(series.lastObservedTime, nowMs)} (x${series.count ?? 0} over ${first})`;
  return count > 1 ? `${ageSince(lastTimestamp, nowMs)} (x${count} over ${first})` : first;
}

function isSet(time: string | null | undefined): boolean {
  return time !== undefined && time !== null && time !== '';
}

export function timeMs({ series, lastTimestamp, eventTime }: Event): number {
  const time = series?.lastObservedTime ?? (isSet(lastTimestamp) ? lastTimestamp : eventTime);
  return isSet(time) ? Date.parse(String(time)) : 0;
}
