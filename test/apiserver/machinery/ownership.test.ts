import { describe, expect, it } from 'vitest';
import {
  difference,
  elementOfItem,
  emptySet,
  type FieldSet,
  hasPath,
  intersection,
  isEmptySet,
  pathsOf,
  recursiveDifference,
  setOfPath,
  setOfPaths,
  union,
} from '../../../apiserver/machinery/field-set.ts';
import { decodeFieldSet } from '../../../apiserver/machinery/field-set-decoding.ts';
import { type ManagedScope, manageUpdate, timesDifferOnly } from '../../../apiserver/machinery/managed-fields.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../../apiserver/machinery/resource-row.ts';
import { applyConfiguration } from '../../../apiserver/machinery/server-side-apply.ts';
import { StatusError } from '../../../apiserver/machinery/status.ts';
import { TypeNodes } from '../../../apiserver/machinery/type-nodes.ts';
import { schemaSource } from './server-fixture.ts';

const types = new TypeNodes(schemaSource());
const NOW = Date.UTC(2026, 0, 1);

function scopeOf(model: string, resetFields: FieldSet = emptySet, subresource = ''): ManagedScope {
  return {
    type: types.ofModel(model),
    apiVersion: 'v1',
    subresource,
    resetFields,
    zero: { kind: 'X', apiVersion: 'v1', metadata: {}, spec: { containers: null }, status: {} },
  };
}

const configMaps = scopeOf('V1ConfigMap');
const pods = scopeOf('V1Pod', setOfPath(['status']));

const object = (fields: object, metadata: object = {}): KubeObject => ({
  kind: 'X',
  apiVersion: 'v1',
  metadata: { name: 'x', uid: 'u', ...metadata },
  ...fields,
});

function created(fields: object, manager = 'one', scope = configMaps): KubeObject {
  const next = object(fields, { uid: undefined });
  manageUpdate(scope.zero, next, manager, scope, NOW);
  next.metadata.uid = 'u';
  return next;
}

function updated(live: KubeObject, fields: object, manager: string, scope = configMaps, nowMs = NOW): KubeObject {
  const next = object(fields);
  manageUpdate(live, next, manager, scope, nowMs);
  return next;
}

const entries = (of: KubeObject): Record<string, unknown> =>
  Object.fromEntries((of.metadata.managedFields ?? []).map((entry) => [entry.manager, entry.fieldsV1]));

describe('sets of fields', () => {
  const a = setOfPaths([['spec'], ['spec', 'replicas'], ['data', 'a']]);
  const b = setOfPaths([
    ['spec', 'replicas'],
    ['data', 'b'],
  ]);
  it('M1 union, intersection, difference', () => {
    expect(pathsOf(union(a, b))).toEqual(['.data.a', '.data.b', '.spec', '.spec.replicas']);
    expect(pathsOf(intersection(a, b))).toEqual(['.spec.replicas']);
    expect(pathsOf(difference(a, b))).toEqual(['.data.a', '.spec']);
    expect(pathsOf(recursiveDifference(a, setOfPath(['spec'])))).toEqual(['.data.a']);
    expect(isEmptySet(difference(a, a))).toBe(true);
    expect(union(a, emptySet)).toEqual(a);
    expect(hasPath(a, ['spec'])).toBe(true);
    expect(hasPath(a, ['data'])).toBe(false);
  });

  it('M1 sets that clients send are checked, and brought into one form', () => {
    const sent = {
      'f:spec': { '.': {}, 'f:a': null, 'x:later': {}, 'i:07': {} },
      'k:{"b":1,"a":"x"}': { 'v: "y"': {} },
      'f:__proto__': {},
    };
    expect(pathsOf(decodeFieldSet(sent) ?? emptySet)).toEqual([
      '.__proto__',
      '.spec',
      '.spec.a',
      '.spec[7]',
      '[a="x",b=1][="y"]',
    ]);
    const wrong = [
      { 'f:a': 'x' },
      { 'f:a': [] },
      { a: {} },
      { 'k:{': {} },
      { 'k:[]': {} },
      { 'v:x': {} },
      { 'i:a': {} },
      'x',
    ];
    expect(wrong.map(decodeFieldSet)).toEqual(wrong.map(() => undefined));
  });

  it('M1 items of lists are told apart by their keys, with the keys’ defaults', () => {
    const container = types.ofModel('V1Container');
    const ports = container.fields.get('ports')?.type;
    if (ports?.kind !== 'list') throw new Error('ports is a list');
    const element = elementOfItem(ports, { containerPort: 80 });
    expect(element).toBe('k:{"containerPort":80,"protocol":"TCP"}');
    expect(pathsOf({ 'f:ports': { [element]: {} }, 'f:set': { 'v:"x"': {} } })).toEqual([
      '.ports[containerPort=80,protocol="TCP"]',
      '.set[="x"]',
    ]);
  });
});

