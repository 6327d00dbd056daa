/** A Watch call whose answers are kept. */
import type http2 from 'node:http2';
import { expect } from 'vitest';
import * as pb from '../../../store/etcd/proto/gen/etcdserverpb.ts';
import { decode, encode } from '../../../store/etcd/proto/wire.ts';
import { frame, type RawClient } from './raw-client.ts';

const { watchService } = pb;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class RawWatch {
  readonly responses: pb.WatchResponse[] = [];
  /** The status that the call ended with. */
  ended: string | undefined;
  readonly #stream: http2.ClientHttp2Stream;
  #rest = Buffer.alloc(0);

  constructor(from: RawClient, headers: Record<string, string> = {}) {
    this.#stream = from.open(watchService.watch.path, headers);
    this.#stream.on('data', (chunk: Buffer) => this.#take(chunk));
    const end = (fields: http2.IncomingHttpHeaders): void => {
      const status = fields['grpc-status'];
      if (status !== undefined) this.ended = `${status} ${fields['grpc-message'] ?? ''}`.trim();
    };
    this.#stream.on('response', end);
    this.#stream.on('trailers', end);
  }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 5 && this.#rest.length >= 5 + this.#rest.readUInt32BE(1)) {
      const end = 5 + this.#rest.readUInt32BE(1);
      this.responses.push(decode(watchService.watch.response, this.#rest.subarray(5, end)));
      this.#rest = this.#rest.subarray(end);
    }
  }

  send(requestUnion: pb.WatchRequestRequestUnion | undefined): void {
    this.#stream.write(frame(encode(watchService.watch.request, { requestUnion })));
  }

  create(request: Partial<pb.WatchCreateRequest>): void {
    this.send({ case: 'createRequest', value: { ...pb.emptyWatchCreateRequest, ...request } });
  }

  async next(count: number): Promise<pb.WatchResponse[]> {
    for (let waited = 0; waited < 5000 && this.responses.length < count; waited += 5) await sleep(5);
    expect(this.responses.length).toBeGreaterThanOrEqual(count);
    return this.responses.splice(0, count);
  }

  /** Until nothing more has come for a while. */
  async quiet(quietMs: number): Promise<void> {
    for (let known = -1; known !== this.responses.length; ) {
      known = this.responses.length;
      await sleep(quietMs);
    }
  }

  close(): void {
    this.#stream.close();
  }
}
