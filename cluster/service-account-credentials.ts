/**
 * `--use-service-account-credentials`: each controller acts as its own service account in kube-system, with tokens that the
 * controller manager asks for in its name and renews before they end (k8s.io/controller-manager/pkg/clientbuilder).
 */
import { readKubeconfig } from '../apiserver/auth/kubeconfig-reading.ts';
import type { Clock } from '../base/clock.ts';
import { ApiError, type ApiObject, type Client, type ResourceRef } from '../controllers/runtime/client.ts';
import type { HttpClient, TokenSource } from '../controllers/runtime/http-client.ts';
import { clientOf } from './remote-client.ts';

const NAMESPACE = 'kube-system';
const ACCOUNTS: ResourceRef = {
  group: '',
  version: 'v1',
  resource: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
};
const EXPIRATION_SECONDS = 3600;
/** Renewed when so much of its life is left. */
const LEEWAY = 0.2;
/** A clock that differs from the server's must not have us ask all the time. */
const LIFETIME_MS_MIN = 10 * 60_000;

interface TokenRequest extends ApiObject {
  readonly spec: { readonly expirationSeconds: number };
  readonly status?: { readonly token: string; readonly expirationTimestamp: string };
}

/** The token of one account, asked for when it is needed and remembered until shortly before it ends. */
export class AccountTokens implements TokenSource {
  readonly #account: string;
  readonly #client: Client;
  readonly #clock: Clock;
  #known: { readonly token: Promise<string>; untilMs: number } | undefined;

  /** @param client of the controller manager, who may ask for anybody's token in kube-system */
  constructor(account: string, client: Client, clock: Clock) {
    this.#account = account;
    this.#client = client;
    this.#clock = clock;
  }

  token(): Promise<string> {
    if (this.#known !== undefined && this.#known.untilMs > this.#clock.monotonicMs()) return this.#known.token;
    const known = { token: this.#ask(), untilMs: Number.POSITIVE_INFINITY };
    this.#known = known;
    // One that could not be had is asked for again.
    known.token.catch(() => this.reset());
    return known.token;
  }

  reset(): void {
    this.#known = undefined;
  }

  async #ask(): Promise<string> {
    await this.#ensureAccount();
    const request: TokenRequest = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { name: this.#account, namespace: NAMESPACE },
      spec: { expirationSeconds: EXPIRATION_SECONDS },
    };
    const { status } = await this.#client.create<TokenRequest>(ACCOUNTS, request, { subresource: 'token' });
    if (status === undefined) throw new Error(`no token came for the service account ${this.#account}`);
    const lifetimeMs = Math.max(Date.parse(status.expirationTimestamp) - this.#clock.nowMs(), LIFETIME_MS_MIN);
    if (this.#known !== undefined) this.#known.untilMs = this.#clock.monotonicMs() + lifetimeMs * (1 - LEEWAY);
    return status.token;
  }

  async #ensureAccount(): Promise<void> {
    try {
      await this.#client.get(ACCOUNTS, this.#account, NAMESPACE);
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || thrown.code !== 404) throw thrown;
      const metadata = { name: this.#account, namespace: NAMESPACE };
      await this.#client
        .create(ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata })
        .catch((error: unknown) => {
          if (!(error instanceof ApiError) || error.code !== 409) throw error;
        });
    }
  }
}

/** Clients by service account, over the kubeconfig of the controller manager. */
export async function accountClients(
  kubeconfig: string,
  manager: Client,
  clock: Clock,
): Promise<(account: string) => HttpClient> {
  const { certificate: _certificate, key: _key, token: _token, ...server } = await readKubeconfig(kubeconfig);
  const clients = new Map<string, HttpClient>();
  return (account) => {
    let client = clients.get(account);
    if (client === undefined) {
      client = clientOf(server, 'kube-controller-manager', new AccountTokens(account, manager, clock));
      clients.set(account, client);
    }
    return client;
  };
}
