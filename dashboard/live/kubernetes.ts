/** What can be done on the page, as requests to the public Kubernetes API. Each rejects with the server's own message. */
import type { FaultRow } from '../model/rows.ts';

const FAULTS = '/apis/chaos.sampan.dev/v1alpha1/faults';

class Refused extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

interface Status {
  readonly message?: string;
}

async function call<Answer>(
  method: string,
  path: string,
  body?: unknown,
  contentType = 'application/json',
): Promise<Answer> {
  const answer = await fetch(`/k8s${path}`, {
    method,
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': contentType }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const said = (await answer.json().catch(() => ({}))) as Answer & Status;
  if (!answer.ok) throw new Refused(answer.status, said.message ?? `${method} ${path}: ${answer.status}`);
  return said;
}

export interface NewDeployment {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly replicas: number;
}

export async function createDeployment({ namespace, name, image, replicas }: NewDeployment): Promise<void> {
  await call('POST', `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: containerName(image), image }] } },
    },
  });
}

/** `registry.example/tools/nginx:1.27` runs as `nginx`, as kubectl names it. */
function containerName(image: string): string {
  const name =
    image
      .replace(/[@:][^/]*$/, '')
      .split('/')
      .at(-1) ?? '';
  return name.toLowerCase().replace(/[^a-z0-9-]/g, '-') || 'main';
}

export async function scaleDeployment(namespace: string, name: string, replicas: number): Promise<void> {
  await call(
    'PATCH',
    `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
    { spec: { replicas } },
    'application/merge-patch+json',
  );
}

export async function deleteDeployment(namespace: string, name: string): Promise<void> {
  await call('DELETE', `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`);
}

export async function deletePod(namespace: string, name: string): Promise<void> {
  await call('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`);
}

export interface FaultTarget {
  readonly name: string;
  readonly namespace?: string;
  readonly container?: string;
}

/** Which ways of the network between members a fault is about, and how late messages come there. */
export interface FaultNetwork {
  readonly peers: readonly string[];
  readonly delay?: string;
}

/** Strikes until it is healed, or at once and no more where it is a death. */
export async function makeFault(type: string, target: FaultTarget, network?: FaultNetwork): Promise<void> {
  const words = type.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
  await call('POST', FAULTS, {
    apiVersion: 'chaos.sampan.dev/v1alpha1',
    kind: 'Fault',
    metadata: { generateName: `${words}-` },
    spec: { type, target, ...(network === undefined ? {} : { network }) },
  });
}

/** A fault that is gone already is healed: while the store has no leader, a deletion may be done and not answered. */
export async function heal(faults: readonly FaultRow[]): Promise<void> {
  for (const { name } of faults) {
    await call('DELETE', `${FAULTS}/${name}`).catch((thrown: unknown) => {
      if (!(thrown instanceof Refused && thrown.code === 404)) throw thrown;
    });
  }
}
