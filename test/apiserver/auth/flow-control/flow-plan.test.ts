import { describe, expect, it } from 'vitest';
import { defaultFlowSchemas, defaultPriorityLevels } from '../../../../apiserver/auth/flow-control/default-flows.ts';
import {
  type FlowChange,
  planConditions,
  planDefaults,
  type StoredFlows,
} from '../../../../apiserver/auth/flow-control/flow-plan.ts';
import { copyValue, deepFreeze } from '../../../../apiserver/machinery/copy-value.ts';
import type { KubeObject } from '../../../../apiserver/machinery/resource-row.ts';

const NOW = Date.UTC(2026, 0, 1);

/** The objects after the changes, frozen as in a cache. */
function applied(stored: StoredFlows, changes: readonly FlowChange[]): StoredFlows {
  const all = {
    prioritylevelconfigurations: new Map(stored.levels.map((each) => [each.metadata.name ?? '', each])),
    flowschemas: new Map(stored.schemas.map((each) => [each.metadata.name ?? '', each])),
  };
  for (const change of changes) {
    const objects = all[change.resource];
    if (change.type === 'create') objects.set(change.object.metadata.name ?? '', change.object);
    else if (change.type === 'delete') objects.delete(change.name);
    else {
      const present = objects.get(change.name);
      if (present === undefined) throw new Error(`there is no ${change.name}`);
      const next = change.revise(copyValue(present));
      if (next !== undefined) objects.set(change.name, next);
    }
  }
  return {
    levels: [...all.prioritylevelconfigurations.values()].map(deepFreeze),
    schemas: [...all.flowschemas.values()].map(deepFreeze),
  };
}

function told(changes: readonly FlowChange[]): string[] {
  return changes.map((change) => {
    const name = change.type === 'create' ? (change.object.metadata.name ?? '') : change.name;
    return `${change.type} ${change.resource === 'flowschemas' ? 'schema' : 'level'} ${name}`;
  });
}

const nothing: StoredFlows = { levels: [], schemas: [] };
const started = applied(nothing, planDefaults(nothing, NOW));

/** As stored after a start, with one object changed. */
function edited(kind: keyof StoredFlows, name: string, edit: (object: KubeObject) => void): StoredFlows {
  const change = (objects: readonly KubeObject[]): KubeObject[] =>
    objects.map((object) => {
      if (object.metadata.name !== name) return object;
      const copy = copyValue(object);
      edit(copy);
      return deepFreeze(copy);
    });
  return { ...started, [kind]: change(started[kind]) };
}

