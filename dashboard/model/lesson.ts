/** Lessons as the page is told of them: what the endpoints in `cluster/lessons/lesson-endpoints.ts` answer. */

/** The same in each language. */
export interface Said {
  readonly en: string;
  readonly vi: string;
}

export interface ListedLesson {
  readonly name: string;
  readonly title: Said;
  readonly minutes: number;
  readonly about: Said;
  /** Why it cannot be followed here; absent where it can. */
  readonly unavailable?: Said;
}

/** What a check found, in words that tell the learner what was seen or what is still missing. */
export interface Verdict {
  readonly passed: boolean;
  readonly words: Said;
}

/** With its variables in place. The right answers are left out. */
export interface ShownStep {
  readonly name: string;
  readonly text: Said;
  readonly predict?: { readonly question: Said; readonly options: readonly Said[] };
  readonly ask?: Said;
  readonly type: readonly string[];
  readonly hint?: Said;
}

/** What the learner is shown of a session. */
export interface SessionView {
  readonly lesson: string;
  readonly title: Said;
  /** From 0; the number of steps when all are done. */
  readonly stepIndex: number;
  readonly stepCount: number;
  /** Absent when the lesson is finished. */
  readonly step?: ShownStep;
  readonly verdicts: readonly Verdict[];
  /** Absent: not predicted yet. */
  readonly predicted?: { readonly option: number; readonly right: boolean; readonly because: Said };
  readonly folder: string;
}

/** What a check of the whole step found. */
export interface StepOutcome {
  readonly done: boolean;
  readonly verdicts: readonly Verdict[];
  /** Said when it is done. */
  readonly afterwards?: Said;
}

/** Printed since a place in the output, and the place after it. */
export interface Printed {
  readonly text: string;
  readonly next: number;
}

export interface Checked {
  readonly outcome: StepOutcome;
  readonly session: SessionView;
}
