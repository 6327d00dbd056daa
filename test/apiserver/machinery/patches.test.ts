import { describe, expect, it } from 'vitest';
import {
  applyJsonPatch,
  applyMergePatch,
  type JsonPatchOperation,
  PatchError,
} from '../../../apiserver/machinery/json-patch.ts';
import { applyStrategicMergePatch, StrategicPatchError } from '../../../apiserver/machinery/strategic-merge-patch.ts';
import { TypeNodes } from '../../../apiserver/machinery/type-nodes.ts';
import { schemaSource } from './server-fixture.ts';

const json = (document: unknown, ...operations: JsonPatchOperation[]): unknown =>
  applyJsonPatch(structuredClone(document), operations);

describe('JSON patch', () => {
  it('P1 adds, removes, replaces, moves, copies and tests', () => {
    expect(json({ a: 1 }, { op: 'add', path: '/b', value: 2 })).toEqual({ a: 1, b: 2 });
    expect(json({ a: [1, 3] }, { op: 'add', path: '/a/1', value: 2 })).toEqual({ a: [1, 2, 3] });
    expect(json({ a: [1] }, { op: 'add', path: '/a/-', value: 2 })).toEqual({ a: [1, 2] });
    expect(json({ a: [1, 2] }, { op: 'remove', path: '/a/-1' })).toEqual({ a: [1] });
    expect(json({ a: { 'x/y~z': 1 } }, { op: 'replace', path: '/a/x~1y~0z', value: 2 })).toEqual({ a: { 'x/y~z': 2 } });
    expect(json({ a: 1 }, { op: 'move', from: '/a', path: '/b' })).toEqual({ b: 1 });
    expect(json({ a: { b: 1 } }, { op: 'copy', from: '/a', path: '/c' })).toEqual({ a: { b: 1 }, c: { b: 1 } });
    expect(json({ a: { b: [1] } }, { op: 'test', path: '/a', value: { b: [1] } })).toEqual({ a: { b: [1] } });
    expect(json({ a: 1 }, { op: 'test', path: '/missing', value: null })).toEqual({ a: 1 });
    expect(json({ a: 1 }, { op: 'replace', path: '', value: { b: 1 } })).toEqual({ b: 1 });
  });

  it.each([
    { op: 'test', path: '/a', value: 2 },
    { op: 'remove', path: '/missing' },
    { op: 'replace', path: '/missing', value: 1 },
    { op: 'add', path: '/missing/deep', value: 1 },
    { op: 'add', path: '/list/7', value: 1 },
    { op: 'add', path: '/list/x', value: 1 },
    { op: 'move', from: '/missing', path: '/b' },
    { op: 'copy', from: '/missing', path: '/b' },
    { op: 'fly', path: '/a' },
    { op: 'add', path: 'a', value: 1 },
    { op: 'add' },
  ])('P1 %j cannot be applied', (operation) => {
    expect(() => json({ a: 1, list: [1] }, operation)).toThrow(PatchError);
  });
});

describe('merge patch', () => {
  it('P2 merges objects, replaces the rest, removes by null', () => {
    expect(applyMergePatch({ a: { b: 1, c: 2 }, d: [1] }, { a: { b: null, e: 3 }, d: [2] })).toEqual({
      a: { c: 2, e: 3 },
      d: [2],
    });
    expect(applyMergePatch({ a: 1 }, { b: { c: null, d: 1 } })).toEqual({ a: 1, b: { d: 1 } });
    expect(applyMergePatch({ a: 1 }, { a: { b: 1 } })).toEqual({ a: { b: 1 } });
    const proto = applyMergePatch({}, JSON.parse('{"__proto__":{"x":1}}')) as object;
    expect(JSON.stringify(proto)).toBe('{"__proto__":{"x":1}}');
    expect(Object.getPrototypeOf(proto)).toBe(Object.prototype);
  });
});

const types = new TypeNodes(schemaSource());
const podSpec = types.ofModel('V1PodSpec');
const strategic = (original: Record<string, unknown>, patch: Record<string, unknown>): unknown => {
  const before = structuredClone({ original, patch });
  const result = applyStrategicMergePatch(original, patch, podSpec);
  expect({ original, patch }).toEqual(before);
  return result;
};
const container = (name: string, more: object = {}): object => ({ name, ...more });

