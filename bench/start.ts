/** How long until the API is ready, and how much memory that takes. */

import { startServer } from './server-process.ts';
import { percentile, printTable } from './table.ts';

const RUNS = 5;

export async function benchStart(): Promise<void> {
  const rows: (string | number)[][] = [];
  const cases: readonly [string, string, readonly string[]][] = [
    ['sampan apiserver', 'apiserver', []],
    ['sampan up, 1 member, 3 nodes', 'up', ['--nodes=3', '--store-port=0']],
    ['sampan up, 3 members, 3 nodes', 'up', ['--members=3', '--nodes=3', '--store-port=0']],
  ];
  for (const [title, command, args] of cases) {
    const readyMs: number[] = [];
    const resident: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const server = await startServer(command, args);
      readyMs.push(server.readyMs);
      // What settles after the start (pods of the add-ons, caches) belongs to it.
      await new Promise((resolve) => setTimeout(resolve, 3000));
      resident.push(server.residentBytes());
      await server.stop();
    }
    const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0);
    rows.push([
      title,
      (percentile(readyMs, 0) / 1000).toFixed(2),
      (percentile(readyMs, 0.5) / 1000).toFixed(2),
      (percentile(readyMs, 1) / 1000).toFixed(2),
      megabytes(percentile(resident, 0.5)),
    ]);
  }
  printTable(
    `start: from process start to /readyz ok, ${RUNS} runs`,
    ['what', 'min s', 'median s', 'max s', 'resident MB'],
    rows,
  );
}
