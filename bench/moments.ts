/**
 * What remembering moments costs pod creates: two API servers, one with a ring and one without, take turns of a few hundred,
 * so that whatever else the machine does hits both. What counts is the processor time that a create takes of the server,
 * once it is warm.
 */
import https from 'node:https';
import { createPodRequest } from './create-pods.ts';
import { load, send } from './http-load.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { percentile, printTable } from './table.ts';

const ROUNDS = 30;
const CREATES = 500;
const WARM_UP_ROUNDS = 8;
const CONNECTIONS = 64;
/** A round that takes longer than this is cut short. */
const SECONDS_MAX = 20;
const RING = 50_000;

interface Subject {
  readonly name: string;
  readonly server: ServerProcess;
  /** Somebody reads the stream meanwhile. */
  readonly watched: boolean;
  readonly perCreateMs: number[];
  readonly rates: number[];
}

export async function benchMoments(): Promise<void> {
  const subjects: Subject[] = [];
  try {
    for (const [name, ring, watched] of [
      ['no ring', 0, false],
      ['ring', RING, false],
      ['ring, one watcher', RING, true],
    ] as const) {
      const server = await startServer('apiserver', [`--moments=${ring}`]);
      subjects.push({ name, server, watched, perCreateMs: [], rates: [] });
      await send(server, 'POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
      if (watched) watch(server);
    }
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
      for (const subject of round % 2 === 0 ? subjects : [...subjects].reverse()) await measure(subject, round);
    }
  } finally {
    for (const { server } of subjects) await server.stop();
  }
  const none = subjects[0]?.perCreateMs ?? [];
  printTable(
    `moments: pod creates over ${CONNECTIONS} connections, ${ROUNDS} rounds of ${CREATES}, medians (quartiles)`,
    ['', 'processor ms/create', 'against none, round by round', 'creates/s'],
    subjects.map(({ name, perCreateMs, rates }) => {
      const ratios = perCreateMs.map((each, round) => (each / (none[round] ?? Number.NaN) - 1) * 100);
      const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => `${percentile(ratios, share).toFixed(1)}%`);
      const median = percentile(perCreateMs, 0.5).toFixed(3);
      return [name, median, `${middle} (${low} to ${high})`, Math.round(percentile(rates, 0.5))];
    }),
  );
}

async function measure({ server, perCreateMs, rates }: Subject, round: number): Promise<void> {
  const beforeMs = server.processorMs();
  const request = (n: number): string => createPodRequest(server.token, `p-${round + WARM_UP_ROUNDS}-${n}`);
  const { requests, seconds } = await load({
    port: server.port,
    connections: CONNECTIONS,
    seconds: SECONDS_MAX,
    requestsMax: CREATES,
    expect: 201,
    tls: true,
    request,
  });
  if (round < 0) return;
  perCreateMs.push((server.processorMs() - beforeMs) / requests);
  rates.push(requests / seconds);
}

/** Reads and forgets, until the server ends. */
function watch({ port, token }: ServerProcess): void {
  const request = https.get(
    {
      host: '127.0.0.1',
      port,
      path: '/debug/moments?watch=true',
      headers: { authorization: `Bearer ${token}` },
      rejectUnauthorized: false,
    },
    (answer) => answer.resume().on('error', () => {}),
  );
  request.on('error', () => {});
}
