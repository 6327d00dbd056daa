/** Controllers, the scheduler and kubelets: what they work on, and what they said last. Pure. */
import type { Moment } from './moment.ts';
import type { ControllerState, Decision, State } from './state.ts';

type Draft = { -readonly [Field in keyof State]: State[Field] };
type Of<Type extends Moment['type']> = Extract<Moment, { type: Type }>;

const DECISIONS_MAX = 40;
const NODE_WORDS_MAX = 12;
/** For so long it is said that something was left out. */
const SKIPPED_MS = 1000;

const fresh = (name: string): ControllerState => ({
  name,
  queueLength: 0,
  working: [],
  lastKey: '',
  lastAtMs: 0,
  takes: 0,
  failures: 0,
  decisions: [],
});

function put(draft: Draft, controller: ControllerState): void {
  draft.controllers = new Map(draft.controllers).set(controller.name, controller);
}

export function controllerTurn(draft: Draft, moment: Of<'controller.take'> | Of<'controller.done'>): void {
  const before = draft.controllers.get(moment.controller) ?? fresh(moment.controller);
  const working = before.working.filter((key) => key !== moment.key);
  if (moment.type === 'controller.done') {
    const { failure } = moment;
    const failed = failure === undefined ? {} : { failures: before.failures + 1, lastFailure: failure };
    put(draft, { ...before, working, ...failed });
    return;
  }
  // Who never says that it is done is shown with the last key alone.
  const now = moment.turn === undefined ? [] : [...working, moment.key].slice(-8);
  put(draft, {
    ...before,
    queueLength: moment.queueLength,
    working: now,
    lastKey: moment.key,
    lastAtMs: moment.atMs,
    takes: before.takes + 1,
  });
}

/** More happened than was told: of what a controller was heard to take, the end may have been left out, too. */
export function leftOut(draft: Draft, { atMs, count, kinds }: Of<'page.skipped'>): void {
  draft.skipped = [...draft.skipped.filter((each) => atMs - each.atMs < SKIPPED_MS), { atMs, count }];
  if (kinds['controller.done'] === undefined && kinds.lost === undefined) return;
  draft.controllers = new Map([...draft.controllers].map(([name, each]) => [name, { ...each, working: [] }]));
}

export function addDecision(
  draft: Draft,
  controller: string,
  key: string,
  words: string,
  { place, atMs }: Pick<Moment, 'place' | 'atMs'>,
): void {
  const before = draft.controllers.get(controller) ?? fresh(controller);
  const decision: Decision = { place, atMs, key, words };
  const decisions = [decision, ...before.decisions.slice(0, DECISIONS_MAX - 1)];
  put(draft, { ...before, lastKey: key, lastAtMs: atMs, decisions });
}

export function nodeSaid(draft: Draft, moment: Of<'node.pod'> | Of<'node.container'>): void {
  const words =
    moment.type === 'node.pod'
      ? `${moment.phase}${moment.words === '' ? '' : `: ${moment.words}`}`
      : `${moment.container} ${moment.state}${moment.reason === '' ? '' : ` (${moment.reason})`}`;
  const { place, atMs, pod: key, node } = moment;
  const before = draft.nodeWords.get(node) ?? [];
  const said: Decision = { place, atMs, key, words };
  draft.nodeWords = new Map(draft.nodeWords).set(node, [said, ...before.slice(0, NODE_WORDS_MAX - 1)]);
}