function find(objects: readonly KubeObject[], name: string): KubeObject {
  const found = objects.find(({ metadata }) => metadata.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

const AUTO = 'apf.kubernetes.io/autoupdate-spec';

function annotate(value: string | undefined): (object: KubeObject) => void {
  return ({ metadata }) => {
    if (value === undefined) delete metadata.annotations;
    else metadata.annotations = { [AUTO]: value };
  };
}

function setShares(shares: number): (object: KubeObject) => void {
  return (object) => {
    const spec = object.spec as { limited?: { nominalConcurrencyShares?: number } };
    if (spec.limited !== undefined) spec.limited.nominalConcurrencyShares = shares;
    object.metadata.generation = 2;
  };
}

describe('the default flow objects', () => {
  it('are made once, with generation and status', () => {
    expect(started.levels.length).toBe(defaultPriorityLevels.length);
    expect(started.schemas.length).toBe(defaultFlowSchemas.length);
    expect(find(started.levels, 'system').metadata).toMatchObject({ generation: 1, annotations: { [AUTO]: 'true' } });
    expect(find(started.schemas, 'probes').status).toEqual({
      conditions: [
        {
          type: 'Dangling',
          status: 'False',
          reason: 'Found',
          message: 'This FlowSchema references the PriorityLevelConfiguration object named "exempt" and it exists',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    });
    expect(planDefaults(started, NOW)).toEqual([]);
    expect(planConditions(started, NOW + 5000)).toEqual([]);
  });

  const both =
    (...edits: ((object: KubeObject) => void)[]) =>
    (object: KubeObject): void => {
      for (const edit of edits) edit(object);
    };
  it.each([
    ['changed, and the server’s', both(setShares(7), annotate('true')), ['update level system'], 30, 'true'],
    ['changed, and an operator’s', both(setShares(7), annotate('false')), [], 7, 'false'],
    ['changed, and nobody’s by name', both(setShares(7), annotate(undefined)), ['update level system'], 7, 'false'],
    ['changed, and annotated with nonsense', both(setShares(7), annotate('yes')), ['update level system'], 7, 'false'],
    ['without its annotation', annotate(undefined), ['update level system'], 30, 'true'],
  ] as const)('%s', (_, edit, changes, shares, annotation) => {
    const stored = edited('levels', 'system', edit);
    const plan = planDefaults(stored, NOW);
    expect(told(plan)).toEqual(changes);
    const after = applied(stored, plan);
    const { spec, metadata } = find(after.levels, 'system');
    expect((spec as { limited: { nominalConcurrencyShares: number } }).limited.nominalConcurrencyShares).toBe(shares);
    expect(metadata.annotations?.[AUTO]).toBe(annotation);
    expect(planDefaults(after, NOW)).toEqual([]);
  });

  it('that are mandatory are the server’s whatever they say', () => {
    const stored = edited('levels', 'catch-all', both(setShares(7), annotate('false')));
    const plan = planDefaults(stored, NOW);
    expect(told(plan)).toEqual(['update level catch-all']);
    expect(find(applied(stored, plan).levels, 'catch-all').metadata).toMatchObject({
      generation: 3,
      annotations: { [AUTO]: 'true' },
    });
  });

  it('but the exempt level may have seats to lend', () => {
    const stored = edited('levels', 'exempt', (object) => {
      object.spec = { type: 'Exempt', exempt: { nominalConcurrencyShares: 10, lendablePercent: 50 } };
    });
    expect(planDefaults(stored, NOW)).toEqual([]);
  });

  it('that are missing are made again; what was a default once is removed; what is somebody’s stays', () => {
    const extra = (name: string, annotation: string | undefined): KubeObject => {
      const object = copyValue(find(started.schemas, 'probes'));
      object.metadata.name = name;
      annotate(annotation)(object);
      return object;
    };
    const stored: StoredFlows = {
      levels: started.levels.filter(({ metadata }) => metadata.name !== 'system'),
      schemas: [...started.schemas, extra('former', 'true'), extra('mine', undefined), extra('mine-too', 'false')],
    };
    expect(told(planDefaults(stored, NOW))).toEqual(['create level system', 'delete schema former']);
  });
});

describe('the condition of a schema', () => {
  it('follows its level', () => {
    const gone: StoredFlows = {
      ...started,
      levels: started.levels.filter(({ metadata }) => metadata.name !== 'node-high'),
    };
    const plan = planConditions(gone, NOW + 1000);
    expect(told(plan)).toEqual(['update schema system-node-high']);
    const after = applied(gone, plan);
    expect(find(after.schemas, 'system-node-high').status).toEqual({
      conditions: [
        {
          type: 'Dangling',
          status: 'True',
          reason: 'NotFound',
          message:
            'This FlowSchema references the PriorityLevelConfiguration object named "node-high" but there is no such object',
          lastTransitionTime: '2026-01-01T00:00:01Z',
        },
      ],
    });
    expect(planConditions(after, NOW + 2000)).toEqual([]);
    expect(told(planConditions({ ...after, levels: started.levels }, NOW))).toEqual(['update schema system-node-high']);
  });

  it('is made for a schema that has none, beside those of others', () => {
    const stored = edited('schemas', 'probes', (object) => {
      object.status = { conditions: [{ type: 'Other', status: 'True' }] };
    });
    const after = applied(stored, planConditions(stored, NOW));
    const { conditions } = find(after.schemas, 'probes').status as { conditions: { type: string }[] };
    expect(conditions.map(({ type }) => type)).toEqual(['Other', 'Dangling']);
  });
});
