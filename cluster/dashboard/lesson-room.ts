/** The lessons' endpoints beside the page's: read from disk, and made, when somebody first asks for one. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import type { LessonWorld } from '../lessons/lesson-world.ts';

export class LessonRoom {
  readonly #world: LessonWorld;
  #app: Promise<FastifyInstance> | undefined;

  constructor(world: LessonWorld) {
    this.#world = world;
  }

  /** @param request already known to be one of ours */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#app ??= this.#open();
    (await this.#app).routing(request, response);
  }

  /** Puts back what a lesson has done. */
  async close(): Promise<void> {
    await (await this.#app)?.close();
  }

  async #open(): Promise<FastifyInstance> {
    const [{ LessonDesk }, { lessonEndpoints }, { readLessons }] = await Promise.all([
      import('../lessons/lesson-desk.ts'),
      import('../lessons/lesson-endpoints.ts'),
      import('../lessons/lesson-library.ts'),
    ]);
    const app = Fastify({ logger: false });
    lessonEndpoints(app, new LessonDesk(readLessons(this.#world.root), this.#world));
    await app.ready();
    return app;
  }
}
