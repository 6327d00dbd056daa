/** Counts gRPC calls as etcd does (go-grpc-prometheus): begun, ended by code, messages; on request also how long they took. */
import { codeName } from '../grpc/status.ts';
import { type Family, Histogram, type Sample } from './exposition.ts';

interface MethodCounts {
  readonly labels: string;
  started: number;
  received: number;
  sent: number;
  readonly handled: Map<number, number>;
  readonly seconds: Histogram | undefined;
}

export type CallType = 'unary' | 'client_stream' | 'server_stream' | 'bidi_stream';

/** Prometheus' default bounds, in seconds. */
const SECONDS_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class CallMetrics {
  readonly #extensive: boolean;
  readonly #methods = new Map<string, MethodCounts>();

  /** @param extensive also how long calls take */
  constructor(extensive: boolean) {
    this.#extensive = extensive;
  }

  /** A method that can be called: it is told of from the start, with zeros. */
  add(path: string, type: CallType): void {
    const [, service = '', method = ''] = path.split('/');
    this.#methods.set(path, {
      labels: `grpc_method="${method}",grpc_service="${service}",grpc_type="${type}"`,
      started: 0,
      received: 0,
      sent: 0,
      handled: new Map([[0, 0]]),
      seconds: this.#extensive ? new Histogram(SECONDS_BOUNDS) : undefined,
    });
  }

  started(path: string): void {
    const counts = this.#methods.get(path);
    if (counts !== undefined) counts.started++;
  }

  ended(path: string, code: number, durationMs: number, messages: { received: number; sent: number }): void {
    const counts = this.#methods.get(path);
    if (counts === undefined) return;
    counts.handled.set(code, (counts.handled.get(code) ?? 0) + 1);
    counts.received += messages.received;
    counts.sent += messages.sent;
    counts.seconds?.observe(durationMs / 1000);
  }

  families(): Family[] {
    const all = [...this.#methods.values()];
    const each = (of: (counts: MethodCounts) => number): Sample[] =>
      all.map((counts) => ({ labels: counts.labels, value: of(counts) }));
    const counters: [name: string, help: string, samples: Sample[]][] = [
      ['grpc_server_started_total', 'Total number of RPCs started on the server.', each(({ started }) => started)],
      [
        'grpc_server_handled_total',
        'Total number of RPCs completed on the server, regardless of success or failure.',
        all.flatMap(({ labels, handled }) =>
          [...handled].map(([code, value]) => ({ labels: `grpc_code="${codeName(code)}",${labels}`, value })),
        ),
      ],
      [
        'grpc_server_msg_received_total',
        'Total number of RPC stream messages received on the server.',
        each(({ received }) => received),
      ],
      [
        'grpc_server_msg_sent_total',
        'Total number of gRPC stream messages sent by the server.',
        each(({ sent }) => sent),
      ],
    ];
    const seconds = all.flatMap(({ labels, seconds }) => seconds?.samples(labels) ?? []);
    const help =
      'Histogram of response latency (seconds) of gRPC that had been application-level handled by the server.';
    return [
      ...counters.map(([name, help, samples]): Family => ({ name, help, type: 'counter', samples })),
      { name: 'grpc_server_handling_seconds', help, type: 'histogram', samples: seconds },
    ];
  }
}
