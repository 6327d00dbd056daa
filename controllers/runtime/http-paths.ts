/** Where resources are on the wire: paths, queries and the few bodies that are not objects. */
import type { DeleteOptions, ListOptions, PatchType, ResourceRef, WatchOptions, WriteOptions } from './client.ts';

/** `/api/v1/namespaces/default/pods/web/log`; without a name, the collection. */
export function pathOf(ref: ResourceRef, namespace?: string, name?: string, subresource?: string): string {
  const parts = ref.group === '' ? ['/api', ref.version] : ['/apis', ref.group, ref.version];
  if (ref.namespaced && namespace !== undefined && namespace !== '') {
    parts.push('namespaces', encodeURIComponent(namespace));
  }
  parts.push(ref.resource);
  if (name !== undefined) parts.push(encodeURIComponent(name));
  if (subresource !== undefined) parts.push(subresource);
  return parts.join('/');
}

export function listQuery(options: ListOptions): string {
  return query({
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    limit: options.limit,
    continue: options.continue,
    resourceVersion: options.resourceVersion,
    resourceVersionMatch: options.resourceVersionMatch,
  });
}

export function watchQuery(options: WatchOptions): string {
  return query({
    watch: true,
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    resourceVersion: options.resourceVersion,
    allowWatchBookmarks: options.allowWatchBookmarks,
    timeoutSeconds: options.timeoutSeconds,
  });
}

export function writeQuery(options: WriteOptions & { readonly force?: boolean }): string {
  return query({
    fieldManager: options.fieldManager,
    dryRun: options.dryRun === true ? 'All' : undefined,
    force: options.force,
  });
}

export function deleteBody({ cause: _cause, ...options }: DeleteOptions): object {
  return { kind: 'DeleteOptions', apiVersion: 'v1', ...options };
}

export function patchContentType(type: PatchType): string {
  switch (type) {
    case 'json':
      return 'application/json-patch+json';
    case 'merge':
      return 'application/merge-patch+json';
    case 'strategic':
      return 'application/strategic-merge-patch+json';
    case 'apply':
      return 'application/apply-patch+yaml';
  }
}

function query(parameters: Record<string, string | number | boolean | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}
