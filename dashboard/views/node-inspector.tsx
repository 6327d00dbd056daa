/** Everything about one node, beside the others: its faults, its taints, its pods, what its kubelet said. */
import { makeFault } from '../live/kubernetes.ts';
import { faultsOn, nodeLook, podLook } from '../model/look.ts';
import type { NodeRow } from '../model/rows.ts';
import type { State } from '../model/state.ts';
import { useApp } from '../parts/app.tsx';
import { Mark } from '../parts/marks.tsx';
import { clockText } from '../words/spans.ts';
import { HealButton } from './heal-button.tsx';
import { podsOf, subjectOf } from './node-card.tsx';

const FAULTS = ['NodeCrash', 'NodeFreeze', 'KubeletStop'] as const;
const PODS_MAX = 120;

interface Props {
  readonly node: NodeRow;
  readonly state: State;
  close(): void;
}

export function NodeInspector({ node, state, close }: Props) {
  const { session, words, attempt, follow } = useApp();
  const look = nodeLook(node);
  const faults = faultsOn(state, node.name);
  const pods = podsOf(state, node.name);
  const said = state.nodeWords.get(node.name) ?? [];
  return (
    <aside class="card side" aria-label={node.name}>
      <header>
        <Mark look={look} size={18} />
        <h3>{node.name}</h3>
        <span class="quiet">{words.nodeLook[look]}</span>
        <span class="spacer" />
        <button type="button" class="button small plain" onClick={close} aria-label={words.close}>
          ✕
        </button>
      </header>
      <div class="scroll side-body">
        <dl class="pairs">
          <dt>{words.nodes.capacity}</dt>
          <dd>
            {node.cpu} CPU · {node.memory} · {words.nodes.pods(pods.length, node.podsMax)}
          </dd>
          <dt>{words.nodes.taints}</dt>
          <dd class="mono">{node.taints.length === 0 ? '–' : node.taints.join(' ')}</dd>
        </dl>
        <h2>{words.nodes.faults}</h2>
        <div class="buttons">
          {FAULTS.filter((type) => session.abilities.faults.includes(type)).map((type) => (
            <button
              key={type}
              type="button"
              class="button small danger"
              title={words.faultHints[type]}
              disabled={!session.live || faults.some((fault) => fault.type === type)}
              onClick={() => void attempt(words.faultTypes[type] ?? type, () => makeFault(type, { name: node.name }))}
            >
              {words.faultTypes[type]}
            </button>
          ))}
          <HealButton faults={faults} />
        </div>
        {faults.map((fault) => (
          <p key={fault.key} class="mono quiet">
            {fault.name} · {fault.phase}
          </p>
        ))}
        <h2>{words.nodes.pods(pods.length, node.podsMax)}</h2>
        <ul class="plain-lines">
          {pods.slice(0, PODS_MAX).map((pod) => (
            <li key={pod.key}>
              <button type="button" class="pod-name" onClick={() => follow(subjectOf(pod))}>
                <Mark look={podLook(pod)} />
                <span>{pod.name}</span>
              </button>
            </li>
          ))}
        </ul>
        <h2>{words.nodes.lastWords}</h2>
        <ul class="plain-lines">
          {said.length === 0 ? <li class="faint">{words.nodes.nothingSaid}</li> : null}
          {said.map((each) => (
            <li key={each.place}>
              <span class="faint number">{clockText(each.atMs)}</span> {each.key}
              <br />
              {each.words}
            </li>
          ))}
        </ul>
      </div>
    </aside>
  );
}
