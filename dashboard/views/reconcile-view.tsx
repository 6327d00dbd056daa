/** Controllers at work: their queues, what they look at, what they decided; and for every workload what is wanted beside what is. */
import { useState } from 'preact/hooks';
import type { ControllerState, Decision } from '../model/state.ts';
import { useApp } from '../parts/app.tsx';
import { inOrder } from '../parts/sorted.ts';
import { clockText } from '../words/spans.ts';
import { Workloads } from './workloads.tsx';

/** A controller that took something so short ago is shown at work. */
const BUSY_MS = 400;
const DECISIONS_MAX = 60;

export function ReconcileView() {
  const { session, words } = useApp();
  const state = session.shown;
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const controllers = [...state.controllers.values()].sort((a, b) => inOrder(a.name, b.name));
  const decisions = decisionsOf(controllers, chosen);
  return (
    <section class="view reconcile-view" aria-label={words.reconcile.title}>
      <header>
        <h1>{words.reconcile.title}</h1>
        <p>{words.reconcile.about}</p>
      </header>
      <div class="reconcile-columns">
        <div class="card controllers">
          <div class="controller-head">
            <h2>{words.reconcile.controller}</h2>
            <h2>{words.reconcile.queue}</h2>
            <h2>{words.reconcile.works}</h2>
          </div>
          <ul class="scroll">
            {controllers.map((controller) => (
              <Controller
                key={controller.name}
                controller={controller}
                nowMs={state.atMs}
                chosen={controller.name === chosen}
                choose={() => setChosen(controller.name === chosen ? undefined : controller.name)}
              />
            ))}
          </ul>
        </div>
        <Workloads state={state} />
        <div class="card decisions">
          <h2>
            {words.reconcile.decisions} <span class="faint">{chosen ?? words.reconcile.all}</span>
          </h2>
          <ol class="scroll">
            {decisions.length === 0 ? <li class="faint">{words.reconcile.noDecisions}</li> : null}
            {decisions.map(({ controller, place, atMs, key, words: said }) => (
              <li key={`${controller} ${place}`}>
                <span class="faint number">{clockText(atMs)}</span>
                <b>{shortName(controller)}</b>
                <span>
                  <span class="quiet">{key}</span> {said}
                </span>
              </li>
            ))}
          </ol>
        </div>
      </div>
    </section>
  );
}

interface Said extends Decision {
  readonly controller: string;
}

function decisionsOf(controllers: readonly ControllerState[], chosen: string | undefined): readonly Said[] {
  return controllers
    .filter(({ name }) => chosen === undefined || name === chosen)
    .flatMap(({ name, decisions }) => decisions.map((decision) => ({ ...decision, controller: name })))
    .sort((a, b) => b.atMs - a.atMs || b.place - a.place)
    .slice(0, DECISIONS_MAX);
}

/** `replicaset-controller` is the replicaset's among controllers. */
function shortName(controller: string): string {
  return controller.replace(/-controller$/, '');
}

interface ControllerProps {
  readonly controller: ControllerState;
  readonly nowMs: number;
  readonly chosen: boolean;
  choose(): void;
}

function Controller({ controller, nowMs, chosen, choose }: ControllerProps) {
  const { words } = useApp();
  const { name, queueLength, working, lastKey, lastAtMs, failures, lastFailure, takes } = controller;
  const busy = working.length > 0 || nowMs - lastAtMs < BUSY_MS;
  return (
    <li>
      <button
        type="button"
        class={`controller ${busy ? 'is-busy' : ''}`}
        aria-pressed={chosen}
        onClick={choose}
        title={`${words.reconcile.takes(takes)}${lastFailure === undefined ? '' : ` · ${lastFailure}`}`}
      >
        <span class="controller-name">
          <span class="busy-mark" aria-hidden="true" />
          {shortName(name)}
        </span>
        <span class="queue number">
          <svg width="62" height="10" aria-hidden="true">
            {Array.from({ length: Math.min(queueLength, 10) }, (_, at) => (
              <rect key={at} x={at * 6} y="0" width="4.500" height="10" rx="1" />
            ))}
          </svg>
          {queueLength}
        </span>
        <span class="works">
          {busy || lastKey !== '' ? lastKey : <span class="faint">{words.reconcile.idle}</span>}
          {failures > 0 ? <span class="is-failing-text"> {words.reconcile.failures(failures)}</span> : null}
        </span>
      </button>
    </li>
  );
}
