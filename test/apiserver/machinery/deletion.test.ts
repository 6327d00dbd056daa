import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { startForTest as start } from './server-fixture.ts';

const CM = '/api/v1/namespaces/ns/configmaps';
const WD = '/apis/test.dev/v1/namespaces/ns/widgets';
const CRAFTS = '/apis/test.dev/v1/namespaces/ns/crafts';
const ZONES = '/apis/test.dev/v1/zones';
const merge = { 'content-type': 'application/merge-patch+json' };
const named = (name: string, more: object = {}): object => ({ metadata: { name, ...more } });

describe('deletions', () => {
  it('X1 what nothing holds goes at once, and the answer says what', async () => {
    const { call } = await start();
    const { body } = await call('POST', CM, named('a'));
    expect((await call('DELETE', `${CM}/a`)).body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: body.metadata.uid },
    });
    expect((await call('GET', `${CM}/a`)).code).toBe(404);
    expect((await call('DELETE', `${CM}/a`)).body.message).toBe('configmaps "a" not found');
    await call('POST', CRAFTS, named('b'));
    const shown = await call('DELETE', `${CRAFTS}/b?gracePeriodSeconds=0`);
    expect(shown.body).toMatchObject({
      kind: 'Craft',
      metadata: { name: 'b', deletionGracePeriodSeconds: 0, generation: 2 },
    });
  });

  it('X2 a graceful deletion marks the end, which may come closer, never go away', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    const { call } = await start({ clock });
    await call('POST', CRAFTS, named('a'));
    const marked = await call('DELETE', `${CRAFTS}/a`);
    expect(marked.code).toBe(200);
    expect(marked.body.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:30Z',
      deletionGracePeriodSeconds: 30,
      generation: 2,
    });
    expect((await call('DELETE', `${CRAFTS}/a`, { gracePeriodSeconds: 60 })).body.metadata).toMatchObject({
      deletionGracePeriodSeconds: 30,
    });
    const shorter = await call('DELETE', `${CRAFTS}/a`, { gracePeriodSeconds: 10 });
    expect(shorter.body.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:10Z',
      deletionGracePeriodSeconds: 10,
    });
    expect((await call('DELETE', `${CRAFTS}/a`, { gracePeriodSeconds: 0 })).code).toBe(200);
    expect((await call('GET', `${CRAFTS}/a`)).code).toBe(404);
  });

  it('X3 finalizers hold an object until the last is taken', async () => {
    const { call } = await start();
    await call('POST', CM, named('a', { finalizers: ['x.dev/a', 'x.dev/b'] }));
    const held = await call('DELETE', `${CM}/a`);
    expect(held.body.metadata).toMatchObject({ finalizers: ['x.dev/a', 'x.dev/b'], deletionGracePeriodSeconds: 0 });
    const added = await call('PATCH', `${CM}/a`, { metadata: { finalizers: ['x.dev/a', 'x.dev/c'] } }, merge);
    expect(added.body.message).toContain(
      'no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.dev/c"}',
    );
    expect((await call('PATCH', `${CM}/a`, { metadata: { finalizers: ['x.dev/a'] } }, merge)).code).toBe(200);
    expect((await call('PATCH', `${CM}/a`, { metadata: { finalizers: null } }, merge)).code).toBe(200);
    expect((await call('GET', `${CM}/a`)).code).toBe(404);
    const again = await call('POST', CM, named('b', { finalizers: ['x.dev/a'] }));
    expect(again.code).toBe(201);
    await call('DELETE', `${CM}/b`);
    expect((await call('POST', CM, named('b'))).body.message).toBe(
      'object is being deleted: configmaps "b" already exists',
    );
  });

  it('X4 propagation leaves a finalizer for the garbage collector', async () => {
    const { call } = await start();
    for (const name of ['a', 'b', 'c']) await call('POST', WD, named(name));
    const foreground = await call('DELETE', `${WD}/a`, { propagationPolicy: 'Foreground' });
    expect(foreground.body.metadata).toMatchObject({ finalizers: ['foregroundDeletion'], generation: 2 });
    const orphan = await call('DELETE', `${WD}/b`, { propagationPolicy: 'Orphan' });
    expect(orphan.body.metadata.finalizers).toEqual(['orphan']);
    expect((await call('DELETE', `${WD}/c`, { propagationPolicy: 'Background' })).body.status).toBe('Success');
    const NOTES = '/apis/test.dev/v1/namespaces/ns/notes';
    await call('POST', NOTES, named('n'));
    expect((await call('DELETE', `${NOTES}/n`)).body.metadata.finalizers).toEqual(['orphan']);
    expect((await call('DELETE', `${WD}/a`, { propagationPolicy: 'Sideways' })).body.message).toBe(
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"',
    );
  });

  it('X5 a body that is no DeleteOptions deletes nothing; a group may name them its own', async () => {
    const { call } = await start();
    await call('POST', CM, named('a'));
    const refused = async (text: string): Promise<unknown> => (await call('DELETE', `${CM}/a`, text)).body.message;
    expect(await refused('{"kind":"Foo"}')).toMatch(
      /^no kind "Foo" is registered for version "meta\.k8s\.io\/v1" in scheme "/,
    );
    expect(await refused('[]')).toMatch(
      /^couldn't get version\/kind; json parse error: json: cannot unmarshal array into Go/,
    );
    expect(await refused('{"kind":1}')).toBe(
      "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string",
    );
    expect(await refused('{"apiVersion":"a/b/c"}')).toBe('unexpected GroupVersion string: a/b/c');
    expect((await call('GET', `${CM}/a`)).code).toBe(200);
    // The query says nothing where there is a body.
    const { code } = await call('DELETE', `${CM}/a?dryRun=All`, { kind: 'DeleteOptions', apiVersion: 'apps/v1' });
    expect(code).toBe(200);
    expect((await call('GET', `${CM}/a`)).code).toBe(404);
  });

  it('X5 preconditions are kept', async () => {
    const { call } = await start();
    const { body } = await call('POST', CM, named('a'));
    const wrong = await call('DELETE', `${CM}/a`, { preconditions: { uid: 'other' } });
    expect(wrong.body.message).toBe(
      `Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (other) does not match the UID in record (${body.metadata.uid}). The object might have been deleted and then recreated`,
    );
    expect((await call('DELETE', `${CM}/a`, { preconditions: { resourceVersion: '1' } })).code).toBe(409);
    const { uid, resourceVersion } = body.metadata;
    expect((await call('DELETE', `${CM}/a`, { preconditions: { uid, resourceVersion } })).code).toBe(200);
  });

  it('X6 a collection goes by its selectors, and the answer is what was there', async () => {
    const { call } = await start();
    for (const name of ['a', 'b', 'c'])
      await call('POST', CM, named(name, { labels: { keep: name === 'c' ? 'yes' : 'no' } }));
    const { body } = await call('DELETE', `${CM}?labelSelector=keep%3Dno`);
    expect((body.items as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    expect((await call('GET', CM)).body.items).toHaveLength(1);
  });

  it('X7 a kind with finalizers of its own is only marked until they are gone', async () => {
    const { call } = await start();
    await call('POST', ZONES, { ...named('a'), spec: { finalizers: ['kubernetes'] } });
    const marked = await call('DELETE', `${ZONES}/a`);
    expect(marked.body).toMatchObject({ status: { phase: 'Terminating' }, spec: { finalizers: ['kubernetes'] } });
    expect(marked.body.metadata).not.toHaveProperty('deletionGracePeriodSeconds');
    expect((await call('DELETE', `${ZONES}/a`)).code).toBe(200);
    expect((await call('GET', `${ZONES}/a`)).code).toBe(200);
    expect((await call('PATCH', `${ZONES}/a`, { spec: { finalizers: null } }, merge)).code).toBe(200);
    expect((await call('GET', `${ZONES}/a`)).code).toBe(404);
  });
});
