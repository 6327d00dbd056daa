/** The class of volumes and claims: a field, and before that an annotation. */
const ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

export { ANNOTATION as STORAGE_CLASS_ANNOTATION };

export function storageClassName(object: {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> | undefined };
  readonly spec: { readonly storageClassName?: string | undefined };
}): string {
  return object.metadata.annotations?.[ANNOTATION] ?? object.spec.storageClassName ?? '';
}
