import { describe, expect, it } from 'vitest';
import type { WriteHook } from '../../../apiserver/machinery/resource-row.ts';
import { forbidden } from '../../../apiserver/machinery/status.ts';
import type { AdmissionStep } from '../../../apiserver/machinery/steps.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { type Fixture, startForTest } from './server-fixture.ts';
import { widgets } from './test-rows.ts';

let fixture: Fixture;
async function start(...how: Parameters<typeof startForTest>) {
  fixture = await startForTest(...how);
  return fixture;
}

const CM = '/api/v1/namespaces/ns/configmaps';
const WD = '/apis/test.dev/v1/namespaces/ns/widgets';
const cm = (name: string, more: object = {}): object => ({ metadata: { name }, ...more });
const merge = { 'content-type': 'application/merge-patch+json' };
const strategic = { 'content-type': 'application/strategic-merge-patch+json' };

describe('creates', () => {
  it('C1 the server sets uid, creation time, generation and resourceVersion', async () => {
    const { call } = await start({ clock: new VirtualClock(Date.UTC(2026, 0, 1, 2, 3, 4)) });
    const sent = { name: 'a', uid: 'mine', creationTimestamp: '2020-01-01T00:00:00Z', generation: 7, selfLink: '/x' };
    const { code, body } = await call('POST', WD, { metadata: sent, status: { replicas: 3 } });
    expect(code).toBe(201);
    expect(body).toMatchObject({
      kind: 'Widget',
      apiVersion: 'test.dev/v1',
      metadata: { name: 'a', namespace: 'ns', creationTimestamp: '2026-01-01T02:03:04Z', generation: 1 },
      spec: { replicas: 1 },
    });
    expect(body.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(0);
    expect(body.metadata).not.toHaveProperty('selfLink');
    expect(body.status).not.toMatchObject({ replicas: 3 });
    const versioned = await call('POST', CM, { metadata: { name: 'b', resourceVersion: '5' } });
    expect(versioned.body.message).toBe('resourceVersion should not be set on objects to be created');
  });

  it('C2 a taken name is 409; a drawn one is tried again', async () => {
    const { call } = await start();
    expect((await call('POST', CM, cm('a'))).code).toBe(201);
    const taken = await call('POST', CM, cm('a'));
    expect(taken.body).toMatchObject({ code: 409, reason: 'AlreadyExists', message: 'configmaps "a" already exists' });
    const names = new Set<string>();
    for (let at = 0; at < 20; at++) {
      const { body } = await call('POST', CM, { metadata: { generateName: 'g-' } });
      expect(body.metadata.name).toMatch(/^g-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
      names.add(body.metadata.name ?? '');
    }
    expect(names.size).toBe(20);
  });

  it('C2 gives up drawing names that are all taken', async () => {
    const { call } = await start({
      random: { next: () => 0, below: () => 0, bytes: (n) => new Uint8Array(n), uuid: () => 'u', fork: () => never() },
    });
    const first = await call('POST', CM, { metadata: { generateName: 'g-' } });
    expect(first.body.metadata.name).toBe('g-bbbbb');
    const { body, headers } = await call('POST', CM, { metadata: { generateName: 'g-' } });
    expect(body.message).toBe(
      'configmaps "g-bbbbb" already exists, the server was not able to generate a unique name for the object',
    );
    expect(headers['retry-after']).toBe('1');
  });

  it('D4 another namespace than the path’s is refused', async () => {
    const { call } = await start();
    const { body } = await call('POST', CM, { metadata: { name: 'a', namespace: 'other' } });
    expect(body.message).toBe('the namespace of the provided object does not match the namespace sent on the request');
  });

  it('V1 all complaints about metadata and the rest in one answer', async () => {
    const { call } = await start();
    const { code, body } = await call('POST', WD, {
      metadata: {
        name: 'Bad_Name',
        labels: { 'a b': 'c d' },
        annotations: { 'a/b/c': 'x' },
        finalizers: ['x y'],
        ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: '', uid: 'u' }],
      },
      spec: { replicas: -1 },
    });
    expect(code).toBe(422);
    const causes = (body.details as { causes: { field: string; reason: string }[] }).causes;
    expect(causes.map(({ field }) => field)).toEqual([
      'metadata.name',
      'metadata.labels',
      'metadata.labels',
      'metadata.annotations',
      'metadata.ownerReferences.name',
      'metadata.ownerReferences',
      'metadata.finalizers',
      'spec.replicas',
    ]);
    expect(body.message).toMatch(/^Widget\.test\.dev "Bad_Name" is invalid: \[metadata\.name: Invalid value: /);
  });

  it('V1 the same owner twice becomes one, with a warning', async () => {
    const { call } = await start();
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u1' };
    const { body, headers } = await call('POST', CM, { metadata: { name: 'a', ownerReferences: [owner, owner] } });
    expect(body.metadata.ownerReferences).toEqual([owner]);
    expect(headers.warning).toContain('duplicate UID(s) observed: u1');
  });
});

function never(): never {
  throw new Error('not expected');
}

describe('updates', () => {
  it('C3 compares resourceVersion and uid; replaces without', async () => {
    const { call } = await start();
    const first = (await call('POST', CM, cm('a', { data: { n: '1' } }))).body;
    const second = await call('PUT', `${CM}/a`, { ...first, data: { n: '2' } });
    expect(second.code).toBe(200);
    const stale = await call('PUT', `${CM}/a`, { ...first, data: { n: '3' } });
    expect(stale.body.message).toBe(
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    );
    expect((await call('PUT', `${CM}/a`, cm('a', { data: { n: '4' } }))).body.data).toEqual({ n: '4' });
    const other = await call('PUT', `${CM}/a`, { metadata: { name: 'a', uid: 'other' } });
    expect(other.body.message).toMatch(/Precondition failed: UID in precondition: other, UID in object meta: /);
    expect((await call('PUT', `${CM}/missing`, cm('missing'))).code).toBe(404);
    expect((await call('PUT', `${CM}/b`, first)).body.message).toBe(
      'the name of the object (a) does not match the name on the URL (b)',
    );
  });

  it('C3 some kinds must say which version they replace, and may be created by it', async () => {
    const { call } = await start();
    const url = '/apis/test.dev/v1/namespaces/ns/berths/a';
    const created = await call('PUT', url, cm('a'));
    expect(created.code).toBe(201);
    const blind = await call('PUT', url, cm('a', { data: { x: '1' } }));
    expect(blind.body.message).toBe(
      'berths.test.dev "a" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
  });

  it('C4 the generation goes up with the spec alone', async () => {
    const { call } = await start();
    await call('POST', WD, cm('a'));
    expect((await call('PATCH', `${WD}/a`, { metadata: { labels: { a: 'b' } } }, merge)).body.metadata.generation).toBe(
      1,
    );
    expect((await call('PATCH', `${WD}/a`, { spec: { replicas: 2 } }, merge)).body.metadata.generation).toBe(2);
    expect((await call('PATCH', `${WD}/a/status`, { status: { replicas: 2 } }, merge)).body.metadata.generation).toBe(
      2,
    );
    expect((await call('PATCH', `${WD}/a`, { metadata: { generation: 9 } }, merge)).body.metadata.generation).toBe(2);
  });

  it('C5 what changes nothing is not written', async () => {
    const { call } = await start();
    const { body } = await call('POST', CM, cm('a', { data: { n: '1' } }));
    const again = await call('PUT', `${CM}/a`, body);
    const patched = await call('PATCH', `${CM}/a`, { data: { n: '1' } }, merge);
    expect([again, patched].map((each) => each.body.metadata.resourceVersion)).toEqual([
      body.metadata.resourceVersion,
      body.metadata.resourceVersion,
    ]);
  });

  it('C6 a dry run goes the whole way and stores nothing', async () => {
    const { call, store } = await start();
    const before = (await store.range({ key: 'x' })).header.revision;
    const created = await call('POST', `${WD}?dryRun=All`, cm('dry'));
    expect(created.body).toMatchObject({ metadata: { name: 'dry', generation: 1 }, spec: { replicas: 1 } });
    expect((await call('POST', `${WD}?dryRun=All`, cm('dry', { spec: { replicas: -1 } }))).code).toBe(422);
    expect((await store.range({ key: 'x' })).header.revision).toBe(before);
    await call('POST', WD, cm('real'));
    expect((await call('POST', `${WD}?dryRun=All`, cm('real'))).code).toBe(409);
    const patched = await call('PATCH', `${WD}/real?dryRun=All`, { spec: { replicas: 5 } }, merge);
    expect(patched.body.spec).toMatchObject({ replicas: 5 });
    expect((await call('GET', `${WD}/real`)).body.spec).toMatchObject({ replicas: 1 });
    expect((await call('DELETE', `${WD}/real?dryRun=All`)).code).toBe(200);
    expect((await call('GET', `${WD}/real`)).code).toBe(200);
  });

  it('C7 blind patches at the same time are all applied', async () => {
    const { call } = await start();
    await call('POST', CM, cm('a'));
    const keys = Array.from({ length: 40 }, (_, at) => `k${at}`);
    const answers = await Promise.all(keys.map((key) => call('PATCH', `${CM}/a`, { data: { [key]: 'x' } }, merge)));
    expect(answers.every(({ code }) => code === 200)).toBe(true);
    expect(Object.keys((await call('GET', `${CM}/a`)).body.data as object).sort()).toEqual(keys.sort());
  });

  it.each([
    [
      'POST',
      '?dryRun=Some',
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    ],
    [
      'POST',
      '?fieldValidation=Wrong',
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Wrong": supported values: "", "Ignore", "Strict", "Warn"',
    ],
    [
      'POST',
      `?fieldManager=${'x'.repeat(129)}`,
      'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
    ],
    [
      'POST',
      '?fieldManager=%01',
      'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "\\u0001": invalid character U+0001 (at position 0)',
    ],
  ])('C8 %s with %s', async (method, query, message) => {
    const { call } = await start();
    expect((await call(method, `${CM}${query}`, cm('a'))).body.message).toBe(message);
  });

  it('C8 force is for applies, which need a manager', async () => {
    const { call } = await start();
    const forced = await call('PATCH', `${CM}/a?force=true`, {}, merge);
    expect(forced.body.message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    );
    const unnamed = await call('PATCH', `${CM}/a`, {}, { 'content-type': 'application/apply-patch+yaml' });
    expect(unnamed.body.message).toBe(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  });

  it('C9 spec and status have endpoints of their own', async () => {
    const { call } = await start();
    await call('POST', WD, cm('a'));
    const status = await call('PUT', `${WD}/a/status`, cm('a', { spec: { replicas: 9 }, status: { replicas: 4 } }));
    expect(status.body).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 4 } });
    const spec = await call('PUT', `${WD}/a`, cm('a', { spec: { replicas: 2 }, status: { replicas: 7 } }));
    expect(spec.body).toMatchObject({ spec: { replicas: 2 }, status: { replicas: 4 } });
    expect((await call('GET', `${WD}/a/status`)).body.status).toMatchObject({ replicas: 4 });
  });

  it('C10 a scale shows and changes the replicas', async () => {
    const { call } = await start();
    await call('POST', WD, cm('a'), { 'user-agent': 'creator/1' });
    const shown = (await call('GET', `${WD}/a/scale`)).body;
    expect(shown).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 1 } });
    expect((await call('PUT', `${WD}/a/scale`, { ...shown, spec: { replicas: 3 } })).body.spec).toEqual({
      replicas: 3,
    });
    expect((await call('PUT', `${WD}/a/scale`, { ...shown, spec: { replicas: 4 } })).code).toBe(409);
    const patched = await call(
      'PATCH',
      `${WD}/a/scale`,
      { spec: { replicas: 5 } },
      { ...merge, 'user-agent': 'hpa/2' },
    );
    expect(patched.body.spec).toEqual({ replicas: 5 });
    const refused = await call('PATCH', `${WD}/a/scale`, { spec: { replicas: -5 } }, merge);
    expect(refused.body.message).toBe(
      'Scale.autoscaling "a" is invalid: spec.replicas: Invalid value: -5: must be greater than or equal to 0',
    );
    const { metadata } = (await call('GET', `${WD}/a`)).body;
    expect(metadata.generation).toBe(3);
    expect(metadata.managedFields?.map(({ manager, subresource }) => [manager, subresource])).toContainEqual([
      'hpa',
      'scale',
    ]);
  });

  it('C10 a scale can be applied: its manager owns the replicas, and others conflict', async () => {
    const { call } = await start();
    await call('POST', WD, cm('a'), { 'user-agent': 'creator/1' });
    const apply = (manager: string, replicas: number, more = '') =>
      call(
        'PATCH',
        `${WD}/a/scale?fieldManager=${manager}${more}`,
        { apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas } },
        { 'content-type': 'application/apply-patch+yaml' },
      );
    const refused = await apply('one', 2);
    expect(refused.body.message).toBe(
      'Apply failed with 1 conflict: conflict with "creator" using autoscaling/v1: .spec.replicas',
    );
    expect((await apply('one', 2, '&force=true')).body.spec).toEqual({ replicas: 2 });
    expect((await apply('two', 3)).body.message).toBe(
      'Apply failed with 1 conflict: conflict with "one" with subresource "scale": .spec.replicas',
    );
    const { metadata } = (await call('GET', `${WD}/a`)).body;
    expect(
      metadata.managedFields?.map(({ manager, operation, subresource }) => [manager, operation, subresource]),
    ).toEqual(expect.arrayContaining([['one', 'Apply', 'scale']]));
  });

  it('V2 what an update may not change is refused or restored', async () => {
    const { call } = await start();
    const { body } = await call('POST', CM, cm('a'));
    const changed = { ...body, metadata: { ...body.metadata, creationTimestamp: '2020-01-01T00:00:00Z', uid: '' } };
    const kept = await call('PUT', `${CM}/a`, { ...changed, data: { x: '1' } });
    expect(kept.body.metadata.creationTimestamp).toBe(body.metadata.creationTimestamp);
    expect(kept.body.metadata.uid).toBe(body.metadata.uid);
    const marked = await call('PATCH', `${CM}/a`, { metadata: { deletionTimestamp: '2030-01-01T00:00:00Z' } }, merge);
    expect(marked.body.message).toMatch(/metadata\.deletionTimestamp: Invalid value: .*: field is immutable/);
  });

  it('P5 media types and malformed patches', async () => {
    const { call } = await start();
    await call('POST', CM, cm('a'));
    const unknown = await call('PATCH', `${CM}/a`, {}, { 'content-type': 'application/unknown-patch+json' });
    expect(unknown.body).toMatchObject({ code: 415, message: '415: Unsupported Media Type', details: {} });
    expect((await call('PATCH', `${CM}/a`, '[', merge)).body.message).toBe(
      'error decoding patch: unexpected end of JSON input',
    );
    expect((await call('PATCH', `${CM}/a`, '[]', merge)).code).toBe(400);
    expect((await call('PATCH', `${CM}/a`, '{}', { 'content-type': 'application/json-patch+json' })).code).toBe(400);
    const wrong = await call('PATCH', `${CM}/a`, { data: 'x' }, strategic);
    expect(wrong.body).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(wrong.body.message).toBe(
      ' "" is invalid: patch: Invalid value: "map[data:x]": cannot restore map from string',
    );
    expect((await call('PATCH', `${CM}/a`, 'null', merge)).body.message).toBe('Invalid JSON Patch');
    expect((await call('PATCH', `${CM}/a`, 'null', strategic)).code).toBe(200);
    const list = { 'content-type': 'application/json-patch+json' };
    expect((await call('PATCH', `${CM}/a`, 'null', list)).code).toBe(200);
    const other = await call('PATCH', `${CM}/a`, { kind: 'Foo' }, merge);
    expect(other.code).toBe(422);
    expect(other.body.message).toMatch(/: no kind "Foo" is registered for version "v1" in scheme "[^"]+"$/);
    expect((await call('PATCH', `${CM}/a`, { kind: 'Foo' }, strategic)).code).toBe(200);
  });
});

