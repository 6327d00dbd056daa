/** Where audit records go: judged by the policy, made into events, written to every backend. */
import type { Clock } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { AuditRecord, AuditSink } from '../../machinery/steps.ts';
import { loadConfigFile } from '../config-file.ts';
import { auditEvent } from './audit-event.ts';
import { type AuditPolicy, decideAudit, readAuditPolicy } from './audit-policy.ts';
import { AuditWebhook, type PostJson } from './audit-webhook.ts';
import { RotatingFile, type RotationLimits } from './rotating-file.ts';

export interface AuditOptions {
  /** `--audit-policy-file` */
  readonly policyFile: string;
  /** `--audit-log-path`, with its limits. */
  readonly log?: { readonly file: string; readonly limits: RotationLimits };
  /** `--audit-webhook-config-file`: how to post. */
  readonly webhook?: PostJson;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Audit extends AuditSink {
  close(): Promise<void>;
}

interface Backend {
  readonly name: string;
  write(event: Record<string, unknown>): void;
}

/** UsageError for a policy that cannot be, or a file that cannot be written. */
export async function openAudit(options: AuditOptions): Promise<Audit> {
  const { log, webhook, clock, logger } = options;
  const policy = readAuditPolicy(await loadConfigFile(options.policyFile, 'Policy', ['audit.k8s.io/v1']));
  const file = log === undefined ? undefined : new RotatingFile(log.file, log.limits, clock);
  const sender = webhook === undefined ? undefined : new AuditWebhook(webhook, clock, logger);
  const backends: Backend[] = [];
  if (file !== undefined) backends.push({ name: 'log', write: (event) => file.write(JSON.stringify(event)) });
  if (sender !== undefined) backends.push({ name: 'webhook', write: (event) => sender.write(event) });
  return {
    record: auditSink(policy, backends, logger).record,
    async close() {
      file?.close();
      await sender?.close();
    },
  };
}

/** A backend that fails does not fail the request: it is said in the log. */
export function auditSink(policy: AuditPolicy, backends: readonly Backend[], logger: Logger): AuditSink {
  return {
    record(record: AuditRecord): void {
      const { attributes } = record;
      if (attributes === undefined) return;
      // Who really asks is who a policy means, also when he acts as somebody else.
      const asked = record.impersonator === undefined ? attributes : { ...attributes, user: record.impersonator };
      const decision = decideAudit(policy, asked);
      if (decision.level === 'None' || decision.omitStages.includes(record.stage)) return;
      const event = auditEvent(record, decision);
      for (const backend of backends) {
        try {
          backend.write(event);
        } catch (thrown) {
          logger.error({ backend: backend.name, error: messageOf(thrown) }, 'an audit event could not be written');
        }
      }
    },
  };
}
