/**
 * What cannot be of the flags: upstream's checks with their sentences, in their order (options.Validate of kube-apiserver
 * and of its parts). What this server has of itself and kube-apiserver has not (a store, an issuer and keys of
 * service-account tokens) is not asked for.
 */
import fs from 'node:fs';
import { admissionPluginNames } from '../../apiserver/admission/chain.ts';
import { AUDIT_MODES } from '../../apiserver/auth/audit/audit-sink.ts';
import { authorizationModes } from '../../apiserver/auth/authorization.ts';
import { IN_FLIGHT } from '../../apiserver/auth/flow-control/max-in-flight.ts';
import { kubernetesVersion } from '../../apiserver/machinery/version.ts';
import { NODE_PORTS } from '../../apiserver/resources/core/port-allocator.ts';
import { formatDuration, parseDuration } from '../../base/duration.ts';
import { UsageError } from '../../base/errors.ts';
import { parseCidr } from '../../base/ip.ts';
import type { ApiFlags } from '../api-flags.ts';
import { readFeatureGates, versionErrors } from './feature-gates.ts';
import { type Given, refusals } from './idle-flags.ts';
import { flowControlErrors, runtimeConfigErrors } from './runtime-config.ts';

/** A UsageError that says all that is wrong, as upstream joins it. @param given the text of a flag that was given */
export function judgeOptions(flags: ApiFlags, given: Given): void {
  fail(gateErrors(flags));
  fail(logErrors(flags, given));
  fail(rangeErrors(flags));
  fail(cacheSizeErrors(given));
  fail([...refusals(given), ...optionErrors(flags, given)]);
  fail(seatErrors(flags));
  fail(tracingErrors(given('tracing-config-file') ?? ''));
}

function durationOf(text: string): number {
  return parseDuration(text) ?? 0;
}

function fail(errors: readonly string[]): void {
  const each = [...new Set(errors)];
  if (each.length > 0) throw new UsageError(each.length === 1 ? (each[0] ?? '') : `[${each.join(', ')}]`);
}

function optionErrors(flags: ApiFlags, given: Given): readonly string[] {
  return [
    ...serverErrors(flags, given),
    ...storeErrors(flags),
    ...(flags.runtimeConfig === undefined || !flags.enablePriorityAndFairness
      ? []
      : flowControlErrors(flags.runtimeConfig)),
    ...(flags.securePort < 0 || flags.securePort > 65_535
      ? [`--secure-port ${flags.securePort} must be between 1 and 65535, inclusive. It cannot be turned off with 0`]
      : []),
    ...identityErrors(flags),
    ...authorizationErrors(flags),
    ...auditErrors(flags),
    ...pluginErrors(flags),
    ...(flags.runtimeConfig === undefined ? [] : runtimeConfigErrors(flags.runtimeConfig)),
    ...metricErrors(given),
    ...leadershipErrors(given),
    ...serviceErrors(flags),
  ];
}

function seatErrors(flags: ApiFlags): readonly string[] {
  const { maxRequestsInflight = IN_FLIGHT.reading, maxMutatingRequestsInflight = IN_FLIGHT.mutating } = flags;
  if (!flags.enablePriorityAndFairness || maxRequestsInflight + maxMutatingRequestsInflight > 0) return [];
  return [
    `invalid configuration: MaxRequestsInFlight=${maxRequestsInflight} and MaxMutatingRequestsInFlight=${maxMutatingRequestsInflight}; they must add up to something positive`,
  ];
}

/** Its file is read by nobody here, but one that is not there is a mistake. */
function tracingErrors(file: string): readonly string[] {
  if (file === '' || fs.existsSync(file)) return [];
  const quoted = JSON.stringify(file);
  return [
    `failed to read tracing config: unable to read tracing configuration from ${quoted}: open ${file}: no such file or directory`,
  ];
}

function gateErrors(flags: ApiFlags): readonly string[] {
  return readFeatureGates(flags.featureGates ?? []).errors;
}

