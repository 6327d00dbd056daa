/** Tells the recorder of every change that the watch cache hands to those who watch. */
import type { FactDraft, Recorder } from '../../base/moments.ts';
import type { CacheEvent, ResourceCache } from './resource-cache.ts';
import type { ServedRows } from './served-rows.ts';

export function watchMoments(
  recorder: Recorder,
  rows: ServedRows,
): (resource: ResourceCache, event: CacheEvent) => void {
  const labels = new Map<string, string>();
  const labelOf = (prefix: string): string => {
    let label = labels.get(prefix);
    if (label === undefined) {
      label = rows.all.find(({ storage }) => `${storage.prefix}/` === prefix)?.storage.label ?? prefix;
      labels.set(prefix, label);
    }
    return label;
  };
  return (resource, event) => {
    if (!recorder.active) return;
    const { namespace, name = '' } = (event.object ?? event.previous)?.object.metadata ?? {};
    const fact: FactDraft<'api.watch-event'> = {
      type: 'api.watch-event',
      change: event.object === undefined ? 'DELETED' : event.previous === undefined ? 'ADDED' : 'MODIFIED',
      resource: labelOf(resource.prefix),
      name,
      revision: event.revision,
      watchers: resource.watchers,
    };
    if (namespace !== undefined) fact.namespace = namespace;
    recorder.record(fact);
  };
}
