/** kube-apiserver's flags as a command line: what is read, and what is said of what cannot be. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../base/errors.ts';
import { type ApiFlags, apiFlags, readApiFlags } from '../../../cluster/api-flags.ts';
import { readFeatureGates } from '../../../cluster/apiserver-flags/feature-gates.ts';
import { IDLE_FLAGS, REFUSED_FLAGS } from '../../../cluster/apiserver-flags/idle-flags.ts';
import { command } from '../../../cluster/flags.ts';
import { root } from '../../source-tree.ts';
import { upstreamFlags } from './flag-names.ts';

function read(...args: string[]): ApiFlags {
  return readApiFlags<ApiFlags>(apiFlags(command('apiserver', ''), 6443), args).flags;
}

function refusal(...args: string[]): string {
  try {
    read(...args);
  } catch (thrown) {
    if (thrown instanceof UsageError) return thrown.message;
    throw thrown;
  }
  return '';
}

/** What the log is told of a line. */
function told(...args: string[]): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const add = (fields: object): void => void lines.push({ ...fields });
  const logger = { debug: add, info: add, warn: add, error: add, child: () => logger };
  readApiFlags<ApiFlags>(apiFlags(command('apiserver', ''), 6443), args).tell(logger);
  return lines;
}

describe('the command line of the API server', () => {
  it.each([
    [['--foo'], 'unknown flag: --foo (--help tells the flags)'],
    [['-x'], "unknown shorthand flag: 'x' in -x (--help tells the flags)"],
    [['bar'], '"sampan apiserver" does not take any arguments, got ["bar"]'],
    [['--allow-privileged', 'true'], '"sampan apiserver" does not take any arguments, got ["true"]'],
    [['--event-ttl'], 'flag needs an argument: --event-ttl'],
    [['-v'], "flag needs an argument: 'v' in -v"],
    [['--event-ttl', 'x'], 'invalid argument "x" for "--event-ttl" flag: time: invalid duration "x"'],
    [['--event-ttl=5'], 'invalid argument "5" for "--event-ttl" flag: time: missing unit in duration "5"'],
    [['--event-ttl=5y'], 'invalid argument "5y" for "--event-ttl" flag: time: unknown unit "y" in duration "5y"'],
    [
      ['--secure-port=x'],
      'invalid argument "x" for "--secure-port" flag: strconv.ParseInt: parsing "x": invalid syntax',
    ],
    [
      ['--allow-privileged=maybe'],
      'invalid argument "maybe" for "--allow-privileged" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [['--advertise-address=foo'], 'invalid argument "foo" for "--advertise-address" flag: failed to parse IP: "foo"'],
    [['--v=x'], 'invalid argument "x" for "-v, --v" flag: strconv.ParseUint: parsing "x": invalid syntax'],
    [
      ['--goaway-chance=x'],
      'invalid argument "x" for "--goaway-chance" flag: strconv.ParseFloat: parsing "x": invalid syntax',
    ],
    [
      ['--tls-curve-preferences=x'],
      'invalid argument "x" for "--tls-curve-preferences" flag: strconv.ParseInt: parsing "x": invalid syntax',
    ],
    [['--vmodule=x'], 'invalid argument "x" for "--vmodule" flag: "x" does not have the pattern=N format'],
    [
      ['--service-node-port-range=5-2'],
      'invalid argument "5-2" for "--service-node-port-range" flag: end port cannot be less than start port: 5-2',
    ],
    [['--version=v1.2'], 'invalid argument "v1.2" for "--version" flag: illegal version string "v1.2"'],
  ])("FG1 says pflag's sentence of %j", (args, sentence) => {
    expect(refusal(...args)).toBe(sentence);
  });

  it('FG1 reads words joined by _, values after = or a space, repeated lists, and integers in every base of Go', () => {
    const flags = read(
      ...['--etcd_prefix=/a', '--event-ttl', '5m', '--allow-privileged=0', '-v2', '--min-request-timeout=0x10'],
      ...['--cors-allowed-origins=//a$,"//b,c$"', '--cors-allowed-origins=//d$', '--service-node-port-range=100+5'],
      ...['--runtime-config=api/beta=false,apps/v1', '--runtime-config=apps/v1=false'],
    );
    expect(flags).toMatchObject({
      etcdPrefix: '/a',
      eventTtl: 300_000,
      allowPrivileged: false,
      v: 2,
      minRequestTimeout: 16,
      corsAllowedOrigins: ['//a$', '//b,c$', '//d$'],
      serviceNodePortRange: { from: 100, to: 105 },
    });
    expect([...(flags.runtimeConfig ?? [])]).toEqual([
      ['api/beta', 'false'],
      ['apps/v1', 'false'],
    ]);
  });

  it.each([
    [
      ['--secure-port=70000'],
      '--secure-port 70000 must be between 1 and 65535, inclusive. It cannot be turned off with 0',
    ],
    [['--runtime-config=foo=bar'], 'runtime-config invalid key foo'],
    [['--runtime-config=foo/v1=true'], 'unknown api groups foo/v1'],
    [
      ['--runtime-config=api/all=false'],
      '[--runtime-config=api/all=false conflicts with --enable-priority-and-fairness=true, invalid runtime-config with only api/all=false]',
    ],
    [
      ['--strict-transport-security-directives=foo,,bar'],
      '[--strict-transport-security-directives invalid, allowed values: max-age=expireTime, includeSubDomains, preload. see https://tools.ietf.org/html/rfc6797#section-6.1 for more information, empty value in strict-transport-security-directives]',
    ],
    [['--service-cluster-ip-range=foo'], 'service-cluster-ip-range[0] is not a valid cidr'],
    [
      ['--service-cluster-ip-range=10.0.0.0/16,10.1.0.0/16'],
      '--service-cluster-ip-range[0] and --service-cluster-ip-range[1] must be of different IP family',
    ],
    [
      ['--kubernetes-service-node-port=70000'],
      "[--kubernetes-service-node-port 70000 must be between 0 and 65535, inclusive. If 0, the Kubernetes master service will be of type ClusterIP, kubernetes service node port range 30000-32767 doesn't contain 70000]",
    ],
    [
      ['--storage-backend=x'],
      "--storage-backend invalid, allowed values: etcd3. If not specified, it will default to 'etcd3'",
    ],
    [
      ['--storage-media-type=x'],
      '--storage-media-type "x" invalid, allowed values: application/json, application/vnd.kubernetes.protobuf, application/yaml',
    ],
    [['--emulated-version=1.34.1'], 'patch version not allowed, got: kube=1.34.1'],
    [['--emulated-version=a=1.34'], 'component not registered: a'],
    [['--emulated-version=foo'], 'could not parse "foo" as version'],
    [['--log-flush-frequency=0'], 'flushFrequency: Invalid value: "0s": Must be greater than zero'],
    [['--logging-format=foo'], 'format: Invalid value: "foo": Unsupported log format'],
    [['--logging-format=json', '--vmodule=a=1'], 'vmodule: Forbidden: Only supported for text log format'],
    [
      ['--audit-log-path=-', '--audit-log-truncate-max-event-size=0'],
      'invalid audit truncate log max event size 0, must be a positive number',
    ],
    [
      ['--audit-log-path=-', '--audit-log-version=foo'],
      'invalid group version, allowed versions are ["audit.k8s.io/v1"]',
    ],
    [
      ['--coordinated-leadership-lease-duration=1s'],
      '--coordinated-leadership-lease-duration must be greater than --coordinated-leadership-renew-deadline',
    ],
    [['--admission-control=Foo'], 'admission-control plugin "Foo" is unknown'],
    [
      ['--enable-admission-plugins=Foo,Bar'],
      '[enable-admission-plugins plugin "Foo" is unknown, enable-admission-plugins plugin "Bar" is unknown]',
    ],
    [
      ['--service-account-max-token-expiration=1s'],
      'the service-account-max-token-expiration must be between 1 hour and 2^32 seconds',
    ],
    [
      ['--min-request-timeout=-1', '--goaway-chance=3', '--livez-grace-period=-1s'],
      '[--livez-grace-period can not be a negative value, --goaway-chance can not be less than 0 or greater than 0.02, --min-request-timeout can not be negative value]',
    ],
    [['--watch-cache-sizes=foo'], 'invalid value of watch cache size: foo'],
    [['--watch-cache-sizes=pods#x'], 'invalid size of watch cache size: pods#x'],
    [
      ['--show-hidden-metrics-for-version=1.2'],
      'metrics.showHiddenMetricsForVersion: Invalid value: "1.2": must be omitted or have the value \'1.33\'; only the previous minor version is allowed',
    ],
  ])("FG2 says all of kube-apiserver's sentences of %j", (args, sentence) => {
    expect(refusal(...args)).toBe(sentence);
  });

  it('FG3 takes what has no meaning here, tells it once with the reason, and is silent of what is done anyway', () => {
    expect(told('--profiling=false', '--watch-cache=true', '--kubelet-client-key=')).toEqual([]);
    const lines = told('--watch-cache=false', '--kubelet-client-key=/k', '--storage-media-type=application/json');
    expect(lines).toEqual([
      {
        flags: {
          '--watch-cache': expect.stringContaining('always there'),
          '--kubelet-client-key': expect.stringContaining('no node is called'),
        },
      },
    ]);
  });

  it.each([
    [
      ['--etcd-servers-overrides=/pods#http://a:1'],
      '--etcd-servers-overrides: all resources are kept in one store here',
    ],
    [
      ['--egress-selector-config-file=/f'],
      '--egress-selector-config-file: connections cannot be led through a proxy here',
    ],
    [
      ['--service-account-signing-endpoint=/s'],
      '--service-account-signing-endpoint: tokens are signed with a key here: give --service-account-signing-key-file',
    ],
    [['--emulated-version=1.33'], '--emulated-version: this server is like 1.34 and cannot be like 1.33'],
  ])('FG3 refuses %j, without which it would not be what was asked', (args, sentence) => {
    expect(refusal(...args)).toBe(sentence);
  });

  it('FG3 knows every flag of kube-apiserver, and the page about them names each once', () => {
    const known = new Set(apiFlags(command('apiserver', ''), 6443).options.map(({ long }) => long?.slice(2)));
    known.add('help');
    expect(upstreamFlags.filter((name) => !known.has(name))).toEqual([]);
    const page = readFileSync(join(root, 'docs/apiserver-flags.md'), 'utf8');
    const rows = page.split('\n').filter((line) => line.startsWith('| `--'));
    const cells = rows.map((line) => line.split(' | ')[0] ?? '');
    const named = cells.flatMap((cell) => [...cell.matchAll(/`--([a-z0-9-]+)`/g)].map((match) => match[1]));
    expect(named.toSorted()).toEqual(upstreamFlags.toSorted());
    const [, , idle = '', refused = ''] = page.split(/^## /m);
    for (const name of IDLE_FLAGS) expect(idle).toContain(`\`--${name}\``);
    for (const name of REFUSED_FLAGS) expect(refused).toContain(`\`--${name}\``);
  });

  it('FG4 knows the feature gates, refuses others and values that cannot be, and tells what it cannot switch', () => {
    const gates = (...pairs: string[]) => readFeatureGates(pairs.map((pair) => ['', pair] as const));
    expect(gates('APIServerIdentity=true', 'AllAlpha=false')).toEqual({ unheard: [], errors: [] });
    expect(gates('APIServerIdentity=false', 'CBORServingAndStorage=true').unheard).toEqual([
      'APIServerIdentity=false',
      'CBORServingAndStorage=true',
    ]);
    expect(gates('Foo=true').errors).toEqual(['unrecognized feature gate: Foo']);
    expect(gates('A').errors).toEqual(['missing bool value for A']);
    expect(gates('AllAlpha=x').errors).toEqual([
      'invalid value of AllAlpha=x, err: strconv.ParseBool: parsing "x": invalid syntax',
    ]);
    expect(gates('JobManagedBy=false').errors).toEqual([
      'cannot set feature gate JobManagedBy to false, feature is locked to true',
    ]);
    expect(readFeatureGates([['a', 'b=true']]).errors).toEqual(['component not registered: a']);
  });
});
