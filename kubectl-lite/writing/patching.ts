/** Writes through one object: patches, replacements, and the annotation that `apply` reads. */
import type { Context } from '../context.ts';
import { pathOf } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { Failure } from '../failure.ts';
import { goJson, sortedKeys } from '../printers/objects.ts';
import type { Info } from '../selection.ts';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

export const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export async function patchObject(
  context: Context,
  { resource, namespace, name }: Info<unknown>,
  type: keyof typeof PATCH_TYPES,
  body: unknown,
  query: Readonly<Record<string, string | undefined>>,
  subresource?: string,
): Promise<KubeObject> {
  if (name === '') throw new Failure('resource name may not be empty');
  return context.rest.json<KubeObject>({
    method: 'PATCH',
    path: pathOf(resource, namespace, name, subresource),
    query,
    contentType: PATCH_TYPES[type],
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** The configuration as the annotation keeps it: without the annotation itself. */
export function configurationText(object: KubeObject): string {
  const annotations = { ...object.metadata.annotations };
  delete annotations[LAST_APPLIED];
  return `${goJson(sortedKeys({ ...object, metadata: { ...object.metadata, annotations } }))}\n`;
}

/** The object with its own configuration in the annotation. */
export function withConfiguration(object: KubeObject): KubeObject {
  const annotations = { ...object.metadata.annotations, [LAST_APPLIED]: configurationText(object) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** `Resource: "apps/v1, Resource=deployments", …`: how messages tell what was worked on. */
export function infoText({ resource, namespace, name }: Info<unknown>): string {
  const group = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  const at = resource.group === '' ? `/${resource.version}` : group;
  return `Resource: "${at}, Resource=${resource.name}", GroupVersionKind: "${at}, Kind=${resource.kind}"\nName: "${name}", Namespace: "${namespace}"`;
}
