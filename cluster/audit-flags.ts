/** kube-apiserver's flags about the audit log and its webhook. */
import type { Command } from 'commander';
import { AUDIT_MODES, type AuditMode, type AuditOptions } from '../apiserver/auth/audit/audit-sink.ts';
import { batchDefaults } from '../apiserver/auth/audit/audit-webhook.ts';
import { UsageError } from '../base/errors.ts';
import { boolean, choice, duration, integer } from './flags.ts';

export interface AuditFlags {
  readonly auditPolicyFile?: string;
  readonly auditLogPath?: string;
  readonly auditLogFormat: 'json' | 'legacy';
  readonly auditLogMode: AuditMode;
  readonly auditLogMaxsize: number;
  readonly auditLogMaxage: number;
  readonly auditLogMaxbackup: number;
  readonly auditLogCompress: boolean;
  readonly auditWebhookConfigFile?: string;
  readonly auditWebhookMode: AuditMode;
  readonly auditWebhookInitialBackoff: number;
  readonly auditWebhookBatchMaxSize: number;
  readonly auditWebhookBatchMaxWait: number;
  readonly auditWebhookBatchBufferSize: number;
}

export function auditFlags(command: Command): Command {
  const mode = choice(...AUDIT_MODES);
  return command
    .option('--audit-policy-file <file>', 'what to write down of which requests (audit.k8s.io/v1 Policy)')
    .option('--audit-log-path <file>', 'where to write it, one event a line; -: standard output')
    .option('--audit-log-format <format>', 'json or legacy', choice('json', 'legacy'), 'json')
    .option('--audit-log-mode <mode>', `how the log is written: ${AUDIT_MODES.join(', ')}`, mode, 'blocking')
    .option('--audit-log-maxsize <megabytes>', 'set the audit log aside at this size', integer(0), 100)
    .option('--audit-log-maxage <days>', 'remove audit logs set aside after so long; 0: never', integer(0), 0)
    .option('--audit-log-maxbackup <count>', 'keep so many audit logs set aside; 0: all', integer(0), 0)
    .option('--audit-log-compress [bool]', 'compress audit logs set aside', boolean, false)
    .option('--audit-webhook-config-file <file>', 'where to send audit events, as a kubeconfig')
    .option('--audit-webhook-mode <mode>', `how they are sent: ${AUDIT_MODES.join(', ')}`, mode, 'batch')
    .option(
      '--audit-webhook-initial-backoff <duration>',
      'how long to wait before a retry',
      duration,
      batchDefaults.firstRetryMs,
    )
    .option('--audit-webhook-batch-max-size <count>', 'events sent together', integer(1), batchDefaults.batchEventsMax)
    .option(
      '--audit-webhook-batch-max-wait <duration>',
      'how long a batch may wait to be full',
      duration,
      batchDefaults.batchWaitMs,
    )
    .option(
      '--audit-webhook-batch-buffer-size <count>',
      'events kept to be sent',
      integer(1),
      batchDefaults.bufferEventsMax,
    );
}

/** Undefined: nothing is audited. UsageError for what contradicts itself. */
export function auditOptions(flags: AuditFlags): Omit<AuditOptions, 'clock' | 'logger'> | undefined {
  const { auditPolicyFile: policyFile, auditLogPath: file, auditWebhookConfigFile: webhookFile } = flags;
  const somewhere = file !== undefined || webhookFile !== undefined;
  if (policyFile === undefined) {
    if (!somewhere) return undefined;
    throw new UsageError(
      `${file === undefined ? '--audit-webhook-config-file' : '--audit-log-path'} needs --audit-policy-file: without a policy nothing is audited`,
    );
  }
  if (!somewhere) {
    throw new UsageError('--audit-policy-file needs --audit-log-path: nothing would be written anywhere');
  }
  return {
    policyFile,
    ...(file === undefined
      ? {}
      : {
          log: {
            file,
            format: flags.auditLogFormat,
            mode: flags.auditLogMode,
            limits: {
              maxSizeMegabytes: flags.auditLogMaxsize,
              maxAgeDays: flags.auditLogMaxage,
              maxBackups: flags.auditLogMaxbackup,
              compress: flags.auditLogCompress,
            },
          },
        }),
    ...(webhookFile === undefined
      ? {}
      : {
          webhook: {
            configFile: webhookFile,
            mode: flags.auditWebhookMode,
            firstRetryMs: flags.auditWebhookInitialBackoff,
            batchEventsMax: flags.auditWebhookBatchMaxSize,
            batchWaitMs: flags.auditWebhookBatchMaxWait,
            bufferEventsMax: flags.auditWebhookBatchBufferSize,
          },
        }),
  };
}
