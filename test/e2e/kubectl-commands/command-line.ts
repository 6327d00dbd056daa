/** One command line of the kubectl matrix, and how it is written down. */

export interface CommandLine {
  readonly args: readonly string[];
  readonly stdin?: string;
  /** What the line's editor does, as an argument of sed. */
  readonly editor?: string;
  readonly exit?: number;
  /** Matched against standard output and error together. */
  readonly expect: RegExp;
  /** The least minor version of kubectl that has it. */
  readonly since?: number;
}

/** `$NS` stands for the namespace of the run, `$DIR` for the directory with `files`. */
export function line(text: string, expect: RegExp, more: Partial<CommandLine> = {}): CommandLine {
  return { args: words(text), expect, ...more };
}

/** A command line that has to fail. */
export function refused(text: string, expect: RegExp, more: Partial<CommandLine> = {}): CommandLine {
  return line(text, expect, { exit: 1, ...more });
}

/** Splits at spaces; single quotes hold together. */
function words(text: string): string[] {
  return (text.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replace(/'([^']*)'/g, '$1'));
}

/** Files that command lines name, by their path below `$DIR`. */
export const files: Readonly<Record<string, string>> = {
  'kustomize/kustomization.yaml': `namePrefix: kust-
resources: [base.yaml]
configMapGenerator:
- name: generated
  literals: [a=b]
`,
  'kustomize/base.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: base}
data: {x: "1"}
`,
  'prune/one.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: kept, labels: {set: pruned}}
`,
  'prune/two.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: dropped, labels: {set: pruned}}
`,
  'columns.txt': 'NAME COLOR\n.metadata.name .data.color\n',
  'template.txt': '{{range .items}}{{.metadata.name}}={{.kind}};{{end}}',
  'jsonpath.txt': '{.items[*].metadata.name}',
  'settings.env': 'first=1\nsecond=2\n',
};
