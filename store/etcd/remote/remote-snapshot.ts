/** A snapshot over the etcd API, read at the pace of whoever takes it. It is not resumed: a copy comes from one member. */
import { createHash } from 'node:crypto';
import { Deferred } from '../../../base/deferred.ts';
import { DamagedSnapshotError } from '../../backend/backend-export.ts';
import { StoreError } from '../../errors.ts';
import { HASH_BYTES } from '../../member/snapshot-stream.ts';
import type { CallOptions } from '../../store.ts';
import { emptySnapshotRequest, maintenanceService } from '../proto/gen/etcdserverpb.ts';
import type { Caller } from './caller.ts';
import type { EndpointPool } from './endpoint-pool.ts';
import { storeErrorOf } from './errors.ts';

/** The state without the SHA-256 that follows it on the wire, and an error at the end unless that fits. */
export async function* remoteSnapshot(
  pool: EndpointPool,
  caller: Caller,
  deadlineMs: number,
  options?: CallOptions,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let held: Buffer = Buffer.alloc(0);
  for await (const blob of blobs(pool, caller, deadlineMs, options)) {
    const all = Buffer.concat([held, blob]);
    const content = all.subarray(0, Math.max(0, all.length - HASH_BYTES));
    held = all.subarray(content.length);
    hash.update(content);
    if (content.length > 0) yield content;
  }
  if (held.length < HASH_BYTES || !hash.digest().equals(held)) {
    throw new DamagedSnapshotError('the snapshot arrived damaged: its SHA-256 does not fit its content');
  }
}

/** The chunks as the member sends them. */
async function* blobs(
  pool: EndpointPool,
  caller: Caller,
  deadlineMs: number,
  options?: CallOptions,
): AsyncGenerator<Uint8Array> {
  options?.signal?.throwIfAborted();
  const endpoint = await pool.pickOrWait(deadlineMs);
  const connection = endpoint?.connection;
  if (connection === undefined) throw new StoreError('unhealthy', { cause: new Error(pool.describeFailures()) });
  const metadata = await caller.metadata(connection);
  /** The chunk that waits to be taken, and the promise that holds the server up meanwhile. */
  let offered = new Deferred<Uint8Array | undefined>();
  let taken = new Deferred<void>();
  const call = connection.call(
    maintenanceService.snapshot,
    emptySnapshotRequest,
    { metadata },
    {
      onResponse: ({ blob }) => {
        offered.resolve(blob);
        return taken.promise;
      },
      onEnd: (error) => {
        if (error === undefined) offered.resolve(undefined);
        else offered.reject(storeErrorOf(error));
      },
    },
  );
  const onAbort = (): void => offered.reject(options?.signal?.reason);
  options?.signal?.addEventListener('abort', onAbort);
  try {
    for (;;) {
      const blob = await offered.promise;
      if (blob === undefined) return;
      offered = new Deferred();
      yield blob;
      const wasTaken = taken;
      taken = new Deferred();
      wasTaken.resolve();
    }
  } finally {
    options?.signal?.removeEventListener('abort', onAbort);
    call.cancel();
    taken.resolve();
  }
}
