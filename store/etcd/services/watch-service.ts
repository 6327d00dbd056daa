/** The Watch service: each call is a conversation about any number of watches; see `watch-session.ts`. */
import type { GrpcRouter } from '../grpc/router.ts';
import { watchService } from '../proto/gen/etcdserverpb.ts';
import type { ServiceDeps } from './service-deps.ts';
import { WatchSession } from './watch-session.ts';

export function addWatchService(router: GrpcRouter, deps: ServiceDeps): void {
  router.stream(watchService.watch, async (call) => {
    const session = new WatchSession(call, deps);
    try {
      await session.run();
    } finally {
      session.close();
    }
  });
}
