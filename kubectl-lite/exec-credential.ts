/** Credentials from a program that the kubeconfig names (client.authentication.k8s.io/v1 ExecCredential). */
import { execFileSync } from 'node:child_process';
import { messageOf } from '../base/errors.ts';
import { Failure } from './failure.ts';

interface ExecSection {
  readonly command: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly apiVersion?: string;
}

interface Credential {
  readonly token: string | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
}

export function credentialOf(section: ExecSection, env: NodeJS.ProcessEnv): Credential {
  const apiVersion = section.apiVersion ?? 'client.authentication.k8s.io/v1';
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec: { interactive: false } });
  const own = Object.fromEntries((section.env ?? []).map(({ name, value }) => [name, value]));
  let answer: { status?: { token?: string; clientCertificateData?: string; clientKeyData?: string } };
  try {
    const text = execFileSync(section.command, [...(section.args ?? [])], {
      env: { ...env, ...own, KUBERNETES_EXEC_INFO: info },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    answer = JSON.parse(text) as typeof answer;
  } catch (thrown) {
    throw new Failure(
      `Unable to connect to the server: getting credentials: exec: ${messageOf(thrown).split('\n')[0]}`,
    );
  }
  const { token, clientCertificateData, clientKeyData } = answer.status ?? {};
  return {
    token,
    cert: clientCertificateData === undefined ? undefined : Buffer.from(clientCertificateData),
    key: clientKeyData === undefined ? undefined : Buffer.from(clientKeyData),
  };
}
