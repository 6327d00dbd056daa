/** `port-forward POD PORT…`: as far as the server goes along. */
import { type Leaf, usageError } from '../command-line/command.ts';
import { duration, list } from '../command-line/flag.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { Failure, ServerFailure } from '../failure.ts';
import { askForStream, attachablePod } from '../streams/pod.ts';
import type { Pod } from '../writing/pods.ts';

interface Port {
  readonly name?: string;
  readonly containerPort?: number;
  readonly port?: number;
  readonly targetPort?: number | string;
  readonly protocol?: string;
}

export const portForward: Leaf = {
  usage: 'TYPE/NAME [LOCAL_PORT:]REMOTE_PORT ... [flags]',
  summary: 'reach ports of a pod from here',
  about: 'The pods of simulated nodes have no ports to reach: the server says so.',
  flags: [
    list('address', 'the addresses to listen on'),
    duration('pod-running-timeout', 'how long to wait for a pod', { initial: 60_000 }),
  ],
  run,
};

async function run(context: Context, flags: FlagSet): Promise<void> {
  const [target, ...ports] = flags.args;
  if (target === undefined || ports.length === 0)
    throw usageError(context, 'TYPE/NAME and list of ports are required for port-forward');
  const { pod, object } = await attachablePod(context, target, flags.number('pod-running-timeout'));
  const declared = object.kind === 'Service' ? portsOfService(object) : portsOfPod(pod);
  for (const each of ports) checkPort(pod, object, declared, each);
  const phase = pod.status?.phase ?? '';
  if (phase !== 'Running')
    throw new Failure(`unable to forward port because pod is not running. Current status=${phase}`);
  try {
    await askForStream(context, pod, 'portforward', []);
  } catch (thrown) {
    throw thrown instanceof ServerFailure ? new Failure(`error upgrading connection: ${thrown.message}`) : thrown;
  }
}

function portsOfService(object: Pod): readonly Port[] {
  return ((object.spec ?? {}) as { ports?: readonly Port[] }).ports ?? [];
}

function portsOfPod({ spec }: Pod): readonly Port[] {
  return ((spec?.containers ?? []) as readonly { ports?: readonly Port[] }[]).flatMap(({ ports = [] }) => ports);
}

/** @throws Failure for a port that is none, or none of these */
function checkPort(pod: Pod, object: Pod, declared: readonly Port[], typed: string): void {
  const [local = '', remote = local] = typed.split(':');
  const isService = object.kind === 'Service';
  const numberOf = (port: Port): number | undefined => (isService ? port.port : port.containerPort);
  const isNumber = /^[+-]?\d+$/.test(remote);
  const named = declared.find((port) => (isNumber ? numberOf(port) === Number(remote) : port.name === remote));
  const name = object.metadata.name ?? '';
  if (named === undefined && isService) {
    throw new Failure(
      isNumber
        ? `Service ${name} does not have a service port ${remote}`
        : `Service '${name}' does not have a named port '${remote}'`,
    );
  }
  if (named === undefined && !isNumber)
    throw new Failure(`Pod '${pod.metadata.name ?? ''}' does not have a named port '${remote}'`);
  const same = declared.filter((port) => numberOf(port) === (named === undefined ? Number(remote) : numberOf(named)));
  if (same.length > 0 && same.every(({ protocol }) => protocol === 'UDP'))
    throw new Failure(`UDP protocol is not supported for ${remote}`);
  checkNumber('local', local === remote && !isNumber ? String(named === undefined ? 0 : numberOf(named)) : local);
  if (isNumber) checkNumber('remote', remote);
}

function checkNumber(which: string, text: string): void {
  // An empty local port is any that is free.
  if (text === '') return;
  const because = (why: string): Failure =>
    new Failure(`error parsing ${which} port '${text}': strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`);
  if (!/^\d+$/.test(text)) throw because('invalid syntax');
  if (Number(text) > 65535) throw because('value out of range');
}
