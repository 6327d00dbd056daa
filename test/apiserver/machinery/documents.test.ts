import { describe, expect, it } from 'vitest';
import { compareVersions } from '../../../apiserver/machinery/discovery.ts';
import { builtinRows } from '../../../apiserver/resources/all.ts';
import { startForTest as start } from './server-fixture.ts';
import { configMaps, testRows } from './test-rows.ts';

describe('discovery', () => {
  it('N1 legacy discovery: versions, groups, resources', async () => {
    const { call } = await start();
    expect((await call('GET', '/api', undefined, { host: 'h:1' })).body).toEqual({
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: 'h:1' }],
    });
    const versions = [
      { groupVersion: 'test.dev/v2', version: 'v2' },
      { groupVersion: 'test.dev/v1', version: 'v1' },
    ];
    expect((await call('GET', '/apis')).body).toEqual({
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: [{ name: 'test.dev', versions, preferredVersion: versions[0] }],
    });
    expect((await call('GET', '/apis/test.dev/')).body).toMatchObject({ kind: 'APIGroup', name: 'test.dev' });
    const list = (await call('GET', '/apis/test.dev/v1')).body;
    const resources = list.resources as Record<string, unknown>[];
    expect(list).toMatchObject({ kind: 'APIResourceList', groupVersion: 'test.dev/v1' });
    const names = resources.map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    expect(resources.find(({ name }) => name === 'widgets')).toEqual({
      name: 'widgets',
      singularName: 'widget',
      namespaced: true,
      kind: 'Widget',
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      shortNames: ['wd'],
      categories: ['all'],
      storageVersionHash: expect.stringMatching(/^[A-Za-z0-9+/]{11}=$/) as string,
    });
    expect(resources.find(({ name }) => name === 'widgets/scale')).toEqual({
      name: 'widgets/scale',
      singularName: '',
      namespaced: true,
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
      verbs: ['get', 'patch', 'update'],
    });
  });

  it('N1 versions are preferred by stability, then by number', () => {
    const versions = ['v1', 'v1beta1', 'v2', 'v2alpha1', 'v10', 'foo', 'v1alpha2', 'v1beta2'];
    expect(versions.sort((a, b) => compareVersions(b, a))).toEqual([
      'v10',
      'v2',
      'v1',
      'v1beta2',
      'v1beta1',
      'v2alpha1',
      'v1alpha2',
      'foo',
    ]);
  });

  it('N2 aggregated discovery for who asks, with an ETag', async () => {
    const { call } = await start();
    const accept = (version: string): Record<string, string> => ({
      accept: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList,application/json`,
    });
    for (const version of ['v2', 'v2beta1']) {
      const { body, answer, headers } = await call('GET', '/apis', undefined, accept(version));
      expect(answer).toMatchObject({
        contentType: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
      });
      expect(body).toMatchObject({
        kind: 'APIGroupDiscoveryList',
        apiVersion: `apidiscovery.k8s.io/${version}`,
        items: [
          { metadata: { name: 'test.dev' }, versions: [{ version: 'v2' }, { version: 'v1', freshness: 'Current' }] },
        ],
      });
      const again = await call('GET', '/apis', undefined, { ...accept(version), 'if-none-match': headers.etag ?? '' });
      expect(again.code).toBe(304);
    }
    const core = await call('GET', '/api', undefined, accept('v2'));
    expect(core.body).toMatchObject({
      items: [{ metadata: {}, versions: [{ resources: [{ resource: 'configmaps' }] }] }],
    });
    expect((await call('GET', '/apis')).body.kind).toBe('APIGroupList');
  });

  it('N5 rows come and go at run time', async () => {
    const { call, server } = await start({}, [configMaps]);
    const row = testRows.find(({ resource }) => resource === 'widgets');
    if (row === undefined) throw new Error('widgets');
    const WD = '/apis/test.dev/v1/namespaces/ns/widgets';
    expect((await call('GET', WD)).code).toBe(404);
    server.addRow(row);
    expect((await call('POST', WD, { metadata: { name: 'a' } })).code).toBe(201);
    expect((await call('GET', '/apis/test.dev/v1')).code).toBe(200);
    expect(Object.keys((await call('GET', '/openapi/v3')).body.paths as object)).toContain('apis/test.dev/v1');
    server.removeRow(row);
    expect((await call('GET', WD)).code).toBe(404);
    expect((await call('GET', '/apis/test.dev/v1')).code).toBe(404);
    server.addRow(row);
    expect((await call('GET', `${WD}/a`)).code).toBe(200);
  });
});

/** Every `$ref` in a document, and what it refers to. */
function references(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) references(item, found);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (key === '$ref' && typeof item === 'string') found.add(item);
      else references(item, found);
    }
  }
  return found;
}

describe('OpenAPI', () => {
  it('N3 every document is in the index, immutable under its hash, and complete', async () => {
    const { call } = await start({}, builtinRows);
    const index = (await call('GET', '/openapi/v3')).body.paths as Record<string, { serverRelativeURL: string }>;
    expect(Object.keys(index)).toContain('apis/apps/v1');
    for (const [path, { serverRelativeURL }] of Object.entries(index)) {
      const { code, body, headers } = await call('GET', serverRelativeURL);
      expect(code).toBe(200);
      expect(headers['cache-control']).toBe('public, immutable');
      const { schemas } = (body as unknown as { components: { schemas: Record<string, unknown> } }).components;
      const missing = [...references(body)].filter((reference) => !(reference.split('/').at(-1) ?? '' in schemas));
      expect(missing, path).toEqual([]);
      const again = await call('GET', serverRelativeURL, undefined, { 'if-none-match': headers.etag ?? '' });
      expect(again.code).toBe(304);
    }
    const moved = await call('GET', '/openapi/v3/api/v1?hash=OLD');
    expect(moved.code).toBe(301);
    expect(moved.headers.location).toMatch(/^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{128}$/);
    expect((await call('GET', '/openapi/v3/apis/none/v1')).code).toBe(404);
    const core = (await call('GET', '/openapi/v3/api/v1')).body as unknown as {
      components: {
        schemas: Record<string, { description?: string; properties: Record<string, { description?: string }> }>;
      };
      paths: Record<string, Record<string, { parameters?: { name: string }[] }>>;
    };
    const pod = core.components.schemas['io.k8s.api.core.v1.PodSpec'];
    expect(pod?.description).toBe('PodSpec is a description of a pod.');
    expect(pod?.properties.containers?.description).toMatch(/^List of containers belonging to the pod/);
    const patch = core.paths['/api/v1/namespaces/{namespace}/pods/{name}']?.patch;
    expect(patch?.parameters?.map(({ name }) => name)).toEqual(['dryRun', 'fieldManager', 'fieldValidation', 'force']);
  });

  it('N4 version 2 as JSON, and as protobuf for who accepts nothing else', async () => {
    const { call } = await start({}, builtinRows);
    const { body } = await call('GET', '/openapi/v2');
    expect(body.swagger).toBe('2.0');
    const definitions = body.definitions as Record<string, unknown>;
    expect([...references(body)].filter((reference) => !(reference.split('/').at(-1) ?? '' in definitions))).toEqual(
      [],
    );
    const protobuf = await call('GET', '/openapi/v2', undefined, {
      accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
    });
    if (protobuf.answer.type !== 'bytes') throw new Error('bytes');
    expect(protobuf.answer.contentType).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
    expect([...protobuf.answer.body.subarray(0, 5)]).toEqual([0x0a, 3, 0x32, 0x2e, 0x30]);
    expect((await call('GET', '/openapi/v2', undefined, { accept: 'text/html' })).code).toBe(406);
  });
});

describe('operations', () => {
  it('O1 health: ok, verbose, one check, excluded, failing', async () => {
    let wrong: string | undefined;
    const { call } = await start({ healthChecks: [{ name: 'poststarthook/mine', check: () => wrong }] });
    const text = async (url: string): Promise<unknown> => {
      const { answer } = await call('GET', url);
      return answer.type === 'bytes' ? [answer.code, Buffer.from(answer.body).toString()] : answer.code;
    };
    for (const probe of ['healthz', 'livez', 'readyz']) expect(await text(`/${probe}`)).toEqual([200, 'ok']);
    const [, verbose] = (await text('/readyz?verbose')) as [number, string];
    expect(verbose.split('\n').slice(0, 3)).toEqual(['[+]ping ok', '[+]log ok', '[+]etcd ok']);
    expect(verbose).toContain('[+]informer-sync ok\n');
    expect(verbose).toMatch(/readyz check passed\n$/);
    expect(await text('/readyz/ping')).toEqual([200, 'ok']);
    expect(await text('/readyz/nothing')).toEqual([404, '404 page not found\n']);
    wrong = 'broken';
    const [code, failed] = (await text('/livez')) as [number, string];
    expect(code).toBe(500);
    expect(failed).toContain('[-]poststarthook/mine failed: reason withheld\n');
    expect(failed).not.toContain('broken');
    expect(await text('/livez?exclude=poststarthook/mine')).toEqual([200, 'ok']);
    expect(((await text('/livez?exclude=none&verbose&exclude=poststarthook/mine')) as string[])[1]).toContain(
      'warn: some health checks cannot be excluded: no matches for "none"',
    );
  });

  it('O2 metrics count requests; clients cannot make up labels', async () => {
    const { call } = await start();
    await call('GET', '/api/v1/namespaces/ns/configmaps');
    await call('GET', '/apis/evil.dev/v1/namespaces/ns/anything');
    await call('BREW', '/x');
    const { answer } = await call('GET', '/metrics');
    if (answer.type !== 'bytes') throw new Error('bytes');
    const text = Buffer.from(answer.body).toString();
    expect(text).toContain(
      'apiserver_request_total{verb="LIST",dry_run="",group="",version="v1",resource="configmaps",subresource="",scope="namespace",component="apiserver",code="200"} 1',
    );
    expect(text).toMatch(/apiserver_request_duration_seconds_count\{verb="LIST",.*resource="configmaps".*\} 1/);
    expect(text).toContain('apiserver_storage_objects{resource="configmaps"} 0');
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).not.toContain('evil');
  });

  it('O2 the outcome of each health check is a metric', async () => {
    const { call } = await start({ healthChecks: [{ name: 'mine', check: () => 'broken' }] });
    const { answer } = await call('GET', '/metrics/slis');
    if (answer.type !== 'bytes') throw new Error('bytes');
    const text = Buffer.from(answer.body).toString();
    expect(text).toContain('# TYPE kubernetes_healthcheck gauge\n');
    expect(text).toContain('kubernetes_healthcheck{name="ping",type="livez"} 1\n');
    expect(text).toContain('kubernetes_healthcheck{name="mine",type="readyz"} 0\n');
  });

  it('O3 the version, and the paths that there are', async () => {
    const { call } = await start();
    expect((await call('GET', '/version')).body).toMatchObject({
      major: '1',
      minor: '34',
      gitVersion: 'v1.34.0+sampan',
    });
    expect((await call('GET', '/')).body.paths).toEqual(
      expect.arrayContaining(['/api/v1', '/apis/test.dev/v1', '/readyz/ping', '/openapi/v2']),
    );
  });
});
