/** Whether the client of a request still waits for the answer. */

/** Made once: every abort would otherwise make an error with a stack. */
const GONE = new Error('the client has gone');

export class Client {
  #gone = false;
  #controller: AbortController | undefined;

  get gone(): boolean {
    return this.#gone;
  }

  /** Aborted when the client has gone. Made for who asks first: most requests are answered before anybody does. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#gone) this.#controller.abort(GONE);
    }
    return this.#controller.signal;
  }

  leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#controller?.abort(GONE);
  }
}
