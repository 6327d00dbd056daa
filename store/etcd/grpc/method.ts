/** A method of a gRPC service, as the generated services in `../proto/gen` describe it. */
import type { Codec } from '../proto/wire.ts';

export interface Method<Request, Response> {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
}
