/** A store whose watches can be ended from outside, as by a compaction that a watcher did not keep up with. */
import type { Store, WatchListener } from '../../../store/index.ts';

export interface CutStore {
  readonly store: Store;
  /** Ends every watch that was begun so far. */
  cut(): Promise<void>;
}

export function cutStore(whole: Store): CutStore {
  const listeners: WatchListener[] = [];
  const store = new Proxy(whole, {
    get(target, name) {
      if (name === 'watch') {
        return (request: Parameters<Store['watch']>[0], listener: WatchListener) => {
          listeners.push(listener);
          return target.watch(request, listener);
        };
      }
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  return {
    store,
    async cut() {
      const header = { clusterId: 1n, memberId: 1n, revision: 2, raftTerm: 1 };
      for (const listener of listeners.splice(0)) {
        await listener({ type: 'canceled', header, compactRevision: 2, reason: 'compacted' });
      }
    },
  };
}
