/** Pod creates a second over TLS, on one durable member: every create is on disk before it is answered. */
import { httpRequest, load, send } from './http-load.ts';
import { startServer } from './server-process.ts';
import { percentile, printTable } from './table.ts';

const SECONDS = 5;

export function createPodRequest(token: string, name: string): string {
  return httpRequest(token, 'POST', '/api/v1/namespaces/default/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'bench', tier: 'web' } },
    spec: {
      containers: [
        {
          name: 'web',
          image: 'nginx:1.27',
          ports: [{ containerPort: 80 }],
          resources: { requests: { cpu: '10m', memory: '16Mi' } },
        },
      ],
    },
  });
}

export async function benchCreatePods(): Promise<void> {
  const server = await startServer('apiserver', []);
  const rows: (string | number)[][] = [];
  try {
    // Alone, the API server has no controller that makes the default service account, which pods need.
    await send(server, 'POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
    let run = 0;
    const request = (n: number): string => createPodRequest(server.token, `p-${run}-${n}`);
    const measure = (connections: number, seconds: number) =>
      load({ port: server.port, connections, seconds, expect: 201, tls: true, request });
    await measure(4, 2);
    for (const connections of [1, 16, 64]) {
      run++;
      const { requests, seconds, latencies, unexpected } = await measure(connections, SECONDS);
      const failed = [...unexpected].map(([status, count]) => `${count}x${status}`).join(' ') || 'none';
      rows.push([
        connections,
        Math.round(requests / seconds),
        percentile(latencies, 0.5).toFixed(2),
        percentile(latencies, 0.99).toFixed(2),
        failed,
      ]);
    }
  } finally {
    await server.stop();
  }
  printTable(
    'create-pods: over TLS, one durable member',
    ['connections', 'creates/s', 'p50 ms', 'p99 ms', 'unexpected'],
    rows,
  );
}
