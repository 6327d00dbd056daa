/** A `Client` over HTTP from a kubeconfig, for components that run in a process of their own. */
import { type KubeconfigAccess, readKubeconfig } from '../apiserver/auth/kubeconfig-reading.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Client } from '../controllers/runtime/client.ts';
import { HttpClient, type TokenSource } from '../controllers/runtime/http-client.ts';
import { namespaces } from '../controllers/runtime/resources.ts';

const ASK_AGAIN_MS = 2000;

/** UsageError naming file, field and reason when it cannot be read or says nothing usable. */
export async function clientOfKubeconfig(file: string, userAgent: string): Promise<HttpClient> {
  return clientOf(await readKubeconfig(file), userAgent);
}

/** `tokens`: for who has no credentials that last. */
export function clientOf(
  { server, authorities, certificate, key, token, insecure }: KubeconfigAccess,
  userAgent: string,
  tokens?: TokenSource,
): HttpClient {
  return new HttpClient({
    server,
    userAgent,
    insecureSkipTlsVerify: insecure,
    ...(authorities === undefined ? {} : { ca: authorities }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    ...(token === undefined ? {} : { token }),
    ...(tokens === undefined ? {} : { tokenSource: tokens }),
  });
}

/** Says why the server does not answer a component, each reason once, until it does: whoever only waits would say nothing. */
export async function tellUntilReached(
  client: Pick<Client, 'get'>,
  kubeconfig: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<void> {
  let told = '';
  for (;;) {
    try {
      await client.get(namespaces, 'kube-system');
      return;
    } catch (thrown) {
      const error = messageOf(thrown);
      if (error !== told) logger.warn({ kubeconfig, error }, 'the API server does not serve us, trying again');
      told = error;
    }
    await clock.sleep(ASK_AGAIN_MS);
  }
}
