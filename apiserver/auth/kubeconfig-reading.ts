/**
 * Reading a kubeconfig: where its current context's server is, whom to trust there and as whom to call. Webhooks are
 * configured with these, and so are components in processes of their own.
 */
import fs from 'node:fs';
import path from 'node:path';
import { codeOf, messageOf, UsageError } from '../../base/errors.ts';
import { type ConfigNode, parsePlain } from './config-file.ts';

export interface KubeconfigAccess {
  /** `https://127.0.0.1:6443` */
  readonly server: string;
  /** PEM; absent: the authorities that this machine trusts. */
  readonly authorities?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  readonly serverName?: string;
  readonly insecure: boolean;
}

/** UsageError with file, field and reason. */
export async function readKubeconfig(file: string): Promise<KubeconfigAccess> {
  const config = parsePlain(readText(file), file).ofKindIfSaid('Config', 'v1');
  const current = config.field('current-context').optionalText() ?? '';
  if (current === '') config.field('current-context').fail('is required: it says which context to use');
  const context = named(config.field('contexts'), current, 'context');
  const cluster = named(config.field('clusters'), context.field('cluster').text(), 'cluster');
  const userName = context.field('user').optionalText() ?? '';
  const user = userName === '' ? undefined : named(config.field('users'), userName, 'user');
  const server = cluster.field('server').text();
  if (!/^https?:\/\/[^/]/.test(server)) cluster.field('server').fail('must be an http or https URL');
  const authorities = pem(cluster, 'certificate-authority');
  const certificate = user === undefined ? undefined : pem(user, 'client-certificate');
  const key = user === undefined ? undefined : pem(user, 'client-key');
  if (user !== undefined && (certificate === undefined) !== (key === undefined)) {
    user.fail('a client certificate and its key belong together');
  }
  const optional = {
    authorities,
    certificate,
    key,
    token: user === undefined ? undefined : tokenOf(user),
    username: user?.field('username').optionalText(),
    password: user?.field('password').optionalText(),
    serverName: cluster.field('tls-server-name').optionalText(),
  };
  const present = Object.entries(optional).filter(([, value]) => value !== undefined && value !== '');
  return {
    server,
    insecure: cluster.field('insecure-skip-tls-verify').optionalBoolean() ?? false,
    ...(Object.fromEntries(present) as Partial<KubeconfigAccess>),
  };
}

/** The `cluster`, `context` or `user` of the list's element with that name. */
function named(list: ConfigNode, name: string, what: 'cluster' | 'context' | 'user'): ConfigNode {
  const found = list.items().find((item) => item.field('name').text() === name);
  return found?.field(what) ?? list.fail(`has no ${what} named ${JSON.stringify(name)}`);
}

/** From `NAME-data` in base64, or from the file that `NAME` names beside the kubeconfig. */
function pem(node: ConfigNode, name: string): string | undefined {
  const data = node.field(`${name}-data`).optionalText();
  if (data !== undefined && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  return fileNamedBy(node.field(name));
}

function tokenOf(user: ConfigNode): string | undefined {
  return user.field('token').optionalText() ?? fileNamedBy(user.field('tokenFile'))?.trim();
}

function fileNamedBy(node: ConfigNode): string | undefined {
  const name = node.optionalText();
  if (name === undefined || name === '') return undefined;
  const file = path.resolve(path.dirname(node.file), name);
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (thrown) {
    return node.fail(`cannot read ${file}: ${codeOf(thrown) ?? messageOf(thrown)}`);
  }
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new UsageError(`cannot read ${file}: ${codeOf(thrown) ?? messageOf(thrown)}`, { cause: thrown });
  }
}
