/** The store's only public door. */
export * from './errors.ts';
export { createLocalStore as createMemoryStore, type LocalStoreDeps as MemoryStoreDeps } from './mvcc/local-store.ts';
export * from './store.ts';
