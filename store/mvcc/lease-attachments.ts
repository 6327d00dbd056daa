import type { ByteString } from '../../base/bytes.ts';
import type { LeaseId } from '../store.ts';

/** What the keyspace needs of leases: which exist, and which key hangs on which. `LeaseTable` is the real one. */
export interface LeaseAttachments {
  has(id: LeaseId): boolean;
  /** 0n for none. */
  leaseOf(key: ByteString): LeaseId;
  /** Hangs `key` on `id` (0n: on none), taking it from whatever lease it hung on. */
  attach(key: ByteString, id: LeaseId): void;
  /** Forgets all attachments, before they are read anew. */
  detachAll(): void;
}
