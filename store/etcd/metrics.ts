/** Counters of the etcd API, in Prometheus' text form (prometheus.io/docs/instrumenting/exposition_formats). */
import { codeName } from './grpc/status.ts';

export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly value: number;
}

export class Metrics {
  /** Calls by path and code. */
  readonly #calls = new Map<string, Map<number, number>>();

  countCall(path: string, code: number): void {
    let codes = this.#calls.get(path);
    if (codes === undefined) {
      codes = new Map();
      this.#calls.set(path, codes);
    }
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }

  /** The page: the calls counted so far, and the values given. */
  render(gauges: readonly Gauge[]): string {
    const lines = [
      '# HELP grpc_server_handled_total Total number of RPCs completed on the server, regardless of success or failure.',
      '# TYPE grpc_server_handled_total counter',
    ];
    for (const [path, codes] of this.#calls) {
      const [, service = '', method = ''] = path.split('/');
      for (const [code, count] of codes) {
        const labels = `grpc_code="${codeName(code)}",grpc_method="${method}",grpc_service="${service}"`;
        lines.push(`grpc_server_handled_total{${labels}} ${count}`);
      }
    }
    for (const { name, help, type, value } of gauges) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${value}`);
    }
    return `${lines.join('\n')}\n`;
  }
}
