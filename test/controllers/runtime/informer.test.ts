/** What an informer promises, over failures of every kind. */
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { ApiError, type ApiObject, type Client } from '../../../controllers/runtime/client.ts';
import { byNamespace } from '../../../controllers/runtime/indexes.ts';
import { Informer } from '../../../controllers/runtime/informer.ts';
import { pods } from '../../../controllers/runtime/resources.ts';
import { ScriptedClient } from './scripted-client.ts';

function pod(name: string, resourceVersion: string, uid = `uid-${name}`): ApiObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'default', name, uid, resourceVersion } };
}

function start() {
  const client = new ScriptedClient();
  const clock = new VirtualClock();
  const deps = {
    client: client as unknown as Client,
    clock,
    random: new SeededRandom('informer'),
    logger: silentLogger,
  };
  const informer = new Informer<ApiObject>(deps, pods);
  const heard: string[] = [];
  informer.subscribe({
    added: (object, initial) =>
      heard.push(`${initial ? 'initial' : 'added'} ${object.metadata?.name}@${object.metadata?.resourceVersion}`),
    updated: (object, old) =>
      heard.push(
        `updated ${object.metadata?.name}@${old.metadata?.resourceVersion}->${object.metadata?.resourceVersion}`,
      ),
    deleted: (object) => heard.push(`deleted ${object.metadata?.name}@${object.metadata?.resourceVersion}`),
  });
  running.push(informer);
  return { client, clock, informer, heard };
}

const running: Informer<ApiObject>[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((informer) => informer.stop()));
});

describe('Informer', () => {
  it('lists, then watches from the list on; tells changes in order', async () => {
    const { client, clock, informer, heard } = start();
    client.lists.push({ items: [pod('a', '3'), pod('b', '4')], resourceVersion: '5' });
    informer.start();
    await informer.synced;
    client.send(
      { event: { type: 'ADDED', object: pod('c', '6') } },
      { event: { type: 'MODIFIED', object: pod('a', '7') } },
      { event: { type: 'DELETED', object: pod('b', '8') } },
    );
    await clock.advance(0);
    expect(heard).toEqual(['initial a@3', 'initial b@4', 'added c@6', 'updated a@3->7', 'deleted b@8']);
    expect(client.asked).toEqual(['list', 'watch 5']);
    expect([...informer.all()].map((object) => object.metadata?.name)).toEqual(['a', 'c']);
  });

  it('goes on after the last event or bookmark when the watch ends', async () => {
    const { client, clock, informer } = start();
    client.lists.push({ items: [], resourceVersion: '5' });
    informer.start();
    await informer.synced;
    client.send({ event: { type: 'BOOKMARK', object: { metadata: { resourceVersion: '90' } } } }, { end: true });
    await clock.advance(0);
    expect(client.asked).toEqual(['list', 'watch 5', 'watch 90']);
  });

  it('lists again when its version is too old, and tells what happened unseen', async () => {
    const { client, clock, informer, heard } = start();
    client.lists.push({ items: [pod('a', '3'), pod('b', '4'), pod('d', '4')], resourceVersion: '5' });
    informer.start();
    await informer.synced;
    heard.length = 0;
    client.lists.push({
      items: [pod('a', '3'), pod('b', '20'), pod('c', '21'), pod('d', '22', 'other')],
      resourceVersion: '30',
    });
    client.send({ failure: new ApiError(410, 'Expired', 'too old resource version: 5 (25)') });
    await clock.advance(2000);
    expect(heard).toEqual(['updated b@4->20', 'added c@21', 'deleted d@4', 'added d@22']);
    client.lists.push({ items: [pod('c', '21')], resourceVersion: '40' });
    heard.length = 0;
    client.send({ failure: new ApiError(410, 'Expired', 'too old resource version') });
    await clock.advance(4000);
    expect(heard).toEqual(['deleted a@3', 'deleted b@20', 'deleted d@22']);
    expect(client.asked).toEqual(['list', 'watch 5', 'list', 'watch 30', 'list', 'watch 40']);
  });

  it('waits longer and longer while the server is away, and starts short again after a quiet time', async () => {
    const { client, clock, informer } = start();
    client.lists.push(new Error('connection refused'), new Error('connection refused'), {
      items: [],
      resourceVersion: '5',
    });
    informer.start();
    await clock.advance(799);
    expect(client.asked).toEqual(['list']);
    await clock.advance(801);
    expect(client.asked).toEqual(['list', 'list']);
    await clock.advance(3200);
    expect(client.asked).toEqual(['list', 'list', 'list', 'watch 5']);
    client.send({ failure: new Error('connection reset') });
    await clock.advance(6400);
    expect(client.asked.slice(4)).toEqual(['watch 5']);
  });

  it('does not spin on a server that ends every watch at once', async () => {
    const { client, clock, informer } = start();
    client.lists.push({ items: [], resourceVersion: '5' });
    for (let i = 0; i < 1000; i++) client.send({ end: true });
    informer.start();
    await clock.advance(60_000);
    expect(client.asked.length).toBeLessThan(10);
  });

  it('gives frozen objects with kind and apiVersion, also from lists that leave them out', async () => {
    const { client, informer } = start();
    client.lists.push({ items: [{ metadata: { namespace: 'x', name: 'a', labels: {} } }], resourceVersion: '5' });
    informer.start();
    await informer.synced;
    const object = informer.get('a', 'x');
    expect(object).toMatchObject({ kind: 'Pod', apiVersion: 'v1' });
    expect(Object.isFrozen(object?.metadata?.labels)).toBe(true);
  });

  it('indexes what it has and what comes; a late handler hears of everything first', async () => {
    const { client, clock, informer } = start();
    client.lists.push({ items: [pod('a', '3')], resourceVersion: '5' });
    informer.start();
    await informer.synced;
    informer.addIndex(byNamespace);
    client.send({ event: { type: 'ADDED', object: pod('b', '6') } });
    await clock.advance(0);
    expect(informer.by(byNamespace, 'default').map((object) => object.metadata?.name)).toEqual(['a', 'b']);
    client.send({ event: { type: 'DELETED', object: pod('a', '7') } });
    await clock.advance(0);
    expect(informer.countBy(byNamespace, 'default')).toBe(1);
    expect(informer.by(byNamespace, 'elsewhere')).toEqual([]);
    const late: string[] = [];
    informer.subscribe({ added: (object) => late.push(object.metadata?.name ?? '') });
    expect(late).toEqual(['b']);
  });
});
