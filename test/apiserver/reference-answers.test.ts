/** Answers that were compared with those of a running kube-apiserver 1.36, beside the recorded ones: one line for each rule. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBuiltin } from './builtin-server.ts';
import type { Fixture } from './machinery/server-fixture.ts';

const PODS = '/api/v1/namespaces/default/pods';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const JOBS = '/apis/batch/v1/namespaces/default/jobs';
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
const template = {
  metadata: { labels: { app: 'a' } },
  spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }] },
};
const ORPHANS =
  'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning';

describe('answers of the reference', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startBuiltin();
  });
  afterAll(() => fixture.close());

  it('S3 a field selector of nothing but `=` selects everything', async () => {
    const { code, body } = await fixture.call('GET', '/api/v1/namespaces?fieldSelector=%3D');
    expect(code).toBe(200);
    expect(body.items).toHaveLength(4);
  });

  it('C10 a scale has columns of its own', async () => {
    const spec = { replicas: 3, selector: { matchLabels: { app: 'a' } }, template };
    await fixture.call('POST', DEPLOYMENTS, { metadata: { name: 'd' }, spec });
    const { body } = await fixture.call('GET', `${DEPLOYMENTS}/d/scale`, undefined, TABLE);
    expect(body).toMatchObject({
      kind: 'Table',
      columnDefinitions: [{ name: 'Name' }, { name: 'Desired' }, { name: 'Available' }, { name: 'Age' }],
      rows: [{ cells: ['d', 3, 0, expect.any(String)] }],
    });
  });

  it('whoever deletes a job and leaves its pods to the default is warned', async () => {
    const spec = { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } };
    await fixture.call('POST', JOBS, { metadata: { name: 'j' }, spec });
    const warned = async (body?: object): Promise<string | undefined> =>
      (await fixture.call('DELETE', `${JOBS}/j?dryRun=All`, body)).headers.warning;
    expect(await warned()).toBe(`299 - "${ORPHANS}"`);
    expect(await warned({ propagationPolicy: 'Background' })).toBeUndefined();
    const { body } = await fixture.call('GET', `${JOBS}?fieldSelector=spec.x%3D1`);
    expect(body.message).toBe('field label "spec.x" not supported for Job');
  });

  it('namespaces have words of their own for preconditions', async () => {
    const { code, body } = await fixture.call('DELETE', '/api/v1/namespaces/default', { preconditions: { uid: 'x' } });
    expect(code).toBe(409);
    expect(body.message).toContain(
      'on namespaces "default": Precondition failed: UID in precondition: x, UID in object meta: ',
    );
  });

  it('two budgets for one pod: the Status says 500, and so does the answer', async () => {
    await fixture.call('POST', PODS, { metadata: { name: 'p', labels: { app: 'a' } }, spec: template.spec });
    const merge = { 'content-type': 'application/merge-patch+json' };
    await fixture.call('PATCH', `${PODS}/p/status`, { status: { phase: 'Running' } }, merge);
    for (const name of ['one', 'two']) {
      const budget = { metadata: { name }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'a' } } } };
      await fixture.call('POST', '/apis/policy/v1/namespaces/default/poddisruptionbudgets', budget);
    }
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } };
    expect((await fixture.call('POST', `${PODS}/p/eviction`, eviction)).code).toBe(500);
  });

  it('what is not found is named after the resource of the request', async () => {
    await fixture.call('POST', PODS, { metadata: { name: 'q' }, spec: { ...template.spec, nodeName: 'nowhere' } });
    const { body } = await fixture.call('GET', `${PODS}/q/log`);
    expect(body.message).toBe('pods "nowhere" not found');
  });

  it('N1 lists of groups answer every method; what is nowhere is nowhere for all of them', async () => {
    const code = async (method: string, url: string): Promise<number> => (await fixture.call(method, url)).code;
    expect(await Promise.all(['HEAD', 'POST'].map((method) => code(method, '/apis/apps')))).toEqual([200, 200]);
    expect(await Promise.all(['/apis/nope', '/apis/apps/v9', '/api/v2'].map((url) => code('POST', url)))).toEqual([
      404, 404, 404,
    ]);
    expect(await Promise.all(['/api', '/api/v1', '/apis/apps/v1'].map((url) => code('POST', url)))).toEqual([
      405, 405, 405,
    ]);
  });

  it.each([
    ['/version', 'text/html', '406: Not Acceptable\n\nAvailable representations: application/json'],
    ['/api/v1/namespaces', 'application/*', '406: Not Acceptable\n\nAvailable representations: '],
    [
      '/api/v1/namespaces',
      'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
      'you requested PartialObjectMetadata, but the requested object is a list (*core.NamespaceList)',
    ],
    [
      '/api/v1/namespaces/default',
      'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
      'you requested PartialObjectMetadataList, but the requested object is not a list (*core.Namespace)',
    ],
  ])('E1 %s as %s is 406', async (url, accept, message) => {
    const { code, body } = await fixture.call('GET', url, undefined, { accept });
    expect(code).toBe(406);
    expect(body.message).toContain(message);
  });

  it('E1 a watch cannot be had in YAML', async () => {
    const url = '/api/v1/namespaces?watch=true&timeoutSeconds=1';
    const { code, answer } = await fixture.call('GET', url, undefined, { accept: 'application/yaml' });
    expect(code).toBe(406);
    expect(Buffer.from('body' in answer ? (answer.body as Uint8Array) : []).toString()).toContain('stream=watch');
  });

  it('E1 lists in YAML are written as upstream writes them', async () => {
    const { answer } = await fixture.call('GET', '/api/v1/namespaces', undefined, { accept: 'application/yaml' });
    expect(Buffer.from('body' in answer ? (answer.body as Uint8Array) : []).toString()).toContain(
      '\nitems:\n- metadata',
    );
  });

  it('E2 a byte order mark is no JSON, and a media type is one in any case', async () => {
    const sent = (text: string, type: string): Promise<{ code: number }> =>
      fixture.call('POST', '/api/v1/namespaces?dryRun=All', text, { 'content-type': type });
    expect((await sent('\ufeff{"metadata":{"name":"z"}}', 'application/json')).code).toBe(400);
    expect((await sent('{"metadata":{"name":"z"}}', 'application/JSON')).code).toBe(201);
  });
});
