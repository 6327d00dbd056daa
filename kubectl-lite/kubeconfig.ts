/**
 * Which server, and as whom: kubeconfigs found by flag, `KUBECONFIG`, `.sampan/admin.kubeconfig`, `~/.kube/config`, in
 * this order; several in `KUBECONFIG` are merged, the first to say something winning. Fields and meanings are client-go's
 * (tools/clientcmd/api/v1).
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseDuration } from '../base/duration.ts';
import { codeOf, messageOf } from '../base/errors.ts';
import { ConnectionFailure, Failure } from './failure.ts';
import { readPlainYaml } from './kubeconfig-text.ts';

export interface Connection {
  readonly server: string;
  readonly ca: Buffer | undefined;
  readonly insecure: boolean;
  readonly serverName: string | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly token: string | undefined;
  readonly basic: string | undefined;
  readonly impersonate: Readonly<Record<string, string | string[]>>;
  /** 0: for ever. */
  readonly timeoutMs: number;
  readonly namespace: string;
  /** Whether the namespace was given by flag: objects may then not name another. */
  readonly namespaceGiven: boolean;
}

/** Flags that were given, by name. */
export type ConnectionFlags = Readonly<Record<string, string | boolean | readonly string[]>>;

export interface NamedCluster {
  name: string;
  cluster: Record<string, unknown>;
}
export interface NamedContext {
  name: string;
  context: Record<string, unknown>;
}
export interface NamedUser {
  name: string;
  user: Record<string, unknown>;
}

export interface Kubeconfig {
  'current-context'?: string;
  contexts?: NamedContext[] | null;
  clusters?: NamedCluster[] | null;
  users?: NamedUser[] | null;
  [field: string]: unknown;
}

export interface ConfigFile {
  readonly file: string;
  readonly config: Kubeconfig;
}

/** The files to read, in order of precedence. */
export function kubeconfigFiles(flags: ConnectionFlags, env: NodeJS.ProcessEnv): string[] {
  const flag = textOf(flags.kubeconfig);
  if (flag !== undefined) return [flag];
  const listed = (env.KUBECONFIG ?? '').split(path.delimiter).filter((file) => file !== '');
  if (listed.length > 0) return [...new Set(listed)];
  const own = path.join('.sampan', 'admin.kubeconfig');
  return [fs.existsSync(own) ? own : path.join(env.HOME ?? os.homedir(), '.kube', 'config')];
}

/** @throws Failure for a file that cannot be read; one that is not there counts as empty unless the flag named it */
export async function readKubeconfigs(
  flags: ConnectionFlags,
  env: NodeJS.ProcessEnv,
  absentIsEmpty = flags.kubeconfig === undefined,
): Promise<ConfigFile[]> {
  const found: ConfigFile[] = [];
  for (const file of kubeconfigFiles(flags, env)) {
    let text: string;
    try {
      text = fs.readFileSync(file, 'utf8');
    } catch (thrown) {
      if (codeOf(thrown) !== 'ENOENT')
        throw new Failure(`error: error loading config file "${file}": ${goFileError(thrown, 'open', file)}`);
      if (absentIsEmpty) continue;
      throw new Failure(`error: stat ${file}: no such file or directory`);
    }
    const value = readPlainYaml(text) ?? (await readWithLibrary(text, file));
    if (typeof value === 'object' || value === null || value === undefined)
      found.push({ file, config: (value ?? {}) as Kubeconfig });
    else throw new Failure(`error: error loading config file "${file}": it holds no mapping`);
  }
  return found;
}

async function readWithLibrary(text: string, file: string): Promise<unknown> {
  const { readYaml } = await import('./yaml/read.ts');
  try {
    return readYaml(text)[0];
  } catch (thrown) {
    throw new Failure(`error: error loading config file "${file}": ${messageOf(thrown).split('\n')[0]}`);
  }
}

/** `open a.yaml: permission denied`: a file's error as Go words it. */
export function goFileError(thrown: unknown, doing: string, file: string): string {
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'no such file or directory',
    EACCES: 'permission denied',
    EISDIR: 'is a directory',
    ENOTDIR: 'not a directory',
  };
  return `${doing} ${file}: ${words[codeOf(thrown) ?? ''] ?? messageOf(thrown)}`;
}

/** One configuration out of several files: of two entries with one name, the first file's. */
export function mergeKubeconfigs(files: readonly ConfigFile[]): Kubeconfig {
  const merged: Kubeconfig = {};
  const once = <T extends { name: string }>(lists: readonly (readonly T[] | null | undefined)[]): T[] => {
    const byName = new Map<string, T>();
    for (const list of lists) for (const each of list ?? []) if (!byName.has(each.name)) byName.set(each.name, each);
    return [...byName.values()];
  };
  merged.clusters = once(
    files.map(({ file, config }) => config.clusters?.map((each) => placed(each, 'cluster', file))),
  );
  merged.contexts = once(files.map(({ config }) => config.contexts));
  merged.users = once(files.map(({ file, config }) => config.users?.map((each) => placed(each, 'user', file))));
  merged['current-context'] =
    files.map(({ config }) => config['current-context'] ?? '').find((name) => name !== '') ?? '';
  return merged;
}

const PATHS = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'];

/** Paths in a kubeconfig are relative to its own folder. */
function placed<T extends { name: string }>(entry: T, part: string, file: string): T {
  const fields = (entry as Record<string, unknown>)[part] as Record<string, unknown> | undefined;
  const copy = { ...fields };
  for (const key of PATHS) {
    const value = copy[key];
    if (typeof value === 'string' && value !== '') copy[key] = path.resolve(path.dirname(file), value);
  }
  return { ...entry, [part]: copy };
}

