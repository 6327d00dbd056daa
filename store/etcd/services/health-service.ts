/** gRPC's own health service: serving, for the server as a whole (the empty name). */
import { grpcCode } from '../../errors.ts';
import type { GrpcRouter } from '../grpc/router.ts';
import { GrpcError } from '../grpc/status.ts';
import { healthService } from '../proto/gen/grpchealthv1.ts';

export function addHealthService(router: GrpcRouter): void {
  router.unary(healthService.check, async ({ service }) => {
    if (service !== '') throw new GrpcError(grpcCode.notFound, 'unknown service');
    return { status: 'serving' as const };
  });
  router.stream(healthService.watch, async (call) => {
    const request = await call.read();
    await call.send({ status: request?.service === '' ? 'serving' : 'serviceUnknown' });
    await new Promise<void>((resolve) => {
      if (call.signal.aborted) resolve();
      else call.signal.addEventListener('abort', () => resolve());
    });
  });
}
