import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../apiserver/machinery/resource-row.ts';
import { startForTest as start } from './server-fixture.ts';

const CM = '/api/v1/namespaces/ns/configmaps';
const WD = '/apis/test.dev/v1/namespaces/ns/widgets';
const named = (name: string, labels: object = {}): object => ({ metadata: { name, labels }, data: { n: '1' } });
const names = (body: KubeObject): string[] => (body.items as KubeObject[]).map(({ metadata }) => metadata.name ?? '');
const meta = (body: KubeObject): { continue?: string; remainingItemCount?: number; resourceVersion?: string } =>
  body.metadata as object;
const merge = { 'content-type': 'application/merge-patch+json' };

describe('reads', () => {
  it('R1 every acknowledged write is seen at once', async () => {
    const { call } = await start();
    for (let at = 0; at < 30; at++) {
      await call('POST', CM, named(`c${at}`));
      expect(names((await call('GET', CM)).body)).toHaveLength(at + 1);
    }
    expect((await call('GET', '/api/v1/configmaps')).body.items).toHaveLength(30);
    expect((await call('GET', '/api/v1/namespaces/other/configmaps')).body.items).toEqual([]);
  });

  it('R5 lists and objects are the bytes of the cache, and equal to encoding anew', async () => {
    const { call } = await start();
    await call('POST', CM, { metadata: { name: 'ü"\\', labels: {} } });
    await call('POST', CM, named('a', { x: 'y' }));
    const one = await call('GET', `${CM}/a`);
    const list = await call('GET', CM);
    const { kind: _, apiVersion: __, ...item } = one.body;
    expect(list.body).toEqual({
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata: { resourceVersion: one.body.metadata.resourceVersion },
      items: [item],
    });
    if (list.answer.type !== 'object' || one.answer.type !== 'object') throw new Error('objects');
    expect(list.answer.object.items).toEqual([one.answer.object]);
    expect(Object.isFrozen((one.answer.object as KubeObject).metadata)).toBe(true);
    const again = await call('GET', `${CM}/a`);
    if (again.answer.type !== 'object') throw new Error('object');
    expect(again.answer.bytes()).toBe(one.answer.bytes());
  });

  it('R2 pages are of one revision, complete, without repetition', async () => {
    const { call } = await start();
    const all = Array.from({ length: 25 }, (_, at) => `c${String(at).padStart(2, '0')}`);
    for (const name of all) await call('POST', CM, named(name, { even: String(Number(name.slice(1)) % 2 === 0) }));
    const found: string[] = [];
    let token = '';
    let revision: string | undefined;
    for (let page = 0; page < 20; page++) {
      const { body } = await call(
        'GET',
        `${CM}?limit=4${token === '' ? '' : `&continue=${encodeURIComponent(token)}`}`,
      );
      revision ??= meta(body).resourceVersion;
      expect(meta(body).resourceVersion).toBe(revision);
      found.push(...names(body));
      const left = all.length - found.length;
      expect(meta(body).remainingItemCount).toBe(left === 0 ? undefined : left);
      // What is written meanwhile does not show.
      await call('POST', CM, named(`c${String(page).padStart(2, '0')}x`));
      await call('DELETE', `${CM}/c20`);
      token = meta(body).continue ?? '';
      if (token === '') break;
    }
    expect(found).toEqual(all);
    const selected = await call('GET', `${CM}?limit=3&labelSelector=even%3Dtrue`);
    expect(names(selected.body)).toEqual(['c00', 'c02', 'c04']);
    expect(meta(selected.body).remainingItemCount).toBeUndefined();
    const rest = await call(
      'GET',
      `${CM}?labelSelector=even%3Dtrue&limit=100&continue=${meta(selected.body).continue}`,
    );
    expect(names(rest.body)[0]).toBe('c06');
  });

  it('R3 resourceVersion: 0, at least, exactly, too old, too new', async () => {
    const { call, store } = await start();
    const first = (await call('POST', CM, named('a'))).body.metadata.resourceVersion ?? '';
    const second = (await call('POST', CM, named('b'))).body.metadata.resourceVersion ?? '';
    expect(names((await call('GET', `${CM}?resourceVersion=0`)).body)).toEqual(['a', 'b']);
    expect(names((await call('GET', `${CM}?resourceVersion=${first}`)).body)).toEqual(['a', 'b']);
    const exact = `${CM}?resourceVersion=${first}&resourceVersionMatch=Exact`;
    expect(names((await call('GET', exact)).body)).toEqual(['a']);
    expect(meta((await call('GET', exact)).body).resourceVersion).toBe(first);
    expect(names((await call('GET', `${CM}?limit=5&resourceVersion=${first}`)).body)).toEqual(['a']);
    const future = await call('GET', `${CM}?resourceVersion=99999&resourceVersionMatch=Exact`);
    expect(future.body).toMatchObject({ code: 504, reason: 'Timeout' });
    await store.compact(Number(second));
    expect((await call('GET', exact)).body).toMatchObject({
      code: 410,
      reason: 'Expired',
      message: 'The resourceVersion for the provided list is too old.',
    });
    expect((await call('GET', `${CM}/a?resourceVersion=0`)).code).toBe(200);
    expect((await call('GET', `${CM}/a?resourceVersion=${second}`)).code).toBe(200);
  });

  it('R4 malformed versions and tokens are refused; an expired token comes back usable', async () => {
    const { call, store } = await start();
    const refused = async (query: string): Promise<unknown> => (await call('GET', `${CM}?${query}`)).body.message;
    expect(await refused('resourceVersion=abc')).toBe(
      'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    );
    expect(await refused('continue=garbage')).toBe(
      "invalid continue token: continue key is not valid: invalid character '\\u0081' looking for beginning of value",
    );
    expect(await refused('continue=%24')).toBe(
      'invalid continue token: continue key is not valid: illegal base64 data at input byte 0',
    );
    expect(await refused('resourceVersionMatch=Exact')).toBe(
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
    expect(await refused('limit=x')).toBe('strconv.ParseInt: parsing "x": invalid syntax');
    for (const name of ['a', 'b', 'c']) await call('POST', CM, named(name));
    const { body } = await call('GET', `${CM}?limit=1`);
    await call('POST', CM, named('d'));
    await store.compact((await store.range({ key: 'x' })).header.revision);
    const expired = await call('GET', `${CM}?limit=1&continue=${meta(body).continue}`);
    expect(expired.body).toMatchObject({ code: 410, reason: 'Expired' });
    const rest = await call('GET', `${CM}?continue=${meta(expired.body).continue}`);
    expect(names(rest.body)).toEqual(['b', 'c', 'd']);
  });

  it('S1 S3 labels and fields select', async () => {
    const { call } = await start();
    await call('POST', WD, { metadata: { name: 'a', labels: { app: 'x' } }, spec: { replicas: 1 } });
    await call('POST', WD, { metadata: { name: 'b', labels: { app: 'y' } }, spec: { replicas: 2 } });
    const by = async (query: string): Promise<string[]> => names((await call('GET', `${WD}?${query}`)).body);
    expect(await by('labelSelector=app%20in%20(x)')).toEqual(['a']);
    expect(await by('fieldSelector=metadata.name%3Db')).toEqual(['b']);
    expect(await by('fieldSelector=metadata.name%3Db,spec.replicas%3D1')).toEqual([]);
    expect(await by('fieldSelector=spec.replicas!%3D1')).toEqual(['b']);
    expect(
      names((await call('GET', '/apis/test.dev/v1/widgets?fieldSelector=metadata.namespace%3Dns')).body),
    ).toHaveLength(2);
    expect((await call('GET', `${WD}?fieldSelector=spec.bogus%3D1`)).body.message).toBe(
      'field label not supported: spec.bogus',
    );
    expect((await call('GET', `${CM}?fieldSelector=data%3D1`)).body.message).toBe(
      '"data" is not a known field selector: only "metadata.name", "metadata.namespace"',
    );
    expect((await call('GET', `${WD}?labelSelector=~`)).code).toBe(400);
  });
});

describe('tables and partial objects', () => {
  const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
  const partial = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json' };

  it('T1 a table has the row’s columns and cells', async () => {
    const { call } = await start();
    await call('POST', WD, { metadata: { name: 'a' }, spec: { replicas: 4 } });
    const { body } = await call('GET', WD, undefined, table);
    expect(body).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      columnDefinitions: [
        { name: 'Name', type: 'string', format: 'name', description: 'The name.', priority: 0 },
        { name: 'Replicas', type: 'integer', format: '', description: 'How many.', priority: 1 },
      ],
      rows: [{ cells: ['a', 4], object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } } }],
    });
    const rows = async (include: string): Promise<Record<string, unknown>[]> =>
      (await call('GET', `${WD}?includeObject=${include}`, undefined, table)).body.rows as Record<string, unknown>[];
    expect((await rows('None'))[0]).not.toHaveProperty('object');
    expect((await rows('Object'))[0]?.object).toMatchObject({ kind: 'Widget', spec: { replicas: 4 } });
    expect((await call('GET', `${WD}?includeObject=x`, undefined, table)).code).toBe(422);
    const one = await call('GET', `${WD}/a`, undefined, table);
    expect(one.body.rows).toHaveLength(1);
    expect((await call('GET', `${WD}/missing`, undefined, table)).body.kind).toBe('Status');
  });

  it('T2 partial objects are metadata alone', async () => {
    const { call } = await start();
    await call('POST', WD, { metadata: { name: 'a' } });
    const { body } = await call('GET', WD, undefined, partial);
    expect(body).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
    expect(Object.keys((body.items as object[])[0] ?? {})).toEqual(['kind', 'apiVersion', 'metadata']);
    const one = await call(
      'PATCH',
      `${WD}/a`,
      { metadata: { labels: { x: 'y' } } },
      {
        ...merge,
        accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
      },
    );
    expect(one.body).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { labels: { x: 'y' } } });
  });

  it('E1 YAML when asked for, 406 when nothing fits', async () => {
    const { call } = await start();
    await call('POST', CM, named('a'));
    const yaml = await call('GET', `${CM}/a`, undefined, { accept: 'application/yaml' });
    expect(yaml.body.text).toMatch(/^apiVersion: v1\ndata:\n {2}"n": "1"\nkind: ConfigMap\n/);
    const missing = await call('GET', `${CM}/b`, undefined, { accept: 'application/yaml' });
    expect(missing.body.text).toContain('kind: Status');
    const html = await call('GET', CM, undefined, { accept: 'text/html' });
    expect(html.body).toMatchObject({ code: 406, reason: 'NotAcceptable', details: {} });
    const protobuf = await call('GET', CM, undefined, { accept: 'application/vnd.kubernetes.protobuf' });
    expect(protobuf.body.message).toBe(
      'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    );
    const both = 'application/vnd.kubernetes.protobuf;q=1, application/json;q=0.5';
    expect((await call('GET', CM, undefined, { accept: both })).code).toBe(200);
    expect((await call('GET', CM, undefined, { accept: 'text/html, */*' })).code).toBe(200);
  });

  it('E2 bodies in YAML, and none in anything else', async () => {
    const { call } = await start();
    const yaml = { 'content-type': 'application/yaml' };
    expect((await call('POST', CM, 'metadata:\n  name: from-yaml\ndata: {a: "1"}\n', yaml)).body.data).toEqual({
      a: '1',
    });
    const text = await call('POST', CM, 'x', { 'content-type': 'text/plain' });
    expect(text.body).toMatchObject({
      code: 415,
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    });
  });

  it('E3 indented for people', async () => {
    const { call } = await start();
    await call('POST', CM, named('a'));
    for (const [url, headers] of [
      [`${CM}/a?pretty=true`, {}],
      [`${CM}/a`, { 'user-agent': 'curl/8' }],
      [CM, { 'user-agent': 'Mozilla/5.0 (X)' }],
    ] as const) {
      const { answer } = await call('GET', url, undefined, headers);
      if (answer.type !== 'object') throw new Error('object');
      expect(Buffer.from(answer.bytes()).toString()).toMatch(/^{\n {2}"kind"/);
    }
  });
});
