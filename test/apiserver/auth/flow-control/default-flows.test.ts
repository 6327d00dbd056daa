import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultFlowSchemas, defaultPriorityLevels } from '../../../../apiserver/auth/flow-control/default-flows.ts';

/** What a real kube-apiserver 1.36.2 made; not part of this repository. */
const recorded = path.join(import.meta.dirname, '../../../../../shared/reference/recorded');

interface Shown {
  readonly metadata?: { readonly name?: string | undefined; readonly annotations?: unknown };
  readonly spec?: unknown;
}

function byName(objects: readonly Shown[]): Record<string, unknown> {
  return Object.fromEntries(
    objects.map(({ metadata, spec }) => [
      metadata?.name,
      JSON.parse(JSON.stringify({ annotations: metadata?.annotations, spec })),
    ]),
  );
}

describe.skipIf(!fs.existsSync(recorded))('the default flows are those of kube-apiserver 1.36', () => {
  it.each([
    ['prioritylevelconfigurations', defaultPriorityLevels],
    ['flowschemas', defaultFlowSchemas],
  ] as const)('%s', (name, ours) => {
    const theirs: Shown[] = JSON.parse(fs.readFileSync(path.join(recorded, `${name}.json`), 'utf8'));
    expect(byName(ours as readonly Shown[])).toEqual(byName(theirs));
  });
});

it('every default schema names a default level', () => {
  const levels = defaultPriorityLevels.map(({ metadata }) => metadata?.name);
  for (const { spec } of defaultFlowSchemas) expect(levels).toContain(spec?.priorityLevelConfiguration.name);
});