describe('hooks, leases, admission', () => {
  it('C11 hooks run before a write and are undone when it fails', async () => {
    const did: string[] = [];
    const hook: WriteHook = {
      name: 'counting',
      async before(operation, object) {
        did.push(`${operation} ${object.metadata.name}`);
        return async () => {
          did.push(`undo ${object.metadata.name}`);
        };
      },
      async after(operation) {
        did.push(`after ${operation}`);
      },
    };
    const { call } = await start({}, [{ ...widgets, hooks: [hook] }]);
    await call('POST', WD, cm('a'));
    await call('POST', WD, cm('a'));
    await call('PATCH', `${WD}/a`, { spec: { replicas: 2 } }, merge);
    await call('POST', WD, cm('b', { spec: { replicas: -1 } }));
    await call('DELETE', `${WD}/a`);
    expect(did).toEqual([
      'create a',
      'after create',
      'create a',
      'undo a',
      'update a',
      'after update',
      'delete a',
      'after delete',
    ]);
  });

  it('C12 objects with a time to live share a lease, and go with it', async () => {
    const clock = new VirtualClock();
    const { call, store } = await start({ clock });
    const NOTES = '/apis/test.dev/v1/namespaces/ns/notes';
    await call('POST', NOTES, cm('a'));
    await call('POST', NOTES, cm('b'));
    const { leases } = await store.leases();
    expect(leases).toHaveLength(1);
    await clock.advance(120_000);
    expect((await call('GET', `${NOTES}/a`)).code).toBe(404);
  });

  it('C13 admission sees the defaults, changes the object before validation, refuses', async () => {
    const seen: unknown[] = [];
    const step: AdmissionStep = {
      name: 'Test',
      handles: (_operation, row) => row.resource === 'widgets',
      async mutate(attributes) {
        seen.push(attributes.operation, attributes.object?.spec);
        if (attributes.object !== undefined) attributes.object.metadata.labels = { admitted: 'yes' };
      },
      validate(attributes) {
        if (attributes.name === 'refused') {
          throw forbidden({ group: 'test.dev', resource: 'widgets' }, attributes.name, 'not here');
        }
      },
    };
    const { call } = await start({ admission: [step] });
    const { body } = await call('POST', WD, cm('a'));
    expect(seen).toMatchObject(['CREATE', { replicas: 1 }]);
    expect(body.metadata.labels).toEqual({ admitted: 'yes' });
    expect(JSON.stringify(body.metadata.managedFields)).not.toContain('admitted');
    const refused = await call('POST', WD, cm('refused'));
    expect(refused.body.message).toBe('widgets.test.dev "refused" is forbidden: not here');
    expect((await call('GET', `${WD}/refused`)).code).toBe(404);
  });

  it('C8 kinds that are never stored, and subresources that answer by themselves', async () => {
    const { call } = await start();
    const review = await call('POST', '/apis/test.dev/v1/reviews', { spec: { token: 't' } });
    expect(review.body.status).toEqual({ authenticated: true, user: { username: 'admin' } });
    expect((await call('GET', '/apis/test.dev/v1/reviews')).code).toBe(405);
    await call('POST', WD, cm('a'));
    expect((await call('POST', `${WD}/a/echo`, { metadata: { name: 'a' }, target: { name: 'n' } })).code).toBe(201);
    expect((await call('POST', `${WD}/a/echo`, { metadata: { name: 'b' }, target: { name: 'n' } })).code).toBe(400);
    expect((await call('GET', `${WD}/a/echo`)).body).toMatchObject({ text: 'log of a' });
  });

  it('R6 a kind of two versions is stored in one and written in both', async () => {
    const { call, store } = await start();
    const V1 = '/apis/test.dev/v1/namespaces/ns/wides';
    const V2 = '/apis/test.dev/v2/namespaces/ns/wides';
    expect((await call('POST', V1, cm('a', { stringData: { x: '1' } }))).body).toMatchObject({
      apiVersion: 'test.dev/v1',
      stringData: { x: '1' },
    });
    expect((await call('GET', `${V2}/a`)).body).toMatchObject({ apiVersion: 'test.dev/v2', data: { x: '1' } });
    await call('PATCH', `${V1}/a`, { stringData: { y: '2' } }, merge);
    expect((await call('GET', V2)).body.items).toMatchObject([{ data: { x: '1', y: '2' } }]);
    expect((await call('GET', V1)).body.items).toMatchObject([{ stringData: { x: '1', y: '2' } }]);
    const { kvs } = await store.range({ key: '/registry/test.dev/wides/ns/a' });
    expect(JSON.parse(Buffer.from(kvs[0]?.value ?? []).toString())).toMatchObject({ apiVersion: 'test.dev/v2' });
  });
});
