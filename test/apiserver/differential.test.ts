/** Requests that kube-apiserver 1.36 answered once, asked again here: every answer has to be the same. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpListener, listen } from '../../apiserver/http/https-server.ts';
import { silentLogger } from '../../base/logger.ts';
import { systemClock } from '../../base/system.ts';
import { startBuiltin } from './builtin-server.ts';
import type { Fixture } from './machinery/server-fixture.ts';

const replay = join(import.meta.dirname, '../../../shared/differential/replay.mjs');

describe.skipIf(!existsSync(replay))('recorded answers', () => {
  let fixture: Fixture;
  let listener: HttpListener;

  beforeAll(async () => {
    fixture = await startBuiltin();
    listener = await listen({
      server: fixture.server,
      host: '127.0.0.1',
      port: 0,
      clock: systemClock,
      logger: silentLogger,
    });
  });

  afterAll(async () => {
    await listener.close(0);
    await fixture.close();
  });

  it('are all given again', { timeout: 120_000 }, async () => {
    const output = await new Promise<string>((resolve) => {
      execFile('node', [replay, '--server', listener.url, '--token', 'any', '--verbose'], (_error, stdout) =>
        resolve(stdout),
      );
    });
    expect(output).toBe('differential: 186 of 186 answers equal, 186 of 186 status codes equal\n');
  });
});