describe('ownership by updates', () => {
  it('M2 an object with items that lack their keys is tracked for nobody', () => {
    const accounts = scopeOf('V1ServiceAccount');
    expect(created({ secrets: [{}] }, 'one', accounts).metadata.managedFields).toBeUndefined();
    const first = created({ secrets: [{ name: 'a' }] }, 'one', accounts);
    expect(Object.keys(entries(first))).toEqual(['one']);
    expect(updated(first, { secrets: [{}] }, 'two', accounts).metadata.managedFields).toBeUndefined();
  });

  it('M2 the claim of a volume is owned field by field, though references elsewhere are owned whole', () => {
    const claimRef = { kind: 'PersistentVolumeClaim', name: 'c' };
    expect(entries(created({ spec: { claimRef } }, 'one', scopeOf('V1PersistentVolume')))).toEqual({
      one: { 'f:spec': { 'f:claimRef': { '.': {}, 'f:kind': {}, 'f:name': {} } } },
    });
  });

  it('M2 who changes a field owns it alone; what is removed is nobody’s', () => {
    const first = created({ data: { a: '1', b: '1' } });
    expect(entries(first)).toEqual({ one: { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} } } });
    const second = updated(first, { data: { a: '2', b: '1' } }, 'two');
    expect(entries(second)).toEqual({ one: { 'f:data': { '.': {}, 'f:b': {} } }, two: { 'f:data': { 'f:a': {} } } });
    const third = updated(second, { data: { b: '1' } }, 'three');
    expect(entries(third)).toEqual({ one: { 'f:data': { '.': {}, 'f:b': {} } } });
  });

  it('M2 lists that merge are owned item by item, atomic ones as a whole', () => {
    const pod = created(
      { spec: { containers: [{ name: 'a', image: 'i', args: ['x'] }], tolerations: [{ key: 'k' }] } },
      'one',
      pods,
    );
    expect(entries(pod).one).toEqual({
      'f:spec': {
        'f:containers': { 'k:{"name":"a"}': { '.': {}, 'f:name': {}, 'f:image': {}, 'f:args': {} } },
        'f:tolerations': {},
      },
    });
  });

  it('M3 the server’s fields and those that the endpoint resets are nobody’s', () => {
    const pod = created({ spec: { nodeName: 'n' }, status: { phase: 'Running' } }, 'one', pods);
    expect(entries(pod)).toEqual({ one: { 'f:spec': { 'f:nodeName': {} } } });
  });

  it('M4 an entry for each manager, operation and subresource, sorted; at most ten are updates', () => {
    let live = created({ data: { a0: 'x' } }, 'm0');
    for (let at = 1; at < 14; at++) {
      const data = Object.fromEntries(Array.from({ length: at + 1 }, (_, each) => [`a${each}`, 'x']));
      live = updated(live, { data }, `m${at}`, configMaps, NOW + at * 1000);
    }
    const managers = (live.metadata.managedFields ?? []).map((entry) => entry.manager);
    expect(managers).toHaveLength(10);
    expect(managers).toContain('ancient-changes');
    expect(managers.at(-1)).toBe('m13');
    const status = scopeOf('V1Pod', setOfPath(['spec']), 'status');
    const pod = created({ spec: { nodeName: 'n' } }, 'one', pods);
    const next = updated(pod, { spec: { nodeName: 'n' }, status: { phase: 'Running' } }, 'one', status);
    expect(next.metadata.managedFields?.map(({ manager, subresource }) => [manager, subresource])).toEqual([
      ['one', undefined],
      ['one', 'status'],
    ]);
  });

  it('M8 entries that are not well-formed count as none: what was known stays', () => {
    const live = created({ data: { a: '1' } });
    const broken = {
      manager: 'two',
      operation: 'Update',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': 'x' },
    };
    const next = object({ data: { a: '1' } }, { managedFields: [broken] });
    manageUpdate(live, next, 'two', configMaps, NOW);
    expect(entries(next)).toEqual(entries(live));
  });

  it('M8 [{}] forgets everybody; what nobody tracked stays so', () => {
    const first = created({ data: { a: '1' } });
    const next = object({ data: { a: '1' } }, { managedFields: [{}] });
    manageUpdate(first, next, 'two', configMaps, NOW);
    expect(next.metadata.managedFields).toBeUndefined();
    const untracked = updated(object({ data: {} }), { data: { a: '1' } }, 'one');
    expect(untracked.metadata.managedFields).toBeUndefined();
  });

  it('C5 times alone are no difference', () => {
    const entry: ManagedFieldsEntry = { manager: 'a', operation: 'Update', apiVersion: 'v1', time: '1', fieldsV1: {} };
    const at = (time: string, more: object = {}): KubeObject => object(more, { managedFields: [{ ...entry, time }] });
    expect(timesDifferOnly(at('1'), at('2'))).toBe(true);
    expect(timesDifferOnly(at('1'), at('2', { data: {} }))).toBe(false);
  });
});

