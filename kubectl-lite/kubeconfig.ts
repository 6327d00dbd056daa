/**
 * Which server, and as whom: a kubeconfig found by flag, `KUBECONFIG`, `.sampan/admin.kubeconfig`, `~/.kube/config`, in
 * this order. Fields and meanings are client-go's (tools/clientcmd/api/v1).
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { Failure } from './failure.ts';

export interface Connection {
  readonly server: string;
  readonly ca: Buffer | undefined;
  readonly insecure: boolean;
  readonly serverName: string | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly token: string | undefined;
  readonly namespace: string;
}

export interface ConnectionFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly server?: string;
  readonly token?: string;
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  readonly clusters?: readonly {
    name: string;
    cluster: {
      server: string;
      'certificate-authority'?: string;
      'certificate-authority-data'?: string;
      'insecure-skip-tls-verify'?: boolean;
      'tls-server-name'?: string;
    };
  }[];
  readonly users?: readonly {
    name: string;
    user: {
      'client-certificate'?: string;
      'client-certificate-data'?: string;
      'client-key'?: string;
      'client-key-data'?: string;
      token?: string;
      tokenFile?: string;
    };
  }[];
}

export function findKubeconfig(flag: string | undefined, env: NodeJS.ProcessEnv): string {
  if (flag !== undefined) {
    if (!fs.existsSync(flag)) throw new Failure(`error: stat ${flag}: no such file or directory`);
    return flag;
  }
  const listed = (env.KUBECONFIG ?? '').split(path.delimiter).filter((file) => file !== '');
  const candidates = [...listed, path.join('.sampan', 'admin.kubeconfig'), path.join(os.homedir(), '.kube', 'config')];
  const found = candidates.find((file) => fs.existsSync(file));
  if (found === undefined) {
    throw new Failure(
      'error: no kubeconfig found: start a cluster with `sampan up` in this directory, or give one with --kubeconfig or KUBECONFIG',
    );
  }
  return found;
}

export function connect(flags: ConnectionFlags, env: NodeJS.ProcessEnv): Connection {
  const file = findKubeconfig(flags.kubeconfig, env);
  let config: Kubeconfig | null;
  try {
    config = parse(fs.readFileSync(file, 'utf8')) as Kubeconfig | null;
  } catch (thrown) {
    throw new Failure(
      `error: error loading config file "${file}": ${thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown)}`,
    );
  }
  const contextName = flags.context ?? config?.['current-context'] ?? '';
  const context = config?.contexts?.find(({ name }) => name === contextName)?.context;
  if (context === undefined) throw new Failure(`error: context "${contextName}" does not exist in ${file}`);
  const cluster = config?.clusters?.find(({ name }) => name === context.cluster)?.cluster;
  if (cluster === undefined) throw new Failure(`error: cluster "${context.cluster}" does not exist in ${file}`);
  const user = config?.users?.find(({ name }) => name === context.user)?.user ?? {};
  const data = (inline: string | undefined, name: string | undefined): Buffer | undefined => {
    if (inline !== undefined) return Buffer.from(inline, 'base64');
    return name === undefined ? undefined : read(path.resolve(path.dirname(file), name));
  };
  const tokenFile =
    user.tokenFile === undefined
      ? undefined
      : read(path.resolve(path.dirname(file), user.tokenFile))
          .toString('utf8')
          .trim();
  return {
    server: (flags.server ?? cluster.server).replace(/\/$/, ''),
    ca: data(cluster['certificate-authority-data'], cluster['certificate-authority']),
    insecure: cluster['insecure-skip-tls-verify'] === true,
    serverName: cluster['tls-server-name'],
    cert: flags.token === undefined ? data(user['client-certificate-data'], user['client-certificate']) : undefined,
    key: flags.token === undefined ? data(user['client-key-data'], user['client-key']) : undefined,
    token: flags.token ?? user.token ?? tokenFile,
    namespace: flags.namespace ?? context.namespace ?? 'default',
  };
}

function read(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (thrown) {
    throw new Failure(`error: unable to read ${file}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}
