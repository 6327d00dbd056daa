/** The pods that `debug` makes: one with a container more, a copy, or one on a node. Pure but for what it tells. */
import type { Random } from '../../base/random.ts';
import { applyPatch } from '../apply/local-patch.ts';
import { Failure } from '../failure.ts';
import type { DebugOptions } from './options.ts';
import { containersOf, type DebugContainer, type DebugPod } from './pod-shape.ts';
import type { Style } from './profiles.ts';

const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

export interface Made {
  readonly pod: DebugPod;
  /** The container to attach to; undefined: only images were changed. */
  readonly container: DebugContainer | undefined;
}

type Tell = (text: string) => void;

export function suffix(random: Random): string {
  return Array.from({ length: 5 }, () => SUFFIX_LETTERS[random.below(SUFFIX_LETTERS.length)]).join('');
}

/** @param tell is told of a name that was chosen */
export function withEphemeralContainer(pod: DebugPod, options: DebugOptions, random: Random, tell: Tell): Made {
  const name = nameOf(pod, options, random, tell);
  const target = options.text('target');
  const debugged = structuredClone(pod);
  debugged.spec.ephemeralContainers = [
    ...(debugged.spec.ephemeralContainers ?? []),
    { ...newContainer(name, options), ...(target === '' ? {} : { targetContainerName: target }) },
  ];
  return finished(debugged, name, 'ephemeral', options);
}

export function onNode(node: string, options: DebugOptions, random: Random, tell: Tell): Made {
  const name = options.text('container') || 'debugger';
  const podName = `node-debugger-${node}-${suffix(random)}`;
  if (!options.bool('quiet')) tell(`Creating debugging pod ${podName} with container ${name} on node ${node}.\n`);
  const pod: DebugPod = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: podName },
    spec: {
      containers: [newContainer(name, options)],
      nodeName: node,
      restartPolicy: 'Never',
      tolerations: [{ operator: 'Exists' }],
    },
  };
  return finished(pod, name, 'node', options);
}

export function copyOf(pod: DebugPod, options: DebugOptions, random: Random, tell: Tell): Made {
  const { namespace = '', annotations, labels } = pod.metadata;
  const copy: DebugPod = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name: options.text('copy-to'),
      namespace,
      ...(annotations === undefined ? {} : { annotations }),
      ...(labels === undefined ? {} : { labels }),
    },
    spec: structuredClone(pod.spec),
  };
  const { spec } = copy;
  delete spec.ephemeralContainers;
  if (options.flags.changed('share-processes')) spec.shareProcessNamespace = options.flags.bool('share-processes');
  if (!options.bool('same-node')) delete spec.nodeName;
  for (const container of spec.containers) {
    const image = options.setImages[container.name] ?? options.setImages['*'] ?? '';
    if (image !== '') container.image = image;
  }
  const asked = options.text('container');
  const image = options.text('image');
  let changed = containersOf(copy).find(({ name }) => name === asked);
  if (changed === undefined) {
    if (image === '' && Object.keys(options.setImages).length > 0) return { pod: copy, container: undefined };
    if (image === '') throw new Failure('you must specify image when creating new container');
    changed = { name: nameOf(copy, options, random, tell), terminationMessagePolicy: 'File' };
    spec.containers.push(changed);
  }
  const policy = options.text('image-pull-policy');
  Object.assign(changed, wordsOf(options), {
    ...(options.env.length === 0 ? {} : { env: options.env }),
    ...(image === '' ? {} : { image }),
    ...(policy === '' ? {} : { imagePullPolicy: policy }),
    stdin: options.bool('stdin'),
    tty: options.bool('tty'),
  });
  if (options.words.length > 0 && !options.bool('arguments-only')) delete changed.args;
  return finished(copy, changed.name, 'copy', options);
}

function newContainer(name: string, options: DebugOptions): DebugContainer {
  const policy = options.text('image-pull-policy');
  return {
    name,
    image: options.text('image'),
    ...wordsOf(options),
    ...(options.env.length === 0 ? {} : { env: options.env }),
    ...(policy === '' ? {} : { imagePullPolicy: policy }),
    ...(options.bool('stdin') ? { stdin: true } : {}),
    ...(options.bool('tty') ? { tty: true } : {}),
    terminationMessagePolicy: 'File',
  };
}

function wordsOf({ words, bool }: DebugOptions): Pick<DebugContainer, 'args' | 'command'> {
  if (words.length === 0) return {};
  return bool('arguments-only') ? { args: words } : { command: words };
}

function nameOf(pod: DebugPod, options: DebugOptions, random: Random, tell: Tell): string {
  const asked = options.text('container');
  if (asked !== '') return asked;
  const taken = containersOf(pod).map(({ name }) => name);
  let name: string;
  do name = `debugger-${suffix(random)}`;
  while (taken.includes(name));
  if (!options.bool('quiet')) tell(`Defaulting debug container name to ${name}.\n`);
  return name;
}

function finished(pod: DebugPod, name: string, style: Style, { profile, custom }: DebugOptions): Made {
  profile(pod, name, style);
  if (custom !== undefined) customize(pod, name, style, custom);
  return { pod, container: containersOf(pod).find((each) => each.name === name) };
}

/** Ephemeral containers merge as containers do. */
function customize({ spec, metadata }: DebugPod, name: string, style: Style, custom: Record<string, unknown>): void {
  const list = style === 'ephemeral' ? (spec.ephemeralContainers ?? []) : spec.containers;
  const at = list.findIndex((each) => each.name === name);
  const found = list[at];
  if (found === undefined) throw new Failure(`unable to find the ${name} container in the pod ${metadata.name ?? ''}`);
  const patched = applyPatch({ spec: { containers: [found] } }, { spec: { containers: [{ ...custom, name }] } }, 'Pod');
  const [merged] = (patched as DebugPod).spec.containers;
  if (merged !== undefined) list[at] = merged;
}
