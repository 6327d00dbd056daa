/** What the services of the etcd API are given. */
import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import type { Random } from '../../../base/random.ts';
import type { StoreAdmin } from '../../admin.ts';
import { grpcCode } from '../../errors.ts';
import type { Store } from '../../store.ts';
import type { AccessControl } from '../auth/access-control.ts';
import { GrpcError } from '../grpc/status.ts';

export interface ServiceDeps {
  readonly store: Store;
  /** Absent for a store that is not a member. */
  readonly admin: StoreAdmin | undefined;
  readonly access: AccessControl;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Operations of one transaction. */
  readonly txnOperationsMax: number;
  /** Bytes of one answer of a watch that asked for fragments. */
  readonly responseBytesMax: number;
}

/** The member behind the server; throws "unimplemented" where there is none. */
export function requireAdmin(admin: StoreAdmin | undefined, method: string): StoreAdmin {
  if (admin === undefined) throw new GrpcError(grpcCode.unimplemented, `${method} needs a member; this store has none`);
  return admin;
}
