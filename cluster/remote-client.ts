/** A `Client` over HTTP from a kubeconfig, for components that run in a process of their own. */
import { type KubeconfigAccess, readKubeconfig } from '../apiserver/auth/kubeconfig-reading.ts';
import { HttpClient, type TokenSource } from '../controllers/runtime/http-client.ts';

/** UsageError naming file, field and reason when it cannot be read or says nothing usable. */
export async function clientOfKubeconfig(file: string, userAgent: string): Promise<HttpClient> {
  return clientOf(await readKubeconfig(file), userAgent);
}

/** `tokens`: for who has no credentials that last. */
export function clientOf(
  { server, authorities, certificate, key, token }: KubeconfigAccess,
  userAgent: string,
  tokens?: TokenSource,
): HttpClient {
  return new HttpClient({
    server,
    userAgent,
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    ...(token === undefined ? {} : { token }),
    ...(tokens === undefined ? {} : { tokenSource: tokens }),
  });
}
