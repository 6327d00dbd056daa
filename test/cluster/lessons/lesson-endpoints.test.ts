import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LessonCluster, startLessonCluster } from '../../../cluster/lessons/lesson-cluster.ts';
import { LessonDesk } from '../../../cluster/lessons/lesson-desk.ts';
import { lessonEndpoints } from '../../../cluster/lessons/lesson-endpoints.ts';
import { readLessons } from '../../../cluster/lessons/lesson-library.ts';
import { root } from '../../source-tree.ts';

describe('lessons over HTTP', () => {
  const app = Fastify();
  let cluster: LessonCluster;
  beforeAll(async () => {
    cluster = await startLessonCluster(root, { members: 1 });
    lessonEndpoints(app, new LessonDesk(readLessons(root), cluster.world));
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await cluster?.stop();
  }, 30_000);

  const ask = async (method: 'GET' | 'POST' | 'DELETE', url: string, payload?: object) => {
    const answer = await app.inject({ method, url, ...(payload === undefined ? {} : { payload }) });
    return { code: answer.statusCode, body: answer.body === '' ? undefined : JSON.parse(answer.body) };
  };

  it('lists those that can be followed, and why others cannot', async () => {
    const { body } = await ask('GET', '/lessons');
    expect(body).toHaveLength(12);
    const one = (name: string) => body.find((lesson: { name: string }) => lesson.name === name);
    expect(one('watch').unavailable).toBeUndefined();
    expect(one('quorum').unavailable).toEqual({
      en: 'needs 3 store members: start with --members 3',
      vi: 'cần 3 thành viên kho: khởi động với --members 3',
    });
  });

  it('says what cannot be done', async () => {
    expect(await ask('GET', '/lesson')).toEqual({ code: 204, body: undefined });
    expect(await ask('POST', '/lesson/check')).toEqual({
      code: 409,
      body: { error: 'no lesson has begun; start one' },
    });
    expect((await ask('POST', '/lessons/nothing/start')).body).toEqual({ error: 'there is no lesson nothing' });
    expect((await ask('POST', '/lesson/run', {})).code).toBe(400);
  });

  it('are followed step by step, run what is typed, and put everything back', async () => {
    const { body: begun } = await ask('POST', '/lessons/what-the-store-holds/start');
    expect(begun).toMatchObject({
      lesson: 'what-the-store-holds',
      stepIndex: 0,
      stepCount: 4,
      step: { name: 'create' },
    });
    expect(JSON.stringify(begun)).not.toContain('Before you are told');
    expect((await ask('POST', '/lesson/predict', { option: 0 })).body.predicted).toMatchObject({
      option: 0,
      right: false,
    });
    expect((await ask('POST', '/lesson/check')).body.outcome.done).toBe(false);
    expect((await ask('POST', '/lesson/run', { line: 'kubectl-lite create -f greeting.yaml' })).body).toEqual({
      code: 0,
    });
    expect((await ask('GET', '/lesson/output?from=0')).body.text).toBe(
      '$ kubectl-lite create -f greeting.yaml\nconfigmap/greeting created\n',
    );
    const { body: checked } = await ask('POST', '/lesson/check');
    expect(checked).toMatchObject({ outcome: { done: true }, session: { stepIndex: 1, step: { name: 'look' } } });
    expect((await ask('POST', '/lesson/run', { line: 'rm -rf /' })).body).toEqual({ code: 2 });
    expect((await ask('POST', '/lesson/run', { line: 'cat greeting.yaml > ../elsewhere' })).body).toEqual({ code: 2 });
    expect((await ask('POST', '/lesson/reset')).body).toMatchObject({ stepIndex: 0 });
    expect((await ask('POST', '/lesson/run', { line: 'kubectl-lite get configmap greeting' })).body.code).toBe(1);
    expect((await ask('DELETE', '/lesson')).code).toBe(204);
  }, 60_000);
});
