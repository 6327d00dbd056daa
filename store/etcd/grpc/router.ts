/** The methods of a gRPC server, by path, and how a call is led to its handler. */
import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import { grpcCode } from '../../errors.ts';
import { type HeaderField, headerValue } from '../http2/protocol.ts';
import type { Http2Stream } from '../http2/stream.ts';
import type { Method } from './method.ts';
import { headerRefusal } from './request-headers.ts';
import { type CallContext, type Peer, ServerCall } from './server-call.ts';
import { GrpcError, statusOf, trailersOf } from './status.ts';

export type UnaryHandler<Request, Response> = (request: Request, context: CallContext) => Promise<Response>;
export type StreamHandler<Request, Response> = (call: ServerCall<Request, Response>) => Promise<void>;

export interface RouterDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Bytes of one request. */
  readonly messageBytesMax: number;
  /** Sees every method that is added. */
  readonly onMethod?: (method: { path: string; requestStream: boolean; responseStream: boolean }) => void;
  /** Sees every call before its handler: throws to refuse it, or returns what is to be done when it has ended. */
  readonly before?: (path: string, isStream: boolean, call: AnyCall) => (() => void) | undefined;
  /** Sees how every call ended. */
  readonly after?: (path: string, code: number, durationMs: number, messages: MessageCounts) => void;
}

// biome-ignore lint/suspicious/noExplicitAny: who sees every call does not look at the messages
export type AnyCall = ServerCall<any, any>;

export interface MessageCounts {
  readonly received: number;
  readonly sent: number;
}

type Route = (stream: Http2Stream, endStream: boolean, peer: Peer) => void;

export class GrpcRouter {
  readonly #deps: RouterDeps;
  readonly #routes = new Map<string, Route>();
  readonly #services = new Set<string>();

  constructor(deps: RouterDeps) {
    this.#deps = deps;
  }

  unary<Request, Response>(method: Method<Request, Response>, handler: UnaryHandler<Request, Response>): void {
    this.#add(method, async (call) => {
      const request = await call.read();
      if (request === undefined) throw new GrpcError(grpcCode.unknown, 'EOF');
      const response = await handler(request, call);
      // For a client that does not take what it has asked for, no more answers are encoded.
      for (let room = call.waitForConnection(); room !== undefined; room = call.waitForConnection()) await room;
      call.respond(response);
    });
  }

  stream<Request, Response>(method: Method<Request, Response>, handler: StreamHandler<Request, Response>): void {
    this.#add(method, async (call) => {
      await handler(call);
      call.end();
    });
  }

  /** Takes a stream that is a gRPC call. */
  accept(stream: Http2Stream, endStream: boolean, peer: Peer): void {
    const refusal = headerRefusal(stream.fields);
    if (refusal !== undefined) {
      refuse(stream, trailersOf(refusal.status), refusal.httpStatus);
      return;
    }
    const path = headerValue(stream.fields, ':path') ?? '';
    const route = this.#routes.get(path);
    if (route !== undefined) {
      route(stream, endStream, peer);
      return;
    }
    refuse(stream, trailersOf({ code: grpcCode.unimplemented, message: this.#whyUnknown(path) }));
  }

  #whyUnknown(path: string): string {
    const at = path.lastIndexOf('/');
    if (at < 1 || !path.startsWith('/')) return `malformed method name: "${path}"`;
    const [service, method] = [path.slice(1, at), path.slice(at + 1)];
    return this.#services.has(service)
      ? `unknown method ${method} for service ${service}`
      : `unknown service ${service}`;
  }

  #add<Request, Response>(method: Method<Request, Response>, run: StreamHandler<Request, Response>): void {
    this.#services.add(method.path.split('/')[1] ?? '');
    this.#deps.onMethod?.(method);
    const { clock, messageBytesMax, before, after } = this.#deps;
    this.#routes.set(method.path, (stream, endStream, peer) => {
      const call = new ServerCall(stream, method, { peer, clock, messageBytesMax });
      stream.listener = call;
      if (endStream) call.onHeaders();
      const startedMs = after === undefined ? 0 : clock.monotonicMs();
      let leave: (() => void) | undefined;
      const ended = (code: number): void => {
        leave?.();
        after?.(method.path, code, clock.monotonicMs() - startedMs, call.messages);
        call.release();
      };
      const begin = async (): Promise<void> => {
        leave = before?.(method.path, method.requestStream || method.responseStream, call);
        await run(call);
      };
      begin().then(
        () => ended(0),
        (thrown: unknown) => {
          this.#logUnexpected(method.path, thrown);
          call.fail(thrown);
          ended(statusOf(thrown).code);
        },
      );
    });
  }

  #logUnexpected(path: string, thrown: unknown): void {
    const { code, message } = statusOf(thrown);
    if (code === grpcCode.unknown) this.#deps.logger.error({ path, error: message }, 'a call failed unexpectedly');
  }
}

function refuse(stream: Http2Stream, trailers: readonly HeaderField[], httpStatus = 200): void {
  const status = { name: ':status', value: String(httpStatus) };
  stream.sendHeaders([status, { name: 'content-type', value: 'application/grpc' }, ...trailers], true);
  if (!stream.remoteEnded) stream.reset(0);
  stream.release();
}