export async function connect(flags: ConnectionFlags, env: NodeJS.ProcessEnv): Promise<Connection> {
  const files = await readKubeconfigs(flags, env);
  const config = mergeKubeconfigs(files);
  const named = textOf(flags.context);
  const contextName = named ?? config['current-context'] ?? '';
  const context = config.contexts?.find(({ name }) => name === contextName)?.context;
  if (context === undefined && contextName !== '')
    throw new ConnectionFailure(`Error in configuration: context was not found for specified context: ${contextName}`);
  const clusterName = textOf(flags.cluster) ?? textOf(context?.cluster);
  const cluster = config.clusters?.find(({ name }) => name === clusterName)?.cluster;
  if (cluster === undefined && flags.server === undefined) {
    throw new Failure(
      clusterName === undefined
        ? 'error: no kubeconfig found: start a cluster with `sampan up` in this directory, or give one with --kubeconfig or KUBECONFIG'
        : `error: no server found for cluster "${clusterName}"`,
    );
  }
  const userName = textOf(flags.user) ?? textOf(context?.user);
  const user = config.users?.find(({ name }) => name === userName)?.user;
  if (user === undefined && userName !== undefined && flags.token === undefined)
    throw new Failure(`error: auth info "${userName}" does not exist`);
  return connectionOf(flags, env, cluster ?? {}, user ?? {}, textOf(context?.namespace));
}

async function connectionOf(
  flags: ConnectionFlags,
  env: NodeJS.ProcessEnv,
  cluster: Record<string, unknown>,
  user: Record<string, unknown>,
  contextNamespace: string | undefined,
): Promise<Connection> {
  const insecure = flags['insecure-skip-tls-verify'] === true || cluster['insecure-skip-tls-verify'] === true;
  const tokenFlag = textOf(flags.token);
  const tokenFile = textOf(user.tokenFile);
  let token =
    tokenFlag ?? textOf(user.token) ?? (tokenFile === undefined ? undefined : read(tokenFile).toString('utf8').trim());
  let cert = bytes(user, 'client-certificate', flags);
  let key = bytes(user, 'client-key', flags);
  if (token === undefined && user.exec !== undefined && user.exec !== null) {
    const { credentialOf } = await import('./exec-credential.ts');
    const credential = credentialOf(user.exec as never, env);
    token = credential.token;
    cert ??= credential.cert;
    key ??= credential.key;
  }
  const username = textOf(flags.username) ?? textOf(user.username);
  const server = (textOf(flags.server) ?? textOf(cluster.server) ?? '').replace(/\/+$/, '');
  return {
    server: /^https?:\/\//.test(server) ? server : `http://${server}`,
    ca: authorityOf(flags, cluster, insecure),
    insecure,
    serverName: textOf(flags['tls-server-name']) ?? textOf(cluster['tls-server-name']),
    cert,
    key,
    token,
    basic: username === undefined ? undefined : `${username}:${textOf(flags.password) ?? textOf(user.password) ?? ''}`,
    impersonate: impersonation(flags, user),
    timeoutMs: timeoutOf(textOf(flags['request-timeout'])),
    namespace: textOf(flags.namespace) ?? contextNamespace ?? 'default',
    namespaceGiven: textOf(flags.namespace) !== undefined,
  };
}

/** @throws Failure where no checks and whom to trust are both asked for, and for a file that names nobody */
function authorityOf(flags: ConnectionFlags, cluster: Record<string, unknown>, insecure: boolean): Buffer | undefined {
  // Against the flag, what the kubeconfig says counts for nothing.
  const fields = flags['insecure-skip-tls-verify'] === true ? {} : cluster;
  const ca = bytes(fields, 'certificate-authority', flags);
  if (ca === undefined) return undefined;
  if (insecure) throw new Failure('specifying a root certificates file with the insecure flag is not allowed');
  if (!ca.includes('-----BEGIN CERTIFICATE-----'))
    throw new Failure('unable to load root certificates: unable to parse bytes as PEM block');
  return ca;
}

function impersonation(flags: ConnectionFlags, user: Record<string, unknown>): Connection['impersonate'] {
  const as = textOf(flags.as) ?? textOf(user.as);
  const groups = (flags['as-group'] ?? user['as-groups']) as readonly string[] | undefined;
  const uid = textOf(flags['as-uid']) ?? textOf(user['as-uid']);
  return {
    ...(as === undefined ? {} : { 'impersonate-user': as }),
    ...(groups === undefined || groups.length === 0 ? {} : { 'impersonate-group': [...groups] }),
    ...(uid === undefined ? {} : { 'impersonate-uid': uid }),
  };
}

function timeoutOf(text: string | undefined): number {
  if (text === undefined || text === '0') return 0;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (ms === undefined)
    throw new Failure(
      'error: Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)',
    );
  return ms;
}

/** Bytes that a flag's file, base64 text in the kubeconfig, or a file named there holds. */
function bytes(fields: Record<string, unknown>, name: string, flags: ConnectionFlags): Buffer | undefined {
  const flagged = textOf(flags[name]);
  if (flagged !== undefined) return read(flagged);
  const inline = textOf(fields[`${name}-data`]);
  if (inline !== undefined) return Buffer.from(inline, 'base64');
  const file = textOf(fields[name]);
  return file === undefined ? undefined : read(file);
}

function read(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (thrown) {
    throw new Failure(`error: unable to read ${file}: ${goFileError(thrown, 'open', file)}`);
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