describe('strategic merge patch', () => {
  it('P3 merges lists by their key and keeps the order of what was there', () => {
    expect(
      strategic(
        { containers: [container('a', { image: '1' }), container('b', { image: '1', tty: true })] },
        { containers: [container('b', { image: '2' }), container('c', { image: '3' })] },
      ),
    ).toEqual({
      containers: [
        container('a', { image: '1' }),
        container('b', { image: '2', tty: true }),
        container('c', { image: '3' }),
      ],
    });
  });

  // What is new comes before what only the server knows, as upstream has it.
  it('P3 merges lists inside of lists, maps key by key, and replaces what has no merge strategy', () => {
    expect(
      strategic(
        {
          containers: [{ name: 'a', env: [{ name: 'X', value: '1' }], args: ['a', 'b'] }],
          nodeSelector: { a: '1', b: '2' },
          tolerations: [{ key: 'a' }, { key: 'b' }],
        },
        {
          containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }], args: ['c'] }],
          nodeSelector: { b: null, c: '3' },
          tolerations: [{ key: 'c' }],
        },
      ),
    ).toEqual({
      containers: [
        {
          name: 'a',
          env: [
            { name: 'Y', value: '2' },
            { name: 'X', value: '1' },
          ],
          args: ['c'],
        },
      ],
      nodeSelector: { a: '1', c: '3' },
      tolerations: [{ key: 'c' }],
    });
  });

  it('P4 $patch: delete and replace, of items, lists and maps', () => {
    const two = { containers: [container('a'), container('b')] };
    expect(strategic(two, { containers: [{ name: 'a', $patch: 'delete' }] })).toEqual({ containers: [container('b')] });
    expect(strategic(two, { containers: [{ $patch: 'replace' }, container('c')] })).toEqual({
      containers: [container('c')],
    });
    expect(
      strategic({ securityContext: { runAsUser: 1 } }, { securityContext: { $patch: 'replace', fsGroup: 2 } }),
    ).toEqual({ securityContext: { fsGroup: 2 } });
    expect(strategic({ securityContext: { runAsUser: 1 } }, { securityContext: { $patch: 'delete' } })).toEqual({
      securityContext: {},
    });
    expect(strategic({}, { containers: [{ name: 'a', $patch: 'delete' }, container('b')] })).toEqual({
      containers: [container('b')],
    });
  });

  it('P4 $deleteFromPrimitiveList takes values out', () => {
    const meta = types.ofModel('V1ObjectMeta');
    expect(
      applyStrategicMergePatch(
        { finalizers: ['a/1', 'b/2', 'c/3'] },
        { '$deleteFromPrimitiveList/finalizers': ['b/2'], finalizers: ['d/4'] },
        meta,
      ),
    ).toEqual({ finalizers: ['d/4', 'a/1', 'c/3'] });
  });

  it('P4 $setElementOrder puts items in order, the server’s own in between', () => {
    expect(
      strategic(
        { containers: [container('a'), container('server'), container('b')] },
        {
          '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }, { name: 'a' }],
          containers: [container('c', { image: 'new' })],
        },
      ),
    ).toEqual({
      containers: [container('c', { image: 'new' }), container('server'), container('b'), container('a')],
    });
  });

  it('P4 $retainKeys clears what it does not name', () => {
    const volumes = { volumes: [{ name: 'v', emptyDir: {} }] };
    expect(
      strategic(volumes, { volumes: [{ name: 'v', hostPath: { path: '/x' }, $retainKeys: ['name', 'hostPath'] }] }),
    ).toEqual({ volumes: [{ name: 'v', hostPath: { path: '/x' } }] });
  });

  it.each([
    [{ containers: [{ image: 'x' }] }, 'map: map[image:x] does not contain declared merge key: name'],
    [{ containers: [{ name: 'a', $patch: 'fly' }] }, 'unknown patch type: fly in map: map[$patch:fly name:a]'],
    [{ $retainKeys: 'x' }, 'invalid patch format of retainKeys'],
    [{ $patch: 'merge' }, 'unknown patch type: merge in map: map[$patch:merge]'],
  ])('P5 %j is refused', (patch, message) => {
    const original = { containers: [container('a')] };
    expect(() => applyStrategicMergePatch(original, patch, podSpec)).toThrow(
      expect.objectContaining({ name: StrategicPatchError.name, message }) as Error,
    );
  });
});
