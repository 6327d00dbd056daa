/**
 * The lessons over HTTP, for the page. Whoever mounts this has made sure who asks: commands that are typed here run with the
 * rights of the one who started the cluster.
 *
 * | method and path | body | answer |
 * |---|---|---|
 * | GET /lessons | | the lessons that there are |
 * | POST /lessons/NAME/start | | the session |
 * | GET /lesson | | the session, 204 when there is none |
 * | POST /lesson/predict | `{"option":1}` | the session |
 * | POST /lesson/answer | `{"text":"…"}` | 204 |
 * | POST /lesson/run | `{"line":"…"}` | `{"code":0}`, when it has ended |
 * | POST /lesson/interrupt | | 204 |
 * | GET /lesson/output?from=N | | `{"text":"…","next":M}` |
 * | POST /lesson/check | | `{"outcome":…,"session":…}` |
 * | POST /lesson/reset | | the session, from its beginning |
 * | DELETE /lesson | | 204, when everything is put back |
 *
 * What cannot be done is answered with 409 and `{"error":"…"}`.
 */
import type { FastifyInstance } from 'fastify';
import { UsageError } from '../../base/errors.ts';
import type { LessonDesk } from './lesson-desk.ts';

const LINE_MAX = 4_096;

function body(property: string, schema: object): { readonly schema: { readonly body: object } } {
  return {
    schema: {
      body: { type: 'object', properties: { [property]: schema }, required: [property], additionalProperties: false },
    },
  };
}

export function lessonEndpoints(app: FastifyInstance, desk: LessonDesk): void {
  void app.register(async (lessons) => {
    lessons.setErrorHandler<Error>(async (error, _request, reply) => {
      if (!(error instanceof UsageError)) throw error;
      return reply.code(409).send({ error: error.message });
    });
    // The server that these are mounted on may read no bodies itself.
    if (!lessons.hasContentTypeParser('application/json')) {
      const parser = lessons.getDefaultJsonParser('error', 'error');
      lessons.addContentTypeParser('application/json', { parseAs: 'string' }, parser);
    }
    lessons.addHook('onClose', () => desk.end());

    lessons.get('/lessons', async () => desk.list());
    lessons.post<{ Params: { name: string } }>('/lessons/:name/start', async ({ params }) => desk.start(params.name));
    lessons.get('/lesson', async (_request, reply) => desk.view() ?? reply.code(204).send());
    lessons.post<{ Body: { option: number } }>(
      '/lesson/predict',
      body('option', { type: 'integer', minimum: 0 }),
      async (request) => desk.predict(request.body.option),
    );
    lessons.post<{ Body: { text: string } }>(
      '/lesson/answer',
      body('text', { type: 'string', maxLength: LINE_MAX }),
      async (request, reply) => {
        desk.answer(request.body.text);
        return reply.code(204).send();
      },
    );
    lessons.post<{ Body: { line: string } }>(
      '/lesson/run',
      body('line', { type: 'string', maxLength: LINE_MAX }),
      async (request) => ({ code: await desk.run(request.body.line) }),
    );
    lessons.post('/lesson/interrupt', async (_request, reply) => {
      desk.interrupt();
      return reply.code(204).send();
    });
    lessons.get<{ Querystring: { from: number } }>(
      '/lesson/output',
      {
        schema: { querystring: { type: 'object', properties: { from: { type: 'integer', minimum: 0, default: 0 } } } },
      },
      async ({ query }) => desk.printed(query.from),
    );
    lessons.post('/lesson/check', async () => ({ outcome: await desk.check(), session: desk.view() }));
    lessons.post('/lesson/reset', async () => desk.reset());
    lessons.delete('/lesson', async (_request, reply) => {
      await desk.end();
      return reply.code(204).send();
    });
  });
}
