/** `/debug/moments`, without the server around it. */
import { describe, expect, it } from 'vitest';
import type { ApiAnswer } from '../../apiserver/machinery/api-server.ts';
import { Exchange } from '../../apiserver/machinery/exchange.ts';
import { requestInfo } from '../../apiserver/machinery/request-info.ts';
import type { Fact } from '../../base/moments.ts';
import { RingRecorder } from '../../base/ring-recorder.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { momentsEndpoint } from '../../cluster/moments-endpoint.ts';

const fact = (revision: number): Fact => ({
  type: 'api.watch-event',
  change: 'ADDED',
  resource: 'pods',
  name: `p${revision}`,
  revision,
  watchers: 1,
});

function setUp(capacity: number) {
  const clock = new VirtualClock();
  const ring = new RingRecorder(clock, capacity);
  let pulls = 0;
  const endpoint = momentsEndpoint({
    ring,
    clock,
    pull: async () => {
      pulls++;
    },
  });
  const call = (url: string, method = 'GET', signal = new AbortController().signal): Promise<ApiAnswer> => {
    const request = {
      method,
      url,
      headers: {},
      body: undefined,
      credentials: { type: 'network', remoteAddress: '' },
      signal,
    } as const;
    return Promise.resolve(endpoint(new Exchange(request, requestInfo(method, url), undefined, 'id', 0, 0))).then(
      (answer) => answer as ApiAnswer,
    );
  };
  return { clock, ring, call, pulls: () => pulls };
}

function bodyOf(answer: ApiAnswer): unknown {
  if (answer.type === 'bytes') return JSON.parse(Buffer.from(answer.body).toString());
  if (answer.type === 'object') return JSON.parse(Buffer.from(answer.bytes()).toString());
  throw new Error(`a ${answer.type} has no body`);
}

async function nextLines(body: AsyncIterator<Uint8Array>): Promise<unknown[]> {
  const { value } = await body.next();
  return Buffer.from(value)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('/debug/moments', () => {
  it('answers a page, with what the ring holds and what caused what', async () => {
    const { ring, call, pulls } = setUp(3);
    for (let revision = 1; revision <= 5; revision++) ring.record(fact(revision));
    expect(bodyOf(await call('/debug/moments?after=3&limit=1'))).toMatchObject({
      first: 3,
      last: 5,
      moments: [{ seq: 4, name: 'p4', causes: ['revision:4'] }],
    });
    expect(pulls()).toBe(1);
    expect(bodyOf(await call('/debug/moments'))).toMatchObject({ moments: [{ seq: 3 }, { seq: 4 }, { seq: 5 }] });
    expect(bodyOf(await call('/debug/moments?after=5'))).toMatchObject({ first: 3, last: 5, moments: [] });
  });

  it('refuses what makes no sense', async () => {
    const { call } = setUp(3);
    for (const query of ['after=-1', 'after=x', 'limit=0', 'limit=1e9', 'watch=true&after=1.5']) {
      await expect(call(`/debug/moments?${query}`)).rejects.toMatchObject({ code: 400 });
    }
    await expect(call('/debug/moments', 'POST')).rejects.toMatchObject({ code: 405 });
  });

  it('streams from now on until the client goes, and tells a slow reader what it missed', async () => {
    const { clock, ring, call } = setUp(3);
    ring.record(fact(1));
    const gone = new AbortController();
    const answer = await call('/debug/moments?watch=true', 'GET', gone.signal);
    if (answer.type !== 'stream') throw new Error('no stream');
    const body = answer.body[Symbol.asyncIterator]();
    const first = nextLines(body);
    await clock.advance(10);
    expect(ring.watched).toBe(true);
    ring.record(fact(2));
    await clock.advance(100);
    expect(await first).toMatchObject([{ seq: 2, name: 'p2' }]);
    for (let revision = 3; revision <= 9; revision++) ring.record(fact(revision));
    const second = nextLines(body);
    await clock.advance(100);
    expect(await second).toEqual([{ missed: { first: 3, last: 6 } }]);
    expect(await nextLines(body)).toMatchObject([{ seq: 7 }, { seq: 8 }, { seq: 9 }]);
    const end = body.next();
    gone.abort();
    await clock.advance(100);
    expect((await end).done).toBe(true);
    expect(ring.watched).toBe(false);
  });
});
