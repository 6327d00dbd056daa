/** Where audit records go: judged by the policy, made into events, written to every backend. */
import type { Clock } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { AuditRecord, AuditSink, Awaitable } from '../../machinery/steps.ts';
import { loadConfigFile } from '../config-file.ts';
import { webhookOfKubeconfig } from '../webhook/webhook-client.ts';
import { auditEvent, legacyLine } from './audit-event.ts';
import { AuditMetrics } from './audit-metrics.ts';
import { type AuditPolicy, decideAudit, readAuditPolicy } from './audit-policy.ts';
import { AuditWebhook, type BatchLimits } from './audit-webhook.ts';
import { RotatingFile, type RotationLimits } from './rotating-file.ts';

/** What a request waits for: nothing, the writing, or the writing on pain of failing. */
export const AUDIT_MODES = ['batch', 'blocking', 'blocking-strict'] as const;
export type AuditMode = (typeof AUDIT_MODES)[number];

export interface AuditOptions {
  /** `--audit-policy-file` */
  readonly policyFile: string;
  /** `--audit-log-*` */
  readonly log?: {
    /** `-`: standard output. */
    readonly file: string;
    readonly limits: RotationLimits;
    readonly format?: 'json' | 'legacy';
    readonly mode?: AuditMode;
    /** Bigger events are shortened, or left out; absent: none. */
    readonly eventBytesMax?: number;
  };
  /** `--audit-webhook-*` */
  readonly webhook?: {
    readonly configFile: string;
    readonly mode: AuditMode;
    readonly eventBytesMax?: number;
  } & BatchLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: AuditMetrics;
}

export interface Audit extends AuditSink {
  close(): Promise<void>;
}

interface Backend {
  readonly name: string;
  /** A request whose event cannot be written fails. */
  readonly strict: boolean;
  readonly eventBytesMax: number | undefined;
  /** A promise where requests wait for it. */
  write(event: Record<string, unknown>): Awaitable<void>;
}

/** UsageError for a policy that cannot be, or a file that cannot be written. */
export async function openAudit(options: AuditOptions): Promise<Audit> {
  const { log, webhook, clock, logger, metrics = new AuditMetrics() } = options;
  const policy = readAuditPolicy(await loadConfigFile(options.policyFile, 'Policy', ['audit.k8s.io/v1']));
  const sender =
    webhook === undefined
      ? undefined
      : new AuditWebhook(await webhookOfKubeconfig(webhook.configFile), webhook, clock, logger);
  const file = log === undefined ? undefined : openLog(log.file, log.limits, clock);
  const backends: Backend[] = [];
  if (file !== undefined) {
    const lineOf = log?.format === 'legacy' ? legacyLine : JSON.stringify;
    const strict = log?.mode === 'blocking-strict';
    backends.push({
      name: 'log',
      strict,
      eventBytesMax: log?.eventBytesMax,
      write: (event) => file.write(lineOf(event)),
    });
  }
  if (sender !== undefined) {
    const batched = webhook?.mode === 'batch';
    backends.push({
      name: 'webhook',
      strict: webhook?.mode === 'blocking-strict',
      eventBytesMax: webhook?.eventBytesMax,
      write: (event) => (batched ? sender.write(event) : sender.send([event])),
    });
  }
  return {
    ...auditSink(policy, backends, logger, metrics),
    async close() {
      file?.close();
      await sender?.close();
    },
  };
}

function openLog(file: string, limits: RotationLimits, clock: Clock): Pick<RotatingFile, 'write' | 'close'> {
  if (file !== '-') return new RotatingFile(file, limits, clock);
  return { write: (line) => process.stdout.write(`${line}\n`), close: () => {} };
}

/** A backend that fails does not fail the request, unless it is strict: it is said in the log. */
function auditSink(
  policy: AuditPolicy,
  backends: readonly Backend[],
  logger: Logger,
  metrics: AuditMetrics,
): AuditSink {
  return {
    levelOf(attributes) {
      const { level } = decideAudit(policy, attributes);
      metrics.judged(level);
      return level;
    },
    record(record: AuditRecord): Awaitable<boolean> {
      const decision = decideAudit(policy, record.attributes);
      if (decision.level === 'None' || decision.omitStages.includes(record.stage)) return true;
      const event = auditEvent(record, decision);
      metrics.event();
      const outcomes = backends.map((backend) => deliver(backend, event));
      if (!outcomes.some((outcome) => outcome instanceof Promise)) return judged(outcomes as boolean[]);
      return Promise.all(outcomes).then(judged);
    },
  };

  function judged(outcomes: readonly boolean[]): boolean {
    const written = !outcomes.includes(false);
    if (!written) metrics.rejected();
    return written;
  }

  /** False: the request is to fail for it. */
  function deliver(backend: Backend, event: Record<string, unknown>): Awaitable<boolean> {
    const failed = (thrown: unknown): boolean => {
      logger.error({ backend: backend.name, error: messageOf(thrown) }, 'an audit event could not be written');
      metrics.failed(backend.name);
      return !backend.strict;
    };
    const shown = truncated(event, backend.eventBytesMax);
    if (shown === undefined) {
      logger.error({ backend: backend.name, id: event.auditID }, 'event is too large even after truncating');
      return true;
    }
    try {
      const writing = backend.write(shown);
      return writing instanceof Promise ? writing.then(() => true, failed) : true;
    } catch (thrown) {
      return failed(thrown);
    }
  }
}

/** Without the objects, where it is too big with them; undefined where it is too big without them, too. */
function truncated(event: Record<string, unknown>, bytesMax: number | undefined): Record<string, unknown> | undefined {
  const fits = (each: object): boolean => bytesMax === undefined || Buffer.byteLength(JSON.stringify(each)) <= bytesMax;
  if (fits(event)) return event;
  const { requestObject: _request, responseObject: _response, annotations, ...rest } = event;
  const shown = { ...rest, annotations: { ...(annotations as object | undefined), 'audit.k8s.io/truncated': 'true' } };
  return fits(shown) ? shown : undefined;
}
