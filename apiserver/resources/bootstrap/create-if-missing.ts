/** Creates what is not there; what is there stays as it is. */
import type { RegistryServices } from '../../machinery/resource-row.ts';
import { StatusError } from '../../machinery/status.ts';
import type { BuiltinObject } from './cluster-objects.ts';

/** True when it was created just now. */
export async function createIfMissing(
  services: RegistryServices,
  { resource, object }: BuiltinObject,
): Promise<boolean> {
  const { namespace, name = '' } = object.metadata;
  if ((await services.get(resource, namespace, name)) !== undefined) return false;
  try {
    await services.create(resource, object);
    return true;
  } catch (error) {
    // Another API server starts at the same time.
    if (error instanceof StatusError && error.reason === 'AlreadyExists') return false;
    throw error;
  }
}
