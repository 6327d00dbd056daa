/**
 * Secrets of type `kubernetes.io/service-account-token`: each is to hold a token of the account that its annotation names,
 * the namespace, and the API server's authority, as long as that account lives
 * (k8s.io/kubernetes/pkg/controller/serviceaccount/tokens_controller.go).
 */
import type { V1Secret, V1ServiceAccount } from '../../generated/kubernetes.d.ts';
import { type Client, isConflict, isNotFound } from '../runtime/client.ts';
import type { Controller, ControllerDeps } from '../runtime/controller.ts';
import type { IndexDefinition } from '../runtime/indexes.ts';
import type { Informer } from '../runtime/informer.ts';
import { annotationsOf, keyFrom, keyOf, nameOf, namespaceOf, type ObjectKey, uidOf } from '../runtime/metadata.ts';
import { type ReconcileContext, ReconcileLoop } from '../runtime/reconcile-loop.ts';
import { secrets, serviceAccounts } from '../runtime/resources.ts';

export const TOKEN_SECRET_TYPE = 'kubernetes.io/service-account-token';
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

/** Signs the token that a secret holds for its account. */
export type SignSecretToken = (account: AccountIdentity, secretName: string) => Promise<string>;

export interface AccountIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface TokenSecretOptions {
  readonly sign: SignSecretToken;
  /** PEM; absent: `ca.crt` is left as it is. */
  readonly rootCaCertificate?: string;
}

/** The account that a secret is for; '' as uid: whichever has the name. Undefined when it is for none. */
export function accountOf(secret: V1Secret): AccountIdentity | undefined {
  if (secret.type !== TOKEN_SECRET_TYPE) return undefined;
  const { [ACCOUNT_NAME]: name = '', [ACCOUNT_UID]: uid = '' } = annotationsOf(secret);
  return name === '' ? undefined : { namespace: namespaceOf(secret), name, uid };
}

/** What the secret lacks; undefined when it has everything. Pure. */
export function missingData(secret: V1Secret, rootCaCertificate: string | undefined): MissingData | undefined {
  const { data = {} } = secret;
  const authority = rootCaCertificate === undefined ? undefined : base64(rootCaCertificate);
  const needsAuthority = authority !== undefined && data['ca.crt'] !== authority;
  const needsNamespace = (data.namespace ?? '') === '';
  const needsToken = (data.token ?? '') === '';
  if (!needsAuthority && !needsNamespace && !needsToken) return undefined;
  return {
    needsToken,
    data: {
      ...(needsAuthority ? { 'ca.crt': authority } : {}),
      ...(needsNamespace ? { namespace: base64(namespaceOf(secret)) } : {}),
    },
  };
}

export interface MissingData {
  readonly needsToken: boolean;
  /** In base64, as secrets have it. */
  readonly data: Readonly<Record<string, string>>;
}

const byAccount: IndexDefinition<V1Secret> = {
  name: 'token-account',
  valuesOf: (secret) => {
    const account = accountOf(secret);
    return account === undefined ? [] : [keyFrom(account.namespace, account.name)];
  },
};

export class TokenSecretController implements Controller {
  readonly name = 'serviceaccount-token-controller';
  readonly #options: TokenSecretOptions;
  readonly #secrets: Informer<V1Secret>;
  readonly #accounts: Informer<V1ServiceAccount>;
  readonly #loop: ReconcileLoop;
  /** Whose secrets went, by the secret's key, until the account knows. */
  readonly #lost = new Map<string, AccountIdentity>();