function logErrors({ loggingFormat }: ApiFlags, given: Given): readonly string[] {
  const errors: string[] = [];
  const flush = given('log-flush-frequency');
  if (flush !== undefined && durationOf(flush) <= 0) {
    errors.push(`flushFrequency: Invalid value: "${formatDuration(durationOf(flush))}": Must be greater than zero`);
  }
  if (loggingFormat !== undefined && loggingFormat !== 'text' && loggingFormat !== 'json') {
    errors.push(`format: Invalid value: ${JSON.stringify(loggingFormat)}: Unsupported log format`);
  }
  if (loggingFormat !== undefined && loggingFormat !== 'text' && (given('vmodule') ?? '') !== '') {
    errors.push('vmodule: Forbidden: Only supported for text log format');
  }
  return errors;
}

function rangeErrors({ serviceClusterIpRange, serviceAccountMaxTokenExpiration: maxMs }: ApiFlags): readonly string[] {
  const [first = '', second] = serviceClusterIpRange.split(',');
  if (parseCidr(first) === undefined) return ['service-cluster-ip-range[0] is not a valid cidr'];
  if (second !== undefined && parseCidr(second) === undefined) return ['service-cluster-ip-range[1] is not an ip net'];
  if (maxMs !== undefined && maxMs !== 0 && (maxMs < HOUR_MS || maxMs > MAX_EXPIRATION_MS)) {
    return ['the service-account-max-token-expiration must be between 1 hour and 2^32 seconds'];
  }
  return [];
}

/** `resource#size` of each. */
function cacheSizeErrors(given: Given): readonly string[] {
  for (const each of (given('watch-cache-sizes') ?? '').split(',').filter((part) => part !== '')) {
    const [resource, size, ...more] = each.split('#');
    if (size === undefined || more.length > 0) return [`invalid value of watch cache size: ${each}`];
    if (!/^[+-]?\d+$/.test(size) || resource === '') return [`invalid size of watch cache size: ${each}`];
    if (Number(size) < 0) return [`watch cache size cannot be negative: ${each}`];
  }
  return [];
}

const HOUR_MS = 3_600_000;
/** Whole seconds in 32 bits. */
const MAX_EXPIRATION_MS = 2 ** 32 * 1000;
const GOAWAY_CHANCE_MAX = 0.02;

function serverErrors(flags: ApiFlags, given: Given): readonly string[] {
  const chance = Number(given('goaway-chance') ?? 0);
  const wrong: readonly (readonly [boolean, string])[] = [
    [flags.livezGracePeriod < 0, '--livez-grace-period can not be a negative value'],
    [(flags.maxRequestsInflight ?? 0) < 0, '--max-requests-inflight can not be negative value'],
    [(flags.maxMutatingRequestsInflight ?? 0) < 0, '--max-mutating-requests-inflight can not be negative value'],
    [flags.requestTimeout < 0, '--request-timeout can not be negative value'],
    [chance < 0 || chance > GOAWAY_CHANCE_MAX, '--goaway-chance can not be less than 0 or greater than 0.02'],
    [flags.minRequestTimeout < 0, '--min-request-timeout can not be negative value'],
    [
      durationOf(given('storage-initialization-timeout') ?? '0') < 0,
      '--storage-initialization-timeout can not be negative value',
    ],
    [flags.shutdownDelayDuration < 0, '--shutdown-delay-duration can not be negative value'],
    [
      flags.shutdownWatchTerminationGracePeriod < 0,
      'shutdown-watch-termination-grace-period, if provided, can not be a negative value',
    ],
  ];
  return [
    ...wrong.filter(([is]) => is).map(([, sentence]) => sentence),
    ...(flags.strictTransportSecurityDirectives ?? []).flatMap(directiveErrors),
    ...(flags.corsAllowedOrigins ?? []).flatMap(originErrors),
    ...versionErrors(flags, kubernetesVersion),
  ];
}

function directiveErrors(directive: string): readonly string[] {
  if (directive.trim() === '') return ['empty value in strict-transport-security-directives'];
  if (['includeSubDomains', 'preload'].includes(directive) || /^max-age=[^=]*$/.test(directive)) return [];
  return [
    '--strict-transport-security-directives invalid, allowed values: max-age=expireTime, includeSubDomains, preload. see https://tools.ietf.org/html/rfc6797#section-6.1 for more information',
  ];
}

const ORIGINS_HELP = `List of allowed origins for CORS, comma separated. An allowed origin can be a regular expression to support subdomain matching. If this list is empty CORS will not be enabled. Please ensure each expression matches the entire hostname by anchoring to the start with '^' or including the '//' prefix, and by anchoring to the end with '$' or including the ':' port separator suffix. Examples of valid expressions are '//example\\.com(:|$)' and '^https://example\\.com(:|$)'`;

