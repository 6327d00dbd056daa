/** For controllers that take nothing from a queue: what they decide, each decision a turn of its own. */
import type { Recorder } from '../../base/moments.ts';
import { CausedClient } from './caused-client.ts';
import type { Client } from './client.ts';

export interface DecisionsDeps {
  readonly client: Client;
  readonly recorder: Recorder;
}

export class Decisions {
  readonly #deps: DecisionsDeps;
  readonly #controller: string;
  #turns = 0;

  constructor(deps: DecisionsDeps, controller: string) {
    this.#deps = deps;
    this.#controller = controller;
  }

  /** Says what was decided about `key`; the client that comes back carries it out. */
  decided(key: string, words: () => string): Client {
    const { client, recorder } = this.#deps;
    if (!recorder.active) return client;
    const controller = this.#controller;
    const turn = `${controller}/decision-${++this.#turns}`;
    recorder.record({ type: 'controller.decision', turn, controller, key, words: words() });
    return new CausedClient(client, turn);
  }
}
