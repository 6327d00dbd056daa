/** `sampan etcd gateway start`: one address that leads to the members of a store, with etcd's flags. */
import { lookup } from 'node:dns/promises';
import { messageOf, UsageError } from '../../base/errors.ts';
import { systemClock } from '../../base/system.ts';
import { type Endpoint, TcpGateway } from '../../store/etcd/tcp-gateway.ts';
import { untilSignal } from '../exit-signals.ts';
import { boolean, command, duration, list, parse } from '../flags.ts';
import { processLogger } from '../process-logger.ts';

interface Flags {
  readonly listenAddr: string;
  readonly endpoints: readonly string[];
  readonly retryDelay: number;
  readonly discoverySrv: string;
}

const MINUTE_MS = 60_000;

export async function etcdGateway(args: readonly string[]): Promise<number> {
  const [action, ...rest] = args;
  if (action === '--help' || action === '-h' || action === undefined) {
    process.stdout.write('Usage: sampan etcd gateway start [flags]   (--help after it tells them)\n');
    return 0;
  }
  if (action !== 'start') throw new UsageError(`unknown command "${action}" for "etcd gateway": say start`);
  const parser = command(
    'etcd gateway start',
    'Carries connections to the members of a store, each to the next in turn.',
  )
    .option('--listen-addr <address>', 'listen address', '127.0.0.1:23790')
    .option('--endpoints <addresses>', 'comma separated etcd cluster endpoints', list)
    .option('--retry-delay <duration>', 'delay before retrying failed endpoints', duration, MINUTE_MS)
    .option('--discovery-srv <domain>', 'refused: name the endpoints', '')
    .option('--discovery-srv-name <name>', 'without effect')
    .option('--insecure-discovery [bool]', 'without effect', boolean)
    .option('--trusted-ca-file <file>', 'without effect');
  const flags = parse<Flags>(parser, rest);
  if (flags.discoverySrv !== '')
    throw new UsageError('--discovery-srv: there is no discovery here; name the members with --endpoints');
  const listen = endpointOf(flags.listenAddr);
  if (listen === undefined) throw new UsageError(`failed to validate listen address: ${flags.listenAddr}`);
  const endpoints = (flags.endpoints ?? ['127.0.0.1:2379']).map((text) => {
    const endpoint = endpointOf(withoutScheme(text));
    if (endpoint === undefined) throw new UsageError(`error parsing endpoint "${text}"`);
    return endpoint;
  });
  if (endpoints.length === 0) throw new UsageError('no endpoints found');
  await refuseItself(listen, endpoints);
  const logger = processLogger('info', 'etcd', ['stderr']);
  const gateway = new TcpGateway({ endpoints, retryDelayMs: flags.retryDelay, clock: systemClock, logger });
  try {
    await gateway.listen(listen);
  } catch (thrown) {
    throw new UsageError(`cannot listen on ${flags.listenAddr}: ${messageOf(thrown)}`);
  }
  return untilSignal(systemClock, () => gateway.close());
}

function withoutScheme(text: string): string {
  return /^\w+:\/\/([^/]+)/.exec(text)?.[1] ?? text;
}

function endpointOf(text: string): Endpoint | undefined {
  const [, bracketed, plain = '', port = ''] = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d+)$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  return port === '' || Number(port) > 65_535
    ? undefined
    : { host: host === '' ? '0.0.0.0' : host, port: Number(port) };
}

/** A connection to an endpoint that is the gateway would go round for ever. */
async function refuseItself(listen: Endpoint, endpoints: readonly Endpoint[]): Promise<void> {
  const own = await addressesOf(listen.host, 'listen');
  for (const { host, port } of endpoints) {
    const theirs = await addressesOf(host, 'endpoint');
    const same = theirs.find((address) => port === listen.port && own.includes(address));
    if (same !== undefined)
      throw new UsageError(
        `SRV or endpoint (${host}:${port}->${same}:${port}) should not resolve to the gateway listen addr (${listen.host}:${listen.port})`,
      );
  }
}

async function addressesOf(host: string, what: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    throw new UsageError(`failed to resolve ${what} host: ${host}`);
  }
}
