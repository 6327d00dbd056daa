/** What a judge throws or collects: a promise that was broken, by its name. */
export interface Violation {
  /** `raft`, `watch.ordered`, `linearizable` …: the same for the same kind of failure, whatever the seed. */
  readonly judge: string;
  readonly words: string;
}

export class Violations {
  readonly all: Violation[] = [];

  add(judge: string, words: string): void {
    this.all.push({ judge, words });
  }

  /** Runs a judge that throws. */
  guard(judge: string, check: () => void): void {
    try {
      check();
    } catch (error) {
      this.add(judge, error instanceof Error ? error.message : String(error));
    }
  }
}
