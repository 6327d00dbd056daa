/** The store's only public door. */
export type { AuthRecord, Members, StoreAdmin } from './admin.ts';
export { BackupScheduler, type BackupSchedulerDeps } from './backup/backup-scheduler.ts';
export { type Restored, type RestoreOptions, restoreSnapshot } from './backup/restore-snapshot.ts';
export { type SnapshotStatus, saveSnapshot, snapshotStatus } from './backup/snapshot-file.ts';
export * from './errors.ts';
export { createRemoteStore, type RemoteStoreOptions } from './etcd/remote-store.ts';
export { type EtcdServer, type EtcdServerDeps, serveEtcd } from './etcd/server.ts';
export { createEmbeddedStore, type EmbeddedStoreOptions } from './member/embedded-store.ts';
export { openMember } from './member/open-member.ts';
export type { AutoCompaction, FoundingMember, MemberOptions } from './member/options.ts';
export type { RunningMember } from './member/running-member.ts';
export { createLocalStore as createMemoryStore, type LocalStoreDeps as MemoryStoreDeps } from './mvcc/local-store.ts';
export * from './store.ts';
export type { PeerTlsMaterial } from './transport/peer-tls.ts';
