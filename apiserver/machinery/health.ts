/**
 * `/healthz`, `/livez` and `/readyz`: one line `ok`, every check with `?verbose`, a single one below its own path,
 * without some with `?exclude=` (k8s.io/apiserver/pkg/server/healthz).
 */

import { textAnswer } from './answers.ts';
import type { ApiAnswer } from './api-server.ts';
import type { Awaitable } from './steps.ts';

export interface HealthCheck {
  readonly name: string;
  /** What is wrong; undefined when all is well. */
  check(): Awaitable<string | undefined>;
}

export type Probe = 'healthz' | 'livez' | 'readyz';

export type HealthChecks = Readonly<Record<Probe, readonly HealthCheck[]>>;

/** undefined: there is no such path. */
export async function healthAnswer(
  path: string,
  query: URLSearchParams,
  checks: HealthChecks,
): Promise<ApiAnswer | undefined> {
  const [, probe = '', ...rest] = path.split('/');
  if (probe !== 'healthz' && probe !== 'livez' && probe !== 'readyz') return undefined;
  const name = rest.filter((part, index) => part !== '' || index < rest.findLastIndex((each) => each !== '')).join('/');
  if (name === '') return allChecks(probe, checks[probe], query);
  const single = checks[probe].find((check) => check.name === name);
  if (single === undefined) return undefined;
  const wrong = await single.check();
  return wrong === undefined ? textAnswer(200, 'ok') : textAnswer(500, `internal server error: ${wrong}\n`);
}

async function allChecks(probe: Probe, checks: readonly HealthCheck[], query: URLSearchParams): Promise<ApiAnswer> {
  const excluded = new Set(query.getAll('exclude'));
  const lines: string[] = [];
  let failed = false;
  for (const check of checks) {
    if (excluded.delete(check.name)) {
      lines.push(`[+]${check.name} excluded: ok`);
      continue;
    }
    const wrong = await check.check();
    if (wrong !== undefined) failed = true;
    lines.push(wrong === undefined ? `[+]${check.name} ok` : `[-]${check.name} failed: reason withheld`);
  }
  if (excluded.size > 0) {
    const names = [...excluded].map((name) => JSON.stringify(name)).join(', ');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  if (failed) return textAnswer(500, `${lines.join('\n')}\n${probe} check failed\n`);
  if (!query.has('verbose')) return textAnswer(200, 'ok');
  return textAnswer(200, `${lines.join('\n')}\n${probe} check passed\n`);
}

/** What `/metrics/slis` tells: every check with its outcome, each time it is asked (k8s.io/component-base/metrics/prometheus/slis). */
export async function healthMetrics(checks: HealthChecks): Promise<string> {
  const lines = [
    '# HELP kubernetes_healthcheck [STABLE] This metric records the result of a single healthcheck.',
    '# TYPE kubernetes_healthcheck gauge',
  ];
  const samples: string[] = [];
  for (const probe of ['healthz', 'livez', 'readyz'] as const) {
    for (const check of checks[probe]) {
      const outcome = (await check.check()) === undefined ? 1 : 0;
      samples.push(`kubernetes_healthcheck{name=${JSON.stringify(check.name)},type="${probe}"} ${outcome}`);
    }
  }
  return `${[...lines, ...samples.sort()].join('\n')}\n`;
}
