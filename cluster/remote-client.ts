/** A `Client` over HTTP from a kubeconfig, for components that run in a process of their own. */
import fs from 'node:fs';
import { parse } from 'yaml';
import { UsageError } from '../base/errors.ts';
import { HttpClient } from '../controllers/runtime/http-client.ts';

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly contexts?: readonly { name: string; context: { cluster: string; user: string } }[];
  readonly clusters?: readonly { name: string; cluster: { server: string; 'certificate-authority-data'?: string } }[];
  readonly users?: readonly {
    name: string;
    user: { 'client-certificate-data'?: string; 'client-key-data'?: string; token?: string };
  }[];
}

/** UsageError naming the file when it cannot be read or says nothing usable. */
export function clientOfKubeconfig(file: string, userAgent: string): HttpClient {
  let config: Kubeconfig | null;
  try {
    config = parse(fs.readFileSync(file, 'utf8')) as Kubeconfig | null;
  } catch (thrown) {
    throw new UsageError(
      `--kubeconfig: cannot read ${file}: ${thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown)}`,
    );
  }
  const context = config?.contexts?.find(({ name }) => name === config?.['current-context'])?.context;
  const cluster = config?.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config?.users?.find(({ name }) => name === context?.user)?.user;
  if (cluster === undefined || user === undefined)
    throw new UsageError(`--kubeconfig: ${file} has no usable current context`);
  const pem = (data: string | undefined): string | undefined =>
    data === undefined ? undefined : Buffer.from(data, 'base64').toString('utf8');
  const ca = pem(cluster['certificate-authority-data']);
  const cert = pem(user['client-certificate-data']);
  const key = pem(user['client-key-data']);
  return new HttpClient({
    server: cluster.server,
    userAgent,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(user.token === undefined ? {} : { token: user.token }),
  });
}
