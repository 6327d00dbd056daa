/** One node: roomy, with its pods by name, or small, with a mark for each pod. */
import { memo } from 'preact/compat';
import { deletePod, makeFault } from '../live/kubernetes.ts';
import { faultsOn, nodeLook, podLook } from '../model/look.ts';
import type { NodeRow, PodRow } from '../model/rows.ts';
import type { State } from '../model/state.ts';
import { type Subject, useApp } from '../parts/app.tsx';
import { Mark } from '../parts/marks.tsx';
import { inOrder } from '../parts/sorted.ts';
import { HealButton } from './heal-button.tsx';

export function podsOf(state: State, node: string): readonly PodRow[] {
  const pods: PodRow[] = [];
  for (const [key] of state.podsByNode.get(node) ?? []) {
    const pod = state.pods.get(key);
    if (pod !== undefined) pods.push(pod);
  }
  return pods.sort((a, b) => inOrder(a.key, b.key));
}

export function subjectOf({ namespace, name }: PodRow): Subject {
  return { resource: 'pods', name, ...(namespace === undefined ? {} : { namespace }) };
}

interface CardProps {
  readonly node: NodeRow;
  readonly pods: readonly PodRow[];
  readonly state: State;
  choose(): void;
}

export function NodeCard({ node, pods, state, choose }: CardProps) {
  const { words } = useApp();
  const look = nodeLook(node);
  return (
    <article class={`card node-card is-node-${look}`} data-node={node.name}>
      <header>
        <Mark look={look} size={18} />
        <h3>{node.name}</h3>
        <span class="quiet">{words.nodeLook[look]}</span>
        <span class="spacer" />
        <NodeActions node={node} state={state} />
        <button
          type="button"
          class="button small plain"
          onClick={choose}
          aria-label={`${words.nodes.inspect}: ${node.name}`}
        >
          …
        </button>
      </header>
      <ul class="pod-lines">
        {pods.map((pod) => (
          <PodLine key={pod.key} pod={pod} />
        ))}
      </ul>
      <footer class="faint number">{words.nodes.pods(pods.length, node.podsMax)}</footer>
    </article>
  );
}

export function NodeActions({ node, state }: { readonly node: NodeRow; readonly state: State }) {
  const { session, words, attempt } = useApp();
  const faults = faultsOn(state, node.name);
  if (faults.length > 0) {
    return <HealButton faults={faults} />;
  }
  return (
    <button
      type="button"
      class="button small danger"
      disabled={!session.live}
      title={words.faultHints['NodeCrash']}
      onClick={() =>
        void attempt(words.faultTypes['NodeCrash'] ?? '', () => makeFault('NodeCrash', { name: node.name }))
      }
    >
      {words.faultTypes['NodeCrash']}
    </button>
  );
}

const PodLine = memo(function PodLine({ pod }: { readonly pod: PodRow }) {
  const { session, words, follow, attempt } = useApp();
  const look = podLook(pod);
  const restarts = pod.containers.reduce((sum, { restarts: count }) => sum + count, 0);
  const [first] = pod.containers;
  const { namespace = '', name } = pod;
  const said = pod.reason !== undefined && look !== 'running' ? pod.reason : words.look[look];
  return (
    <li class={`pod-line is-${look}`} data-pod={pod.key}>
      <button
        type="button"
        class="pod-name"
        onClick={() => follow(subjectOf(pod))}
        title={`${pod.key} · ${words.nodes.follow}`}
      >
        <Mark look={look} />
        <span>{name}</span>
      </button>
      <span class="pod-said">
        {said}
        {restarts > 0 ? ` · ${words.nodes.restarts(restarts)}` : ''}
      </span>
      <span class="pod-actions">
        <button
          type="button"
          class="button small danger"
          disabled={!session.live || first === undefined}
          title={words.faultHints['ContainerExit']}
          onClick={() => {
            if (first === undefined) return;
            const target = { name, namespace, container: first.name };
            void attempt(words.faultTypes['ContainerExit'] ?? '', () => makeFault('ContainerExit', target));
          }}
        >
          {words.faultTypes['ContainerExit']}
        </button>
        <button
          type="button"
          class="button small"
          disabled={!session.live}
          title={words.nodes.deletePod}
          onClick={() => void attempt(words.nodes.deletePod, () => deletePod(namespace, name))}
        >
          {words.remove}
        </button>
      </span>
    </li>
  );
});

interface DenseProps {
  readonly node: NodeRow;
  readonly pods: readonly PodRow[];
  readonly chosen: boolean;
  choose(name: string): void;
}

/** Marks that fit into a small node. */
const MARKS_MAX = 36;

export const DenseNode = memo(
  function DenseNode({ node, pods, chosen, choose }: DenseProps) {
    const { words } = useApp();
    const look = nodeLook(node);
    return (
      <button
        type="button"
        class={`card dense-node is-node-${look}`}
        aria-pressed={chosen}
        data-node={node.name}
        onClick={() => choose(node.name)}
      >
        <span class="dense-head">
          <Mark look={look} size={14} />
          <b>{node.name}</b>
          <span class="faint number">{look === 'ready' ? pods.length : words.nodeLook[look]}</span>
        </span>
        <span class="dense-pods">
          {pods.slice(0, MARKS_MAX).map((pod) => (
            <Mark key={pod.key} look={podLook(pod)} size={9} />
          ))}
          {pods.length > MARKS_MAX ? <span class="faint">+{pods.length - MARKS_MAX}</span> : null}
        </span>
      </button>
    );
  },
  (before, now) =>
    before.node === now.node &&
    before.chosen === now.chosen &&
    before.pods.length === now.pods.length &&
    before.pods.every((pod, at) => pod === now.pods[at]),
);
