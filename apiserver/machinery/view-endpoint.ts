/**
 * Subresources that show an object as another kind (`scale`): reads show, writes change the view and put the change into
 * the object behind it, which is validated and stored as by an update.
 */

import { objectAnswer } from './answers.ts';
import type { ApiAnswer } from './api-server.ts';
import { copyValue } from './copy-value.ts';
import { FieldErrors } from './field-errors.ts';
import { managedOfParent, managedOfView, manageUpdate } from './managed-fields.ts';
import { applied, patched, readPatch } from './patch-endpoint.ts';
import type { Reader } from './read-endpoints.ts';
import { updateOptions, type WriteOptions } from './request-options.ts';
import type { KubeObject, SubresourceRow } from './resource-row.ts';
import { invalid } from './status.ts';
import {
  bodyKindOf,
  decodeObject,
  type Endpoint,
  managerOf,
  matchName,
  matchNamespace,
  type WriteParts,
  writeOf,
} from './write-endpoints.ts';

type View = Extract<SubresourceRow, { readonly type: 'view' }>;

const DEFAULT_PATH = ['spec', 'replicas'];

export async function getView(endpoint: Endpoint, view: View, reader: Reader): Promise<ApiAnswer> {
  const { exchange, served, namespace, shown } = endpoint;
  const version = exchange.info.query.get('resourceVersion') ?? '';
  const stored = await reader.get(served, namespace, exchange.info.name, version);
  return objectAnswer(200, view.show(served.show(stored).object), shown, view);
}

export async function updateView(endpoint: Endpoint, view: View, parts: WriteParts): Promise<ApiAnswer> {
  const options = updateOptions(endpoint.exchange.info.query);
  const sent = decodeObject(endpoint, options, parts);
  matchNamespace(endpoint, sent);
  matchName(sent, endpoint.exchange.info.name);
  return writeView(endpoint, view, options, parts, () => copyValue(sent));
}

export async function patchView(endpoint: Endpoint, view: View, parts: WriteParts): Promise<ApiAnswer> {
  const read = readPatch(endpoint);
  const kind = bodyKindOf(endpoint, parts);
  const apply = read.format === 'apply';
  const nextOf = (live: KubeObject): KubeObject => {
    const next = apply ? applied(endpoint, read, live, kind) : patched(endpoint, read, live, kind);
    matchNamespace(endpoint, next);
    matchName(next, endpoint.exchange.info.name);
    return next;
  };
  return writeView(endpoint, view, read.options, parts, nextOf, apply);
}

async function writeView(
  endpoint: Endpoint,
  view: View,
  options: WriteOptions,
  parts: WriteParts,
  nextOf: (live: KubeObject) => KubeObject,
  /** What `nextOf` answers says already who owns what. */
  tracked = false,
): Promise<ApiAnswer> {
  const { exchange, served, shown, namespace } = endpoint;
  const { name } = exchange.info;
  const { conversion } = served.row;
  const { object: stored } = await parts.registry.update({
    served,
    namespace,
    name,
    mayCreate: false,
    dryRun: options.dryRun,
    async attempt(old) {
      const parent = old === undefined ? { metadata: {} } : conversion === undefined ? old : conversion.fromStored(old);
      const live = ownedView(view, parent);
      const next = nextOf(live);
      const object = copyValue(parent);
      const errors = new FieldErrors();
      view.apply(next, object, errors);
      if (!errors.empty) throw invalid(view.group, view.kind, name, errors.list);
      if (next.metadata.resourceVersion) object.metadata.resourceVersion = next.metadata.resourceVersion;
      else delete object.metadata.resourceVersion;
      if (!tracked) {
        const scope = served.scopeOf(exchange.info.subresource);
        manageUpdate(live, next, managerOf(exchange, options), scope, exchange.nowMs);
      }
      returnOwnership(endpoint, view, parent, next, object);
      return { ...writeOf(endpoint, options, object, old, name, true) };
    },
  });
  return objectAnswer(200, view.show(served.show(stored).object), shown, view);
}

/** The view of an object, with the owners of the field behind it as its own. */
function ownedView(view: View, parent: KubeObject): KubeObject {
  const shown = copyValue(view.show(parent));
  const version = view.group === '' ? view.version : `${view.group}/${view.version}`;
  const path = view.managedPath ?? DEFAULT_PATH;
  const owners = managedOfView(parent.metadata.managedFields, path, version);
  if (owners === undefined) delete shown.metadata.managedFields;
  else shown.metadata.managedFields = owners;
  return shown;
}

/** Who changed the view owns the field behind it, through the subresource. */
function returnOwnership(
  { served }: Endpoint,
  view: View,
  parent: KubeObject,
  next: KubeObject,
  object: KubeObject,
): void {
  const path = view.managedPath ?? DEFAULT_PATH;
  const after = managedOfParent(parent.metadata.managedFields, next.metadata.managedFields, path, served.apiVersion);
  if (after === undefined) delete object.metadata.managedFields;
  else object.metadata.managedFields = after;
}
