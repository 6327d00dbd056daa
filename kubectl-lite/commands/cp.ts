/** `cp FILE POD:FILE` and back, which kubectl does by running `tar` in the pod: as far as the server goes along. */
import fs from 'node:fs';
import type { Leaf } from '../command-line/command.ts';
import { bool, integer, text } from '../command-line/flag.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf } from '../discovery.ts';
import { Failure } from '../failure.ts';
import { askForStream, containerFor, refuseCompleted } from '../streams/pod.ts';
import type { Pod } from '../writing/pods.ts';

interface Place {
  /** Empty for a file of this machine. */
  readonly pod: string;
  readonly namespace: string;
  readonly file: string;
}

export const cp: Leaf = {
  usage: '(POD:FILE FILE | FILE POD:FILE) [flags]',
  summary: 'copy files into containers and out of them',
  about: 'The containers of simulated nodes hold no files: the server says so.',
  flags: [
    text('container,c', 'the container'),
    bool('no-preserve', 'leave owners and modes as they are'),
    integer('retries', 'how often to try again'),
  ],
  run,
};

async function run(context: Context, flags: FlagSet): Promise<void> {
  const [first, second, third] = flags.args;
  if (first === undefined || second === undefined || third !== undefined)
    throw new Failure('source and destination are required');
  const [from, to] = [placeOf(first), placeOf(second)];
  if (from.pod !== '' && to.pod !== '') throw new Failure('one of src or dest must be a local file specification');
  if (from.file === '' || to.file === '') throw new Failure('filepath can not be empty');
  if (from.pod === '' && to.pod === '') throw new Failure('one of src or dest must be a remote file specification');
  if (from.pod === '' && !fs.existsSync(from.file)) throw new Failure(`${from.file} doesn't exist in local filesystem`);
  const { pod: name, namespace } = from.pod === '' ? to : from;
  const resource = await (await context.resources()).resolve('pods');
  const path = pathOf(resource, namespace === '' ? context.namespace : namespace, name);
  const pod = await context.rest.json<Pod>({ path });
  refuseCompleted(pod, 'exec into');
  const command = from.pod === '' ? ['tar', '-xmf', '-', '-C', to.file] : ['tar', 'cf', '-', from.file];
  await askForStream(context, pod, 'exec', [
    ...command.map((word) => ['command', word] as const),
    ['container', containerFor(flags, pod, from.pod === '' ? context.host.err : context.host.out)],
    ['stdout', 'true'],
    ['stderr', 'true'],
  ]);
}

function placeOf(typed: string): Place {
  const at = typed.indexOf(':');
  if (at < 0) return { pod: '', namespace: '', file: typed };
  const pieces = typed.slice(0, at).split('/');
  if (at === 0 || pieces.length > 2)
    throw new Failure('filespec must match the canonical format: [[namespace/]pod:]file/path');
  const [pod = '', namespace = ''] = pieces.reverse();
  return { pod, namespace, file: typed.slice(at + 1) };
}
