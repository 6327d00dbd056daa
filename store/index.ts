/** The store's only public door. */
export * from './errors.ts';
export * from './store.ts';
