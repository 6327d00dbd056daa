/**
 * What a controller has asked for and not yet seen in its informer. Until all of it was seen, the informer's picture is
 * known to be old and the controller must not act on it again: this is what keeps it from creating the same pods twice
 * (client-go: ControllerExpectations and UIDTrackingControllerExpectations). Expectations lapse after five minutes, in
 * case an event never comes.
 */
import type { Clock } from '../../base/clock.ts';

const LAPSE_MS = 5 * 60 * 1000;

interface Expectation {
  creations: number;
  /** Keys of objects whose deletion was asked for and not yet seen. */
  readonly deletions: Set<string>;
  readonly sinceMs: number;
}

export class Expectations {
  readonly #clock: Clock;
  readonly #byOwner = new Map<string, Expectation>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True when everything asked for was seen, or has lapsed, or nothing was asked for. */
  satisfied(owner: string): boolean {
    const expectation = this.#byOwner.get(owner);
    if (expectation === undefined) return true;
    if (expectation.creations <= 0 && expectation.deletions.size === 0) return true;
    return this.#clock.monotonicMs() - expectation.sinceMs > LAPSE_MS;
  }

  expectCreations(owner: string, count: number): void {
    this.#expect(owner, count, []);
  }

  /** @param objects keys of what is about to be deleted */
  expectDeletions(owner: string, objects: readonly string[]): void {
    this.#expect(owner, 0, objects);
  }

  expect(owner: string, creations: number, deletions: readonly string[]): void {
    this.#expect(owner, creations, deletions);
  }

  /** An object of the owner appeared, or its creation failed. */
  creationObserved(owner: string, count = 1): void {
    const expectation = this.#byOwner.get(owner);
    if (expectation !== undefined) expectation.creations -= count;
  }

  /** The object went away or is going away, or its deletion failed. Seeing it twice counts once. */
  deletionObserved(owner: string, object: string): void {
    this.#byOwner.get(owner)?.deletions.delete(object);
  }

  /** The owner is gone. */
  forget(owner: string): void {
    this.#byOwner.delete(owner);
  }

  #expect(owner: string, creations: number, deletions: readonly string[]): void {
    this.#byOwner.set(owner, { creations, deletions: new Set(deletions), sinceMs: this.#clock.monotonicMs() });
  }
}
