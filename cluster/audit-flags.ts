/** kube-apiserver's flags about the audit log and its webhook. */
import type { Command } from 'commander';
import { AUDIT_MODES, type AuditMode, type AuditOptions } from '../apiserver/auth/audit/audit-sink.ts';
import { batchDefaults } from '../apiserver/auth/audit/audit-webhook.ts';
import { assert } from '../base/assert.ts';
import { UsageError } from '../base/errors.ts';
import { goBoolean, goDuration, goFloat, goInteger } from './apiserver-flags/go-values.ts';

export interface AuditFlags {
  readonly auditPolicyFile?: string;
  readonly auditLogPath?: string;
  readonly auditLogFormat: string;
  readonly auditLogMode: string;
  readonly auditLogVersion: string;
  readonly auditLogMaxsize: number;
  readonly auditLogMaxage: number;
  readonly auditLogMaxbackup: number;
  readonly auditLogCompress: boolean;
  readonly auditWebhookConfigFile?: string;
  readonly auditWebhookMode: string;
  readonly auditWebhookVersion: string;
  readonly auditWebhookInitialBackoff: number;
  readonly auditWebhookBatchMaxSize: number;
  readonly auditWebhookBatchMaxWait: number;
  readonly auditWebhookBatchBufferSize: number;
  readonly auditWebhookBatchThrottleEnable: boolean;
  readonly auditWebhookBatchThrottleQps: number;
  readonly auditWebhookBatchThrottleBurst: number;
  readonly auditWebhookTruncateEnabled: boolean;
  readonly auditWebhookTruncateMaxBatchSize: number;
  readonly auditWebhookTruncateMaxEventSize: number;
  readonly auditLogTruncateEnabled: boolean;
  readonly auditLogTruncateMaxBatchSize: number;
  readonly auditLogTruncateMaxEventSize: number;
  /** Checked, and without effect: lines are written as they come. */
  readonly auditLogBatchBufferSize?: number;
  readonly auditLogBatchMaxSize?: number;
  readonly auditLogBatchThrottleEnable?: boolean;
  readonly auditLogBatchThrottleQps?: number;
  readonly auditLogBatchThrottleBurst?: number;
}

const AUDIT_VERSION = 'audit.k8s.io/v1';

export function auditFlags(command: Command): Command {
  command
    .option('--audit-policy-file <file>', 'what to write down of which requests (audit.k8s.io/v1 Policy)')
    .option('--audit-log-path <file>', 'where to write it, one event a line; -: standard output')
    .option('--audit-log-format <format>', 'json or legacy', 'json')
    .option('--audit-log-mode <mode>', `how the log is written: ${AUDIT_MODES.join(', ')}`, 'blocking')
    .option('--audit-log-maxsize <megabytes>', 'set the audit log aside at this size', goInteger, 100)
    .option('--audit-log-maxage <days>', 'remove audit logs set aside after so long; 0: never', goInteger, 366)
    .option('--audit-log-maxbackup <count>', 'keep so many audit logs set aside; 0: all', goInteger, 100)
    .option('--audit-log-compress [bool]', 'compress audit logs set aside', goBoolean, false)
    .option('--audit-webhook-config-file <file>', 'where to send audit events, as a kubeconfig')
    .option('--audit-webhook-mode <mode>', `how they are sent: ${AUDIT_MODES.join(', ')}`, 'batch')
    .option(
      '--audit-webhook-initial-backoff <duration>',
      'how long to wait before a retry',
      goDuration,
      batchDefaults.firstRetryMs,
    )
    .option('--audit-webhook-batch-max-size <count>', 'events sent together', goInteger, batchDefaults.batchEventsMax)
    .option(
      '--audit-webhook-batch-max-wait <duration>',
      'how long a batch may wait to be full',
      goDuration,
      batchDefaults.batchWaitMs,
    )
    .option(
      '--audit-webhook-batch-buffer-size <count>',
      'events kept to be sent',
      goInteger,
      batchDefaults.bufferEventsMax,
    )
    .option('--audit-webhook-batch-throttle-enable [bool]', 'send no more batches than', goBoolean, true)
    .option(
      '--audit-webhook-batch-throttle-qps <count>',
      'so many a second',
      goFloat,
      batchDefaults.throttle?.perSecond,
    )
    .option(
      '--audit-webhook-batch-throttle-burst <count>',
      'and so many at once',
      goInteger,
      batchDefaults.throttle?.burst,
    )
    .option('--audit-webhook-version <version>', 'the form of the events', AUDIT_VERSION)
    .option('--audit-log-version <version>', 'the form of the events', AUDIT_VERSION);
  for (const backend of ['log', 'webhook']) {
    command
      .option(`--audit-${backend}-truncate-enabled [bool]`, 'shorten or leave out big events', goBoolean, false)
      .option(`--audit-${backend}-truncate-max-event-size <bytes>`, 'events bigger than this', goInteger, 102_400)
      .option(
        `--audit-${backend}-truncate-max-batch-size <bytes>`,
        'and batches bigger than this',
        goInteger,
        10_485_760,
      );
  }
  return command;
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
            format: flags.auditLogFormat === 'legacy' ? 'legacy' : 'json',
            mode: modeOf(flags.auditLogMode),
            ...(flags.auditLogTruncateEnabled ? { eventBytesMax: flags.auditLogTruncateMaxEventSize } : {}),
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
            mode: modeOf(flags.auditWebhookMode),
            firstRetryMs: flags.auditWebhookInitialBackoff,
            batchEventsMax: flags.auditWebhookBatchMaxSize,
            batchWaitMs: flags.auditWebhookBatchMaxWait,
            bufferEventsMax: flags.auditWebhookBatchBufferSize,
            ...(flags.auditWebhookBatchThrottleEnable
              ? {
                  throttle: {
                    perSecond: flags.auditWebhookBatchThrottleQps,
                    burst: flags.auditWebhookBatchThrottleBurst,
                  },
                }
              : {}),
            ...(flags.auditWebhookTruncateEnabled
              ? {
                  eventBytesMax: flags.auditWebhookTruncateMaxEventSize,
                  batchBytesMax: flags.auditWebhookTruncateMaxBatchSize,
                }
              : {}),
          },
        }),
  };
}

function modeOf(text: string): AuditMode {
  const mode = AUDIT_MODES.find((known) => known === text);
  assert(mode !== undefined, `${text} was not judged`);
  return mode;
}
