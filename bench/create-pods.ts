/** Pod creates a second over TLS, on one durable member: every create is on disk before it is answered. */
import { load } from './http-load.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { percentile, printTable } from './table.ts';

const SECONDS = 5;

export async function benchCreatePods(): Promise<void> {
  const server = await startServer('apiserver', []);
  const rows: (string | number)[][] = [];
  try {
    // Alone, the API server has no controller that makes the default service account, which pods need.
    await createDefaultServiceAccount(server);
    let run = 0;
    const request = (n: number): string => {
      const body = JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `p-${run}-${n}`, namespace: 'default', labels: { app: 'bench', tier: 'web' } },
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
      return `POST /api/v1/namespaces/default/pods HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${server.token}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    };
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

async function createDefaultServiceAccount({ port, token }: ServerProcess): Promise<void> {
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
  const request = `POST /api/v1/namespaces/default/serviceaccounts HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  const { unexpected } = await load({
    port,
    connections: 1,
    seconds: 0.001,
    expect: 201,
    tls: true,
    request: () => request,
  });
  if (unexpected.size > 0)
    throw new Error(`the default service account was not created: ${[...unexpected.keys()].join(', ')}`);
}
