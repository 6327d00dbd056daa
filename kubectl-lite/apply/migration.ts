/**
 * From client-side to server-side apply: what the client-side manager owned becomes the server-side manager's, so that
 * the server removes what the configuration no longer has.
 */
import type { Context } from '../context.ts';
import type { KubeObject } from '../documents.ts';
import type { Info } from '../selection.ts';
import { LAST_APPLIED, patchObject } from '../writing/patching.ts';

interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1?: Fields;
}

interface Fields {
  readonly [field: string]: Fields;
}

const ANNOTATION_MANAGER = 'kubectl-last-applied';

/** Keeps the annotation of client-side apply from being removed together with its manager. */
export async function keepLastApplied(context: Context, info: Info): Promise<Info> {
  const annotation = info.object.metadata.annotations?.[LAST_APPLIED];
  const owned = entriesOf(info.object).some(
    (entry) => entry.manager === ANNOTATION_MANAGER && entry.operation === 'Apply' && ownsLastApplied(entry),
  );
  if (annotation === undefined || owned) return info;
  const { apiVersion, kind } = info.object;
  const metadata = { name: info.name, annotations: { [LAST_APPLIED]: annotation } };
  const body = { apiVersion, kind, metadata };
  const query = { fieldManager: ANNOTATION_MANAGER, force: 'true' };
  return { ...info, object: await patchObject(context, info, 'apply', body, query) };
}

/** @returns whether there was anything to hand over; the configuration is to be applied once more then */
export async function migrate(context: Context, info: Info, manager: string): Promise<boolean> {
  const entries = entriesOf(info.object);
  const clientSide = entries.filter(
    (entry) => entry.operation === 'Update' && (entry.subresource ?? '') === '' && ownsLastApplied(entry),
  );
  const managers = new Set(clientSide.map((entry) => entry.manager));
  if (managers.size === 0) return false;
  const handedOver = entries.filter(
    (entry) => managers.has(entry.manager) && entry.operation === 'Update' && (entry.subresource ?? '') === '',
  );
  const own = (entry: ManagedFields): boolean =>
    entry.manager === manager && entry.operation === 'Apply' && (entry.subresource ?? '') === '';
  const fieldsV1 = handedOver.reduce(
    (all, entry) => union(all, entry.fieldsV1 ?? {}),
    entries.find(own)?.fieldsV1 ?? ({} as Fields),
  );
  const after = entries
    .filter((entry) => !handedOver.includes(entry))
    .map((entry) => (own(entry) ? { ...entry, fieldsV1 } : entry));
  await patchObject(
    context,
    info,
    'json',
    [
      { op: 'replace', path: '/metadata/managedFields', value: after },
      { op: 'replace', path: '/metadata/resourceVersion', value: info.object.metadata.resourceVersion },
    ],
    {},
  );
  return true;
}

function entriesOf(object: KubeObject): readonly ManagedFields[] {
  return (object.metadata as { managedFields?: readonly ManagedFields[] }).managedFields ?? [];
}

function ownsLastApplied({ fieldsV1 }: ManagedFields): boolean {
  return fieldsV1?.['f:metadata']?.['f:annotations']?.[`f:${LAST_APPLIED}`] !== undefined;
}

function union(one: Fields, other: Fields): Fields {
  const all: Record<string, Fields> = { ...one };
  for (const [field, below] of Object.entries(other)) all[field] = union(all[field] ?? {}, below);
  return all;
}
