/** The role of those who may look at moments without being administrators: bind it to whom you like. */
import { type ApiObject, type Client, isAlreadyExists } from '../controllers/runtime/client.ts';
import { clusterRoles } from '../controllers/runtime/resources.ts';
import { MOMENTS_PATH } from './moments-endpoint.ts';

interface ClusterRole extends ApiObject {
  readonly rules: readonly { readonly nonResourceURLs: readonly string[]; readonly verbs: readonly string[] }[];
}

/** Bound to nobody at first; what somebody made of it since is left as it is. */
export async function ensureMomentsRole(client: Client): Promise<void> {
  try {
    await client.create<ClusterRole>(clusterRoles, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'sampan:moments-reader' },
      rules: [{ nonResourceURLs: [MOMENTS_PATH, `${MOMENTS_PATH}/*`], verbs: ['get'] }],
    });
  } catch (thrown) {
    if (!isAlreadyExists(thrown)) throw thrown;
  }
}
