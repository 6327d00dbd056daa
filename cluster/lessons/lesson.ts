/**
 * A lesson as its file says it (`docs/lessons/*.yaml`): what to read, what to predict, what to type, and the checks that
 * say from the cluster's real history whether it was done. One file holds both languages, so that they cannot drift apart.
 *
 * Worked example of one step:
 *
 *     - name: delete
 *       text: { en: Delete one of the pods., vi: Hãy xoá một trong các pod. }
 *       variables: { POD: { podOf: web } }
 *       type: ['kubectl-lite delete pod $POD']
 *       check: [{ kind: replaced, workload: web, pods: 1 }]
 */
import type { CheckSpec } from './checks/check-spec.ts';

export const LANGUAGES = ['en', 'vi'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The same in each language. `**bold**` and `code` in backquotes are all the markup there is. */
export type Words = Readonly<Record<Language, string>>;

/** Said before the learner acts; a wrong one costs nothing, the reason is told afterwards. */
export interface Prediction {
  readonly question: Words;
  readonly options: readonly Words[];
  /** The index of the right option. */
  readonly answer: number;
  readonly because: Words;
}

/** A question whose answer is found out in the cluster itself, when it is judged. */
export interface Question {
  readonly question: Words;
  readonly answer: Variable;
}

/** What a name such as `$POD` stands for; found out when its step begins, and kept for the rest of the lesson. */
export type Variable =
  /** A ready pod of this Deployment. */
  | { readonly podOf: string }
  /** The node with most pods of this Deployment. */
  | { readonly nodeOf: string }
  | { readonly member: 'leader' | 'follower' | 'other-follower' }
  /** A field of an object in the store. */
  | { readonly key: string; readonly path: string }
  /** A free TCP port of this machine. */
  | { readonly port: 'free' };

export interface Step {
  readonly name: string;
  readonly text: Words;
  readonly variables: Readonly<Record<string, Variable>>;
  readonly predict?: Prediction;
  readonly ask?: Question;
  /** Command lines that do what the step asks for, in order; the learner may find others. */
  readonly type: readonly string[];
  readonly check: readonly CheckSpec[];
  readonly hint?: Words;
  /** Said when the step is done. */
  readonly afterwards?: Words;
}

export interface Lesson {
  readonly name: string;
  readonly title: Words;
  readonly minutes: number;
  readonly about: Words;
  /** Store members that it needs at least. */
  readonly members: number;
  /** Files that lie in the lesson's folder from the start, by name. */
  readonly files: Readonly<Record<string, string>>;
  /** Command lines run before the first step. */
  readonly setup: readonly string[];
  /** Whether somebody writes all the while, so that lost writes can be noticed. */
  readonly writer: boolean;
  readonly steps: readonly Step[];
}
