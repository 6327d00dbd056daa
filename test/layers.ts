/** Who may import whom. ARCHITECTURE.md quotes this table; `layers.test.ts` holds the code to it. */
export const layers: Readonly<Record<string, readonly string[]>> = {
  base: [],
  'store/raft': ['base'],
  'store/mvcc': ['base', 'store/backend', 'store/store.ts', 'store/errors.ts'],
  'store/backend': ['base'],
  'store/wal': ['base', 'store/raft'],
  'store/transport': ['base', 'store/raft', 'store/wal'],
  store: ['base', 'store'],
  apiserver: ['base', 'apiserver', 'store/index.ts'],
  controllers: ['base', 'controllers'],
  nodes: [
    'base',
    'nodes',
    'controllers/runtime',
    // A kubelet judges by the scheduler's rules.
    'controllers/scheduler/node-affinity.ts',
    'controllers/scheduler/pod-resources.ts',
    'controllers/scheduler/tolerations.ts',
  ],
  'kubectl-lite': ['base', 'kubectl-lite'],
  // Types alone: nothing of these runs in a browser.
  dashboard: ['dashboard', 'base/moments.ts', 'base/trace/trace.ts'],
  cluster: ['base', 'store', 'apiserver', 'controllers', 'nodes', 'kubectl-lite', 'dashboard/model', 'cluster'],
};