  constructor(deps: ControllerDeps, options: TokenSecretOptions) {
    this.#options = options;
    this.#loop = new ReconcileLoop(this, deps);
    this.#secrets = deps.informers.of<V1Secret>(secrets);
    this.#accounts = deps.informers.of<V1ServiceAccount>(serviceAccounts);
    this.#secrets.addIndex(byAccount);
    const wake = (secret: V1Secret): void => {
      if (accountOf(secret) !== undefined) this.#loop.enqueue(secret);
    };
    this.#secrets.subscribe({
      added: wake,
      updated: wake,
      deleted: (secret) => {
        const account = accountOf(secret);
        if (account === undefined) return;
        this.#lost.set(keyOf(secret), account);
        this.#loop.enqueue(secret);
      },
    });
    this.#accounts.subscribe({
      deleted: (account) => {
        for (const secret of this.#secrets.by(byAccount, keyOf(account))) this.#loop.enqueue(secret);
      },
    });
  }

  start(): void {
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  /** The key is a secret's. */
  async reconcile({ namespace, name }: ObjectKey, context: ReconcileContext): Promise<undefined> {
    const secret = this.#secrets.get(name, namespace);
    if (secret === undefined) return this.#forget(namespace, name, context);
    this.#lost.delete(keyFrom(namespace, name));
    const wanted = accountOf(secret);
    if (wanted === undefined) return;
    const account = await this.#accountFor(wanted, context.client);
    if (account === undefined) await this.#remove(secret, wanted, context);
    else await this.#fill(secret, account, context);
  }

  async #remove(secret: V1Secret, { name }: AccountIdentity, { client, decided }: ReconcileContext): Promise<void> {
    try {
      const preconditions = { uid: uidOf(secret) };
      await client.delete(secrets, nameOf(secret), namespaceOf(secret), { preconditions });
      decided(() => `deleted secret ${nameOf(secret)}: its service account ${name} does not exist`);
    } catch (thrown) {
      if (!isNotFound(thrown) && !isConflict(thrown)) throw thrown;
    }
  }

  /** Writes over what was seen alone: a change that came between is told of, and then it is looked at again. */
  async #fill(secret: V1Secret, account: V1ServiceAccount, { client, decided }: ReconcileContext): Promise<void> {
    const { sign, rootCaCertificate } = this.#options;
    const missing = missingData(secret, rootCaCertificate);
    if (missing === undefined) return;
    const identity = { namespace: namespaceOf(account), name: nameOf(account), uid: uidOf(account) };
    const token = missing.needsToken ? { token: base64(await sign(identity, nameOf(secret))) } : {};
    const annotations = {
      ...annotationsOf(secret),
      [ACCOUNT_NAME]: identity.name,
      [ACCOUNT_UID]: identity.uid,
    };
    try {
      await client.update<V1Secret>(secrets, {
        ...secret,
        metadata: { ...secret.metadata, annotations },
        data: { ...secret.data, ...missing.data, ...token },
      });
      decided(() => `filled secret ${nameOf(secret)} for service account ${identity.name}`);
    } catch (thrown) {
      if (!isNotFound(thrown) && !isConflict(thrown)) throw thrown;
    }
  }

  /** A secret that is gone is no longer among its account's. */
  async #forget(namespace: string, name: string, { client, decided }: ReconcileContext): Promise<undefined> {
    const key = keyFrom(namespace, name);
    const lost = this.#lost.get(key);
    if (lost === undefined) return;
    const account = this.#accounts.get(lost.name, namespace);
    if (account !== undefined && isSame(account, lost) && lists(account, name)) {
      try {
        const fresh = await client.get<V1ServiceAccount>(serviceAccounts, lost.name, namespace);
        if (isSame(fresh, lost) && lists(fresh, name)) {
          const rest = (fresh.secrets ?? []).filter((each) => each.name !== name);
          await client.update<V1ServiceAccount>(serviceAccounts, { ...fresh, secrets: rest });
          decided(() => `took secret ${name} from service account ${lost.name}: it is gone`);
        }
      } catch (thrown) {
        if (!isNotFound(thrown)) throw thrown;
      }
    }
    this.#lost.delete(key);
  }

  /** What the cache does not have is looked for: a secret may be seen before its account. */
  async #accountFor(wanted: AccountIdentity, client: Client): Promise<V1ServiceAccount | undefined> {
    const known = this.#accounts.get(wanted.name, wanted.namespace);
    if (known !== undefined && isSame(known, wanted)) return known;
    try {
      const found = await client.get<V1ServiceAccount>(serviceAccounts, wanted.name, wanted.namespace);
      return isSame(found, wanted) ? found : undefined;
    } catch (thrown) {
      if (isNotFound(thrown)) return undefined;
      throw thrown;
    }
  }
}

function isSame(account: V1ServiceAccount, { uid }: AccountIdentity): boolean {
  return uid === '' || uidOf(account) === uid;
}

function lists(account: V1ServiceAccount, secretName: string): boolean {
  return account.secrets?.some(({ name }) => name === secretName) ?? false;
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
