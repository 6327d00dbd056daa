/** Nodes and what runs on them; crash, freeze, heal, kill, by click. */
import { useMemo, useState } from 'preact/hooks';
import { POD_LOOKS, podLook } from '../model/look.ts';
import type { PodRow } from '../model/rows.ts';
import type { State } from '../model/state.ts';
import { useApp } from '../parts/app.tsx';
import { Mark } from '../parts/marks.tsx';
import { useSize } from '../parts/size.ts';
import { SortedKeys } from '../parts/sorted.ts';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { DenseNode, NodeCard, podsOf, subjectOf } from './node-card.tsx';
import { NodeInspector } from './node-inspector.tsx';

/** With more nodes than this, each is drawn small. */
const ROOMY_MAX = 12;
const DENSE_WIDTH = 208;
const DENSE_HEIGHT = 92;

export function NodesView() {
  const { session, words, openCreate } = useApp();
  const state = session.shown;
  const [filter, setFilter] = useState('');
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const sorter = useMemo(() => new SortedKeys(), []);
  const all = sorter.of(state.nodes);
  const names = filter === '' ? all : all.filter((name) => name.includes(filter));
  const node = chosen === undefined ? undefined : state.nodes.get(chosen);
  return (
    <section class="view nodes-view" aria-label={words.nodes.title}>
      <header>
        <h1>{words.nodes.title}</h1>
        <p>{words.nodes.about}</p>
      </header>
      <div class="bar">
        <Legend state={state} />
        <span class="spacer" />
        <input
          type="search"
          placeholder={words.nodes.filter}
          aria-label={words.nodes.filter}
          value={filter}
          onInput={({ currentTarget }) => setFilter(currentTarget.value)}
        />
        <button type="button" class="button main-action" onClick={openCreate} disabled={!session.live}>
          {words.nodes.newDeployment}
        </button>
      </div>
      <div class="with-side">
        {all.length > ROOMY_MAX ? (
          <DenseNodes names={names} state={state} chosen={chosen} choose={setChosen} />
        ) : (
          <RoomyNodes names={names} state={state} choose={setChosen} />
        )}
        {node === undefined ? null : <NodeInspector node={node} state={state} close={() => setChosen(undefined)} />}
      </div>
    </section>
  );
}

function Legend({ state }: { readonly state: State }) {
  const { words } = useApp();
  return (
    <ul class="legend" aria-label={words.head.pods}>
      {POD_LOOKS.filter(
        (look) => ['running', 'starting', 'failing'].includes(look) || (state.podCounts.get(look) ?? 0) > 0,
      ).map((look) => (
        <li key={look}>
          <Mark look={look} />
          <b>{state.podCounts.get(look) ?? 0}</b> {words.look[look]}
        </li>
      ))}
    </ul>
  );
}

interface NodesProps {
  readonly names: readonly string[];
  readonly state: State;
  choose(name: string): void;
}

function RoomyNodes({ names, state, choose }: NodesProps) {
  const { words } = useApp();
  const [control, waiting] = partition(podsOf(state, ''));
  return (
    <div class="scroll roomy">
      <div class="node-grid">
        {names.map((name) => {
          const node = state.nodes.get(name);
          return node === undefined ? null : (
            <NodeCard key={name} node={node} pods={podsOf(state, name)} state={state} choose={() => choose(name)} />
          );
        })}
      </div>
      {names.length === 0 ? <p class="empty">{words.nodes.none}</p> : null}
      {waiting.length === 0 ? null : <Unplaced title={words.nodes.unplaced} about="" pods={waiting} />}
      {control.length === 0 ? null : (
        <Unplaced title={words.nodes.controlPlane} about={words.nodes.controlPlaneAbout} pods={control} />
      )}
    </div>
  );
}

/** The control plane's own pods run on no node; the others without a node wait for the scheduler. */
function partition(pods: readonly PodRow[]): readonly [readonly PodRow[], readonly PodRow[]] {
  const isControl = (pod: PodRow): boolean =>
    pod.namespace === 'kube-system' && pod.owner === undefined && pod.phase === 'Running';
  return [pods.filter(isControl), pods.filter((pod) => !isControl(pod))];
}

function Unplaced({
  title,
  about,
  pods,
}: {
  readonly title: string;
  readonly about: string;
  readonly pods: readonly PodRow[];
}) {
  return (
    <div class="unplaced">
      <h2>
        {title} <span class="faint">{about}</span>
      </h2>
      <ul>
        {pods.slice(0, 200).map((pod) => (
          <PodLine key={pod.key} pod={pod} />
        ))}
      </ul>
    </div>
  );
}

function PodLine({ pod }: { readonly pod: PodRow }) {
  const { words, follow } = useApp();
  const look = podLook(pod);
  return (
    <li>
      <button type="button" class="chip" onClick={() => follow(subjectOf(pod))} title={words.nodes.follow}>
        <Mark look={look} />
        {pod.name} <span class="faint">{words.look[look]}</span>
      </button>
    </li>
  );
}

function DenseNodes({ names, state, chosen, choose }: NodesProps & { readonly chosen: string | undefined }) {
  const { words } = useApp();
  const [box, { width }] = useSize<HTMLDivElement>();
  const columns = Math.max(1, Math.floor((width - 8) / DENSE_WIDTH));
  const rows = Math.ceil(names.length / columns);
  return (
    <div ref={box} class="dense">
      <VirtualRows
        count={rows}
        rowHeight={DENSE_HEIGHT}
        label={words.nodes.title}
        row={(index) => (
          <div key={index} class="dense-row" style={{ height: `${DENSE_HEIGHT}px` }}>
            {names.slice(index * columns, (index + 1) * columns).map((name) => {
              const node = state.nodes.get(name);
              return node === undefined ? null : (
                <DenseNode key={name} node={node} pods={podsOf(state, name)} chosen={name === chosen} choose={choose} />
              );
            })}
          </div>
        )}
      />
    </div>
  );
}