describe('server-side apply', () => {
  const config = (fields: object): KubeObject => ({ kind: 'X', apiVersion: 'v1', metadata: { name: 'x' }, ...fields });
  const apply = (live: KubeObject, fields: object, manager: string, force = false, scope = configMaps): KubeObject => {
    const result = applyConfiguration(live, config(fields), manager, force, scope, NOW);
    return { ...result, metadata: { ...result.metadata, uid: 'u' } };
  };
  const conflictOf = (attempt: () => unknown): StatusError => {
    try {
      attempt();
    } catch (error) {
      if (error instanceof StatusError) return error;
      throw error;
    }
    throw new Error('no conflict');
  };

  it('M5 takes away what its manager no longer applies and nobody else owns', () => {
    const first = apply(configMaps.zero, { data: { a: '1', b: '2' } }, 'one');
    const shared = apply(first, { data: { b: '2' } }, 'two');
    expect(shared.data).toEqual({ a: '1', b: '2' });
    const without = apply(shared, { data: {} }, 'one');
    expect(without.data).toEqual({ b: '2' });
    expect(entries(without)).toEqual({ two: { 'f:data': { 'f:b': {} } }, one: { 'f:data': {} } });
  });

  it('M5 merges lists by key, and atomic lists as a whole', () => {
    const one = apply(
      pods.zero,
      { spec: { containers: [{ name: 'a', image: '1' }], tolerations: [{ key: 'x' }] } },
      'one',
      false,
      pods,
    );
    const two = apply(one, { spec: { containers: [{ name: 'b', image: '2' }] } }, 'two', false, pods);
    expect((two.spec as { containers: unknown }).containers).toEqual([
      { name: 'a', image: '1' },
      { name: 'b', image: '2' },
    ]);
    const gone = apply(two, { spec: { tolerations: [{ key: 'y' }] } }, 'one', false, pods);
    expect(gone.spec).toEqual({ containers: [{ name: 'b', image: '2' }], tolerations: [{ key: 'y' }] });
  });

  it('M6 what others own conflicts, field by field, unless forced', () => {
    const live = apply(configMaps.zero, { data: { a: '1', b: '1' } }, 'one');
    const updatedLive = updated(live, { data: { a: '1', b: '2' } }, 'updater');
    const refused = conflictOf(() => apply(updatedLive, { data: { a: '9', b: '9' } }, 'two'));
    expect(refused.code).toBe(409);
    expect(refused.message).toBe(
      'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\nconflicts with "updater" using v1:\n- .data.b',
    );
    expect(refused.details?.causes).toEqual([
      { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.a' },
      { reason: 'FieldManagerConflict', message: 'conflict with "updater" using v1', field: '.data.b' },
    ]);
    const single = conflictOf(() => apply(live, { data: { a: '9' } }, 'two'));
    expect(single.message).toBe('Apply failed with 1 conflict: conflict with "one": .data.a');
    const forced = apply(updatedLive, { data: { a: '9', b: '9' } }, 'two', true);
    expect(forced.data).toEqual({ a: '9', b: '9' });
    expect(entries(forced)).toEqual({ two: { 'f:data': { 'f:a': {}, 'f:b': {} } } });
    const equal = apply(live, { data: { a: '1' } }, 'two');
    expect(Object.keys(entries(equal)).sort()).toEqual(['one', 'two']);
  });

  it('M7 the first apply leaves what is there to before-first-apply', () => {
    const live = object({ data: { a: '1' } });
    const next = apply(live, { data: { b: '2' } }, 'one');
    expect(entries(next)).toEqual({
      one: { 'f:data': { 'f:b': {} } },
      'before-first-apply': { 'f:data': { '.': {}, 'f:a': {} } },
    });
  });

  it('M6 kubectl may take over what its own last-applied annotation says', () => {
    const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
    const live = created({ data: { a: '1' } }, 'kubectl-client-side-apply');
    live.metadata.annotations = { [annotation]: JSON.stringify(config({ data: { a: '1' } })) };
    const next = apply(live, { data: { a: '2' } }, 'kubectl');
    expect(next.data).toEqual({ a: '2' });
    expect(JSON.parse(next.metadata.annotations?.[annotation] ?? '')).toEqual(config({ data: { a: '2' } }));
    expect(conflictOf(() => apply(live, { data: { a: '2' } }, 'other')).code).toBe(409);
  });
});
