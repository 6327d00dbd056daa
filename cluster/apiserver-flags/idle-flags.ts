/**
 * Flags of kube-apiserver that have no meaning here. `idle`: taken and checked, but what they tune is not there or is
 * always so; one line of the log tells those that were given, unless they ask for what is done anyway. `refused`: to
 * start without what they ask for would not be what was asked.
 */
import { type Command, Option } from 'commander';
import {
  goBoolean,
  goDuration,
  goFloat,
  goInteger,
  goModuleLevels,
  goPairs,
  goQuantity,
  goStrings,
} from './go-values.ts';

const kinds = {
  text: undefined,
  switch: goBoolean,
  integer: goInteger,
  float: goFloat,
  duration: goDuration,
  strings: goStrings,
  modules: goModuleLevels,
  quantity: goQuantity,
  pairs: goPairs,
} as const;

interface IdleRow {
  readonly why: string;
  /** Names by kind; `name=value`: that value says what is done anyway. */
  readonly flags: Partial<Record<keyof typeof kinds, string>>;
}

const idle: readonly IdleRow[] = [
  {
    why: 'HTTP/1.1 is spoken, in which a connection has one request at a time and nothing to go away from',
    flags: {
      switch: 'disable-http2-serving=true',
      integer: 'http2-max-streams-per-connection=0',
      float: 'goaway-chance=0',
    },
  },
  {
    why: 'the watch cache is always there, and one size for all',
    flags: { switch: 'watch-cache=true', strings: 'watch-cache-sizes' },
  },
  {
    why: 'the store is asked when the metrics are read, and waits for nobody',
    flags: {
      duration: 'etcd-count-metric-poll-period=0 etcd-db-metric-poll-interval=0 storage-initialization-timeout',
    },
  },
  {
    why: 'a collection is deleted by one worker',
    flags: { integer: 'delete-collection-workers=1' },
  },
  {
    why: 'addresses are always shared, ports never: a second server on one port is refused',
    flags: { switch: 'permit-address-sharing permit-port-sharing=false' },
  },
  {
    why: 'there is no profiling here',
    flags: { switch: 'profiling=false contention-profiling=false' },
  },
  {
    why: 'no node is called: their logs are read in this process',
    flags: {
      text: 'kubelet-certificate-authority kubelet-client-certificate kubelet-client-key',
      strings: 'kubelet-preferred-address-types',
      duration: 'kubelet-timeout',
    },
  },
  {
    why: 'no other API server is called: APIServices of others are kept and not served',
    flags: {
      text: 'proxy-client-cert-file proxy-client-key-file',
      switch: 'aggregator-reject-forwarding-redirect=true enable-aggregator-routing=false',
    },
  },
  {
    why: 'leaders are elected by their leases alone',
    flags: {
      duration:
        'coordinated-leadership-lease-duration coordinated-leadership-renew-deadline coordinated-leadership-retry-period',
    },
  },
  {
    why: 'the audit log is written line by line',
    flags: {
      integer: 'audit-log-batch-buffer-size audit-log-batch-max-size=1 audit-log-batch-throttle-burst',
      duration: 'audit-log-batch-max-wait',
      float: 'audit-log-batch-throttle-qps',
      switch: 'audit-log-batch-throttle-enable=false',
    },
  },
  { why: 'no spans are made', flags: { text: 'tracing-config-file' } },
  { why: 'no connection is slowed down', flags: { integer: 'max-connection-bytes-per-sec=0' } },
  {
    why: 'there are no hidden metrics, and labels are of the server alone',
    flags: { text: 'show-hidden-metrics-for-version allow-metric-labels-manifest', pairs: 'allow-metric-labels' },
  },
  {
    why: 'every line of the log is written at once, to standard error',
    flags: {
      duration: 'log-flush-frequency',
      quantity: 'log-json-info-buffer-size=0 log-text-info-buffer-size=0',
      switch: 'log-json-split-stream=false log-text-split-stream=false',
    },
  },
  {
    why: 'no request is sent on to other API servers',
    flags: { text: 'peer-ca-file peer-advertise-ip peer-advertise-port' },
  },
  { why: 'one level of the log counts for all files', flags: { modules: 'vmodule' } },
];

const refused: Readonly<
  Record<string, { readonly kind: keyof typeof kinds; readonly harmless?: string; readonly why: string }>
> = {
  'egress-selector-config-file': { kind: 'text', why: 'connections cannot be led through a proxy here' },
  'etcd-servers-overrides': { kind: 'strings', why: 'all resources are kept in one store here' },
  'service-account-signing-endpoint': {
    kind: 'text',
    why: 'tokens are signed with a key here: give --service-account-signing-key-file',
  },
  'debug-socket-path': { kind: 'text', why: 'there is no profiling here' },
  'enable-logs-handler': { kind: 'switch', harmless: 'false', why: 'there is no directory of logs to serve here' },
};

interface IdleFlag {
  readonly kind: keyof typeof kinds;
  readonly why: string;
  readonly asIs: string | undefined;
}

const idleFlags: ReadonlyMap<string, IdleFlag> = new Map(
  idle.flatMap(({ why, flags }) =>
    Object.entries(flags).flatMap(([kind, names]) =>
      names.split(/\s+/).map((entry): [string, IdleFlag] => {
        const [name = '', asIs] = entry.split('=');
        return [name, { kind: kind as keyof typeof kinds, why, asIs }];
      }),
    ),
  ),
);

export const IDLE_FLAGS: readonly string[] = [...idleFlags.keys()];
export const REFUSED_FLAGS: readonly string[] = Object.keys(refused);

export function addIdleFlags(command: Command): Command {
  for (const [name, { kind }] of idleFlags) add(command, name, kind);
  for (const [name, { kind }] of Object.entries(refused)) add(command, name, kind);
  return command.addHelpText('after', helpText);
}

function add(command: Command, name: string, kind: keyof typeof kinds): void {
  const option = new Option(`--${name} ${kind === 'switch' ? '[bool]' : `<${kind}>`}`).hideHelp();
  const read: ((text: string, before?: never) => unknown) | undefined = kinds[kind];
  if (read !== undefined) option.argParser((text, before) => read(text, before as never));
  command.addOption(option);
}

function helpText(): string {
  const list = (names: readonly string[]): string =>
    [...names]
      .sort()
      .map((name) => `  --${name}`)
      .join('\n');
  return `
Taken from command lines of kube-apiserver and checked, without effect:
${list(IDLE_FLAGS)}

Refused, because what they ask for is not there:
${list(REFUSED_FLAGS)}`;
}

/** The text of a flag that was given. */
export type Given = (name: string) => string | undefined;

/** Why flags are refused that were given. @param given the value of a flag as text, when it was given */
export function refusals(given: Given): readonly string[] {
  return Object.entries(refused)
    .filter(([name, { harmless }]) => !['', harmless, undefined].includes(given(name)))
    .map(([name, { why }]) => `--${name}: ${why}`);
}

/** Flags that were given and change nothing, each with the reason. */
export function unheard(given: Given): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...idleFlags]
      .filter(([name, { asIs }]) => !['', asIs, undefined].includes(given(name)))
      .map(([name, { why }]) => [`--${name}`, why]),
  );
}
