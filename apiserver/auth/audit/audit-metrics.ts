/** What is counted of the audit log, under kube-apiserver's names. */
import { Counts } from '../../machinery/request-metrics.ts';

export class AuditMetrics {
  readonly #events = new Counts({
    name: 'apiserver_audit_event_total',
    help: 'Audit events that were made and given to the backends.',
    labels: [],
  });
  readonly #rejected = new Counts({
    name: 'apiserver_audit_requests_rejected_total',
    help: 'Requests that failed because their event could not be written.',
    labels: [],
  });
  readonly #levels = new Counts({
    name: 'apiserver_audit_level_total',
    help: 'Requests by the level that the policy gives them.',
    labels: ['level'],
  });
  readonly #errors = new Counts({
    name: 'apiserver_audit_error_total',
    help: 'Events that a backend could not write, by backend.',
    labels: ['plugin'],
  });

  constructor() {
    for (const counts of [this.#events, this.#rejected]) counts.add('', () => [], 0);
  }

  judged(level: string): void {
    this.#levels.add(level, () => [level]);
  }

  event(): void {
    this.#events.add('', () => []);
  }

  failed(backend: string): void {
    this.#errors.add(backend, () => [backend]);
  }

  rejected(): void {
    this.#rejected.add('', () => []);
  }

  text(): string {
    const labelled = [this.#levels, this.#errors].filter((counts) => !counts.isEmpty);
    return [this.#events, this.#rejected, ...labelled].map((counts) => counts.text()).join('');
  }
}
