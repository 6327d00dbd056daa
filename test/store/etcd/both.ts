/** A member of ours and a real etcd, side by side: what is asked of one is asked of the other. */
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { systemClock } from '../../../base/system.ts';
import type { Codec } from '../../../store/etcd/proto/wire.ts';
import { createEmbeddedStore, type EtcdServer, type RunningMember, serveEtcd } from '../../../store/index.ts';
import { RawClient } from './raw-client.ts';
import { RealEtcd } from './real-etcd.ts';

export type Answer<Response> = { readonly response: Response } | { readonly code: number; readonly message: string };

interface AnyMethod<Request, Response> {
  readonly path: string;
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
}

export class Both {
  readonly ours: RawClient;
  readonly real: RawClient;
  readonly oursUrl: string;
  readonly realUrl: string;
  readonly #member: RunningMember;
  readonly #server: EtcdServer;
  readonly #etcd: RealEtcd;

  private constructor(member: RunningMember, server: EtcdServer, etcd: RealEtcd) {
    this.#member = member;
    this.#server = server;
    this.#etcd = etcd;
    this.oursUrl = server.url;
    this.realUrl = etcd.url;
    this.ours = new RawClient(server.url);
    this.real = new RawClient(etcd.url);
  }

  static async start(seed: string): Promise<Both> {
    const random = new SeededRandom(seed);
    const member = await createEmbeddedStore({ clock: systemClock, random });
    const listen = { host: '127.0.0.1', port: 0 };
    const { store, admin } = member;
    const server = await serveEtcd({ store, admin, listen, clock: systemClock, random, logger: silentLogger });
    return new Both(member, server, await RealEtcd.start());
  }

  ask<Request, Response>(
    method: AnyMethod<Request, Response>,
    request: Request,
  ): Promise<[ours: Answer<Response>, real: Answer<Response>]> {
    return Promise.all([this.ours.unary(method, request), this.real.unary(method, request)]);
  }

  async dispose(): Promise<void> {
    this.ours.close();
    this.real.close();
    await this.#server.close();
    await this.#member.close();
    await this.#etcd.dispose();
  }
}

/** Who answered, in which term, how large a file is, and what is drawn by lot: what nature makes different. */
export const NATURAL: ReadonlySet<string> = new Set([
  'clusterId',
  'memberId',
  'raftTerm',
  'ttl',
  'leader',
  'raftIndex',
  'raftAppliedIndex',
  'dbSize',
  'dbSizeInUse',
]);

/** An answer as plain data, without what nature makes different. */
export function comparable(answer: unknown, natural: ReadonlySet<string> = NATURAL): unknown {
  return JSON.parse(
    JSON.stringify(answer, (key: string, value: unknown) => {
      if (natural.has(key)) return '*';
      // The keys of a lease come in no order.
      if (key === 'keys' && Array.isArray(value)) return [...value].sort();
      if (typeof value === 'bigint') return `${value}n`;
      if (
        typeof value === 'object' &&
        value !== null &&
        'type' in value &&
        value.type === 'Buffer' &&
        'data' in value
      ) {
        return Buffer.from(value.data as number[]).toString('latin1');
      }
      return value;
    }),
  );
}
