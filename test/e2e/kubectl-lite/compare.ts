/** What of two outputs must be equal: all but ages, ids, addresses and versions, and the program's own name. */
import type { Ran } from '../sampan-process.ts';

export interface Compared {
  readonly equal: boolean;
  readonly real: string;
  readonly lite: string;
}

const RULES: readonly (readonly [RegExp, string])[] = [
  // kubectl's log lines; kubectl-lite keeps to one line.
  [/^[EWI]\d{4} [^\n]*\n/gm, ''],
  // kubectl-lite tells the column of a mistake in a file, too.
  [/ \(\S+:\d+:\d+\)$/gm, ''],
  // How often a rollout was looked at before it was through.
  [/(?:Waiting for [^\n]*\n)+(?=[^\n]*successfully rolled out)/g, ''],
  // A node pulls an image, or has it already: that is where a pod went, not how it is told.
  [/^ {2}Normal +Pull(?:ed|ing) .*\n/gm, ''],
  [/\bkubectl(?:-lite|\.1\.\d+)\b/g, 'kubectl'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UID'],
  [/"?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| ?[+-]\d\d:?\d\d( UTC)?)"?/g, 'TIME'],
  [/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, 'TIME'],
  [/\b\d+-\d\d-\d\d \d\d:\d\d:\d\d\.\d+\b/g, 'TIME'],
  [/(resourceVersion|generation|observedGeneration)("?: )"?\d+"?/g, '$1$2N'],
  [/Resource Version:( +)\d+/g, 'Resource Version:$1N'],
  [/(?<=[\s(])<?(\d+(\.\d+)?(ms|[smhd]))+(?=[\s)]|$)/g, 'AGE'],
  [/<invalid>/g, 'AGE'],
  // How often a controller has tried meanwhile.
  [/AGE \(x\d+ over AGE\)/g, 'AGE'],
  [/\bnode-\d\b/g, 'NODE'],
  [/\b172\.18\.0\.\d+\b/g, 'ADDRESS'],
  [/\b10\.\d+\.\d+\.\d+\b/g, 'ADDRESS'],
  [/\b3[0-2]\d{3}\b/g, 'PORT'],
  [/-[bcdfghjklmnpqrstvwxz2456789]{6,10}(-[bcdfghjklmnpqrstvwxz2456789]{5})?\b/g, '-HASH'],
  [/-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, '-HASH'],
  [/(pod-template-hash|controller-revision-hash)([=:] ?"?)[\w-]+/g, '$1$2HASH'],
  [/(containerID|imageID)("?: )\S+/g, '$1$2ID'],
  [/(Container ID|Image ID):( +)\S*/g, '$1:$2ID'],
  [/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'TOKEN'],
  [/\/tmp\/(LIVE|MERGED)-\d+/g, '/tmp/$1'],
  [/\/tmp\/kubectl-diff-\w+/g, '/tmp/$1'],
  [/\/tmp\/\S*\/(LIVE|MERGED)\//g, '/tmp/$1/'],
];

/** Events of the same second come in any order: what happened to a pod is compared, not which of two came first. */
const EVENT_LINES = /(?:^ {2}(?:Normal|Warning) .*\n)+/gm;

/** kubectl describes the entries of a ConfigMap in whatever order Go's map gives them. */
const ENTRIES = /(?:^[\w.-]+:\n----\n[\s\S]*?\n\n+)+/gm;
const ENTRY = /(?=^[\w.-]+:\n----\n)/m;

/** @param namespaces of both, which an output of the whole cluster names both */
function normalized({ code, stdout, stderr }: Ran, namespaces: readonly string[]): string {
  const text = (output: string): string =>
    RULES.reduce(
      (shown, [pattern, by]) => shown.replace(pattern, by),
      namespaces.reduce((shown, namespace) => shown.replaceAll(namespace, 'NS'), output),
    )
      .replace(EVENT_LINES, (lines) => `${lines.trimEnd().split('\n').sort().join('\n')}\n`)
      .replace(ENTRIES, (entries) =>
        entries
          .split(ENTRY)
          .map((entry) => `${entry.trimEnd()}\n\n`)
          .sort()
          .join(''),
      );
  return `${text(stdout)}\n-- standard error --\n${text(stderr)}\n-- exit code ${code} --\n`;
}

/** Columns may be wider where an age, an address or a name is longer. */
function loose(text: string): string {
  return text
    .replace(/[ \t]+/g, ' ')
    .replace(/-{3,}/g, '---')
    .replace(/ $/gm, '');
}

export function compare(real: Ran, realNamespace: string, lite: Ran, liteNamespace: string): Compared {
  const namespaces = [realNamespace, liteNamespace];
  const [one, other] = [normalized(real, namespaces), normalized(lite, namespaces)];
  const varies = /AGE|ADDRESS|HASH|TIME|PORT|NODE/.test(one);
  return { equal: one === other || (varies && loose(one) === loose(other)), real: one, lite: other };
}