function originErrors(pattern: string): readonly string[] {
  if (pattern === '') return [`empty value in --cors-allowed-origins, help: ${ORIGINS_HELP}`];
  const bad = (what: string): readonly string[] => [
    `--cors-allowed-origins has an invalid regular expression: ${what}, help: ${ORIGINS_HELP}`,
  ];
  try {
    new RegExp(pattern);
  } catch (thrown) {
    return bad(`error parsing regexp: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  const pinned = /\^|\/\//.test(pattern) && /[$:]/.test(pattern);
  return pinned ? [] : bad('regular expression does not pin to start/end of host in the origin header');
}

const MEDIA_TYPES = ['application/json', 'application/vnd.kubernetes.protobuf', 'application/yaml'];

function storeErrors(flags: ApiFlags): readonly string[] {
  const errors: string[] = [];
  if (flags.etcdServers?.length === 0) errors.push('--etcd-servers must be specified');
  if (!['', 'etcd3'].includes(flags.storageBackend)) {
    errors.push("--storage-backend invalid, allowed values: etcd3. If not specified, it will default to 'etcd3'");
  }
  if (flags.encryptionProviderConfigAutomaticReload && (flags.encryptionProviderConfig ?? '') === '') {
    errors.push('--encryption-provider-config-automatic-reload must be set with --encryption-provider-config');
  }
  if (flags.storageMediaType !== '' && !MEDIA_TYPES.includes(flags.storageMediaType)) {
    errors.push(
      `--storage-media-type ${JSON.stringify(flags.storageMediaType)} invalid, allowed values: ${MEDIA_TYPES.join(', ')}`,
    );
  }
  return errors;
}

function identityErrors(flags: ApiFlags): readonly string[] {
  const errors: string[] = [];
  const oidc = Object.entries(flags).some(([name, value]) => name.startsWith('oidc') && value !== undefined);
  if (oidc && flags.authenticationConfig !== undefined) {
    errors.push('authentication-config file and oidc-* flags are mutually exclusive');
  } else if (oidc && ((flags.oidcIssuerUrl ?? '') === '' || (flags.oidcClientId ?? '') === '')) {
    errors.push('oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set');
  }
  const issuers = flags.serviceAccountIssuer ?? [];
  for (const [at, issuer] of issuers.entries()) {
    if (issuer === '') errors.push('service-account-issuer should not be an empty string');
    else if (issuers.indexOf(issuer) < at) {
      errors.push(`service-account-issuer ${JSON.stringify(issuer)} is already specified`);
    }
  }
  const uri = flags.serviceAccountJwksUri ?? '';
  if (uri !== '' && !/^https:/i.test(uri)) {
    errors.push(`service-account-jwks-uri requires https scheme, parsed as: ${uri}`);
  }
  return [...errors, ...headerErrors(flags)];
}

function headerErrors(flags: ApiFlags): readonly string[] {
  const lists = {
    'requestheader-username-headers': flags.requestheaderUsernameHeaders,
    'requestheader-group-headers': flags.requestheaderGroupHeaders,
    'requestheader-extra-headers-prefix': flags.requestheaderExtraHeadersPrefix,
    'requestheader-allowed-names': flags.requestheaderAllowedNames,
    'requestheader-uid-headers': flags.requestheaderUidHeaders,
  };
  const blank = Object.entries(lists)
    .filter(([, names]) => names?.some((name) => name.trim() === ''))
    .map(([flag]) => `empty value in ${JSON.stringify(flag)}`);
  const uids = flags.requestheaderUidHeaders ?? [];
  if (uids.length === 0 || uids.some((name) => name.toLowerCase() === 'x-remote-uid')) return blank;
  const aggregation =
    '--requestheader-uid-headers is set without specifying the standard X-Remote-Uid header - API aggregation will not work';
  return [...blank, aggregation];
}

/** Those of the flags alone; the file of --authorization-config is read, and told of, when the server is made. */
function authorizationErrors(flags: ApiFlags): readonly string[] {
  const { authorizationMode: modes, authorizationPolicyFile, authorizationWebhookConfigFile } = flags;
  if (flags.authorizationConfig !== undefined) return [];
  if (modes?.length === 0) return ['at least one authorization-mode must be passed'];
  const errors: string[] = [];
  for (const mode of modes ?? []) {
    if (!authorizationModes.some((known) => known === mode)) {
      errors.push(`authorization-mode ${JSON.stringify(mode)} is not a valid mode`);
    }
    if (mode === 'ABAC' && authorizationPolicyFile === undefined) {
      errors.push("authorization-mode ABAC's authorization policy file not passed");
    }
    if (mode === 'Webhook' && authorizationWebhookConfigFile === undefined) {
      errors.push("authorization-mode Webhook's authorization config file not passed");
    }
  }
  if (authorizationPolicyFile !== undefined && modes?.includes('ABAC') !== true) {
    errors.push('cannot specify --authorization-policy-file without mode ABAC');
  }
  if (authorizationWebhookConfigFile !== undefined && modes?.includes('Webhook') !== true) {
    errors.push('cannot specify --authorization-webhook-config-file without mode Webhook');
  }
  if (modes !== undefined && new Set(modes).size < modes.length) {
    const shown = modes.map((mode) => JSON.stringify(mode)).join(' ');
    errors.push(`authorization-mode [${shown}] has mode specified more than once`);
  }
  return errors;
}

interface BatchOptions {
  readonly mode: string;
  readonly bufferSize: number;
  readonly maxSize: number;
  readonly throttle: boolean;
  readonly qps: number;
  readonly burst: number;
}

function batchErrors(name: string, options: BatchOptions): readonly string[] {
  const { mode, bufferSize, maxSize, throttle, qps, burst } = options;
  if (!AUDIT_MODES.some((known) => known === mode)) {
    return [`invalid audit ${name} mode ${mode}, allowed modes are "${AUDIT_MODES.join(',')}"`];
  }
  if (mode !== 'batch') return [];
  const wrong = (what: string, value: number): readonly string[] => [
    `invalid audit batch ${name} ${what} ${value}, must be a positive number`,
  ];
  if (bufferSize <= 0) return wrong('buffer size', bufferSize);
  if (maxSize <= 0) return wrong('max batch size', maxSize);
  if (throttle && qps <= 0) return wrong('throttle QPS', qps);
  return throttle && burst <= 0 ? wrong('throttle burst', burst) : [];
}

function truncateErrors(name: string, eventSize: number, batchSize: number): readonly string[] {
  if (eventSize <= 0) return [`invalid audit truncate ${name} max event size ${eventSize}, must be a positive number`];
  if (batchSize >= eventSize) return [];
  return [
    `invalid audit truncate ${name} max batch size ${batchSize}, must be greater than max event size (${eventSize})`,
  ];
}

function auditVersionErrors(version: string): readonly string[] {
  if ((version.match(/\//g)?.length ?? 0) > 1) return [`unexpected GroupVersion string: ${version}`];
  return version === 'audit.k8s.io/v1' ? [] : ['invalid group version, allowed versions are ["audit.k8s.io/v1"]'];
}

function auditErrors(flags: ApiFlags): readonly string[] {
  const log = (flags.auditLogPath ?? '') === '' ? [] : auditLogErrors(flags);
  if ((flags.auditWebhookConfigFile ?? '') === '') return log;
  return [
    ...log,
    ...batchErrors('webhook', {
      mode: flags.auditWebhookMode,
      bufferSize: flags.auditWebhookBatchBufferSize,
      maxSize: flags.auditWebhookBatchMaxSize,
      throttle: flags.auditWebhookBatchThrottleEnable,
      qps: flags.auditWebhookBatchThrottleQps,
      burst: flags.auditWebhookBatchThrottleBurst,
    }),
    ...truncateErrors('webhook', flags.auditWebhookTruncateMaxEventSize, flags.auditWebhookTruncateMaxBatchSize),
    ...auditVersionErrors(flags.auditWebhookVersion),
  ];
}

const BUFFER_EVENTS = 10_000;

function auditLogErrors(flags: ApiFlags): readonly string[] {
  const negative = (flag: string, value: number): readonly string[] =>
    value < 0 ? [`--${flag} ${value} can't be a negative number`] : [];
  return [
    ...batchErrors('log', {
      mode: flags.auditLogMode,
      bufferSize: flags.auditLogBatchBufferSize ?? BUFFER_EVENTS,
      maxSize: flags.auditLogBatchMaxSize ?? 1,
      throttle: flags.auditLogBatchThrottleEnable ?? false,
      qps: flags.auditLogBatchThrottleQps ?? 0,
      burst: flags.auditLogBatchThrottleBurst ?? 0,
    }),
    ...truncateErrors('log', flags.auditLogTruncateMaxEventSize, flags.auditLogTruncateMaxBatchSize),
    ...auditVersionErrors(flags.auditLogVersion),
    ...(['json', 'legacy'].includes(flags.auditLogFormat)
      ? []
      : [`invalid audit log format ${flags.auditLogFormat}, allowed formats are "legacy,json"`]),
    ...negative('audit-log-maxage', flags.auditLogMaxage),
    ...negative('audit-log-maxbackup', flags.auditLogMaxbackup),
    ...negative('audit-log-maxsize', flags.auditLogMaxsize),
  ];
}

function pluginErrors(flags: ApiFlags): readonly string[] {
  const { admissionControl: all, enableAdmissionPlugins: enable, disableAdmissionPlugins: disable } = flags;
  const unknown = (flag: string, names: readonly string[] | undefined): readonly string[] =>
    (names ?? [])
      .filter((name) => !admissionPluginNames.includes(name))
      .map((name) => `${flag} plugin ${JSON.stringify(name)} is unknown`);
  const both = [...new Set(enable?.filter((name) => disable?.includes(name)))].sort();
  return [
    ...(all !== undefined && (enable !== undefined || disable !== undefined)
      ? ['admission-control and enable-admission-plugins/disable-admission-plugins flags are mutually exclusive']
      : []),
    ...unknown('admission-control', all),
    ...unknown('enable-admission-plugins', enable),
    ...unknown('disable-admission-plugins', disable),
    ...(both.length === 0
      ? []
      : [`[${both.join(' ')}] in enable-admission-plugins and disable-admission-plugins overlapped`]),
  ];
}

function metricErrors(given: Given): readonly string[] {
  const shown = given('show-hidden-metrics-for-version') ?? '';
  const previous = `${kubernetesVersion.major}.${Number(kubernetesVersion.minor) - 1}`;
  if (shown === '' || shown === previous) return [];
  return [
    `metrics.showHiddenMetricsForVersion: Invalid value: ${JSON.stringify(shown)}: must be omitted or have the value '${previous}'; only the previous minor version is allowed`,
  ];
}

function leadershipErrors(given: Given): readonly string[] {
  const leaseMs = durationOf(given('coordinated-leadership-lease-duration') ?? '15s');
  const renewMs = durationOf(given('coordinated-leadership-renew-deadline') ?? '10s');
  const retryMs = durationOf(given('coordinated-leadership-retry-period') ?? '2s');
  const least = (longer: string, shorter: string): string =>
    `--coordinated-leadership-${longer} must be greater than --coordinated-leadership-${shorter}`;
  return [
    ...(leaseMs <= renewMs ? [least('lease-duration', 'renew-deadline')] : []),
    ...(renewMs <= retryMs ? [least('renew-deadline', 'retry-period')] : []),
  ];
}

function serviceErrors(flags: ApiFlags): readonly string[] {
  const { kubernetesServiceNodePort: port, serviceNodePortRange: { from, to } = NODE_PORTS } = flags;
  const ranges = flags.serviceClusterIpRange.split(',');
  const families = ranges.map((range) => parseCidr(range)?.address.family);
  const errors: string[] = [];
  if (ranges.length > 2) errors.push('--service-cluster-ip-range must not contain more than two entries');
  if (ranges.length > 1 && families[0] === families[1]) {
    errors.push('--service-cluster-ip-range[0] and --service-cluster-ip-range[1] must be of different IP family');
  }
  if (port < 0 || port > 65_535) {
    errors.push(
      `--kubernetes-service-node-port ${port} must be between 0 and 65535, inclusive. If 0, the Kubernetes master service will be of type ClusterIP`,
    );
  }
  if (port > 0 && (port < from || port > to)) {
    errors.push(`kubernetes service node port range ${from}-${to} doesn't contain ${port}`);
  }
  if (!['lease', 'master-count', 'none'].includes(flags.endpointReconcilerType)) {
    errors.push(`endpoint reconciler not implemented: ${flags.endpointReconcilerType}`);
  }
  return errors;
}
