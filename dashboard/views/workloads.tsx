/** Every workload: so many pods wanted, each a place to be filled, and the pods that fill them. */
import { deleteDeployment, scaleDeployment } from '../live/kubernetes.ts';
import { podLook } from '../model/look.ts';
import type { PodRow, WorkloadRow } from '../model/rows.ts';
import type { State } from '../model/state.ts';
import { useApp } from '../parts/app.tsx';
import { Mark } from '../parts/marks.tsx';
import { inOrder } from '../parts/sorted.ts';

const SLOTS_MAX = 60;
const SHOWN_MAX = 60;

/** Those that nobody else owns, the user's first. */
function topWorkloads(state: State): readonly WorkloadRow[] {
  const system = ({ namespace }: WorkloadRow): number => (namespace?.startsWith('kube-') === true ? 1 : 0);
  return [...state.workloads.values()]
    .filter(({ owner }) => owner === undefined)
    .sort((a, b) => system(a) - system(b) || inOrder(a.key, b.key))
    .slice(0, SHOWN_MAX);
}

export function Workloads({ state }: { readonly state: State }) {
  const { session, words, openCreate } = useApp();
  const tops = topWorkloads(state);
  const owned = new Map<string, WorkloadRow[]>();
  for (const workload of state.workloads.values()) {
    if (workload.owner !== undefined) owned.set(workload.owner, [...(owned.get(workload.owner) ?? []), workload]);
  }
  return (
    <div class="card workloads">
      <div class="workloads-head">
        <h2>{words.reconcile.workloads}</h2>
        <span class="spacer" />
        <button type="button" class="button small main-action" disabled={!session.live} onClick={openCreate}>
          {words.nodes.newDeployment}
        </button>
      </div>
      <ul class="scroll">
        {tops.length === 0 ? <li class="empty">{words.reconcile.noWorkloads}</li> : null}
        {tops.map((workload) => (
          <Workload
            key={`${workload.resource} ${workload.key}`}
            workload={workload}
            sets={(owned.get(workload.uid) ?? []).sort((a, b) => Number(b.rollout ?? 0) - Number(a.rollout ?? 0))}
            state={state}
          />
        ))}
      </ul>
    </div>
  );
}

interface Props {
  readonly workload: WorkloadRow;
  /** Of a deployment: its ReplicaSets, the newest first. */
  readonly sets: readonly WorkloadRow[];
  readonly state: State;
}

const KIND = {
  deployments: 'Deployment',
  replicasets: 'ReplicaSet',
  statefulsets: 'StatefulSet',
  daemonsets: 'DaemonSet',
  jobs: 'Job',
} as const;

function Workload({ workload, sets, state }: Props) {
  const { words, follow } = useApp();
  const { resource, name, namespace = '', desired, ready, images, generation, observed } = workload;
  const group = resource === 'jobs' ? 'batch' : 'apps';
  const shown = sets.filter((set, at) => at === 0 || set.desired > 0 || podsOf(state, set.uid).length > 0);
  return (
    <li class="workload" data-workload={workload.key}>
      <div class="workload-head">
        <button
          type="button"
          class="pod-name"
          onClick={() => follow({ resource: `${resource}.${group}`, namespace, name })}
        >
          <span class="faint">{KIND[resource]}</span> <b>{name}</b>
        </button>
        <span class="faint">{namespace}</span>
        <span class="faint mono image">{images.join(' ')}</span>
        <span class="spacer" />
        {resource === 'deployments' ? <Scale workload={workload} /> : null}
      </div>
      <p class="number counts">
        <b>{desired}</b> {words.reconcile.desired} · <b>{ready}</b> {words.look.running}
        {observed < generation ? <span class="is-failing-text"> · {words.reconcile.behind}</span> : null}
      </p>
      {shown.length === 0 ? (
        <Slots desired={desired} pods={podsOf(state, workload.uid)} />
      ) : (
        shown.map((set) => (
          <div key={set.key} class="replica-set">
            <span class="faint">{set.rollout === undefined ? set.name : words.reconcile.revisionOf(set.rollout)}</span>
            <Slots desired={set.desired} pods={podsOf(state, set.uid)} />
          </div>
        ))
      )}
    </li>
  );
}

function podsOf(state: State, uid: string): readonly PodRow[] {
  const pods: PodRow[] = [];
  for (const [key] of state.podsByOwner.get(uid) ?? []) {
    const pod = state.pods.get(key);
    if (pod !== undefined) pods.push(pod);
  }
  return pods.sort((a, b) => a.createdMs - b.createdMs || inOrder(a.key, b.key));
}

/** Places that are wanted, above what fills them; what is too much stands outside. */
function Slots({ desired, pods }: { readonly desired: number; readonly pods: readonly PodRow[] }) {
  const { words, follow } = useApp();
  const count = Math.min(SLOTS_MAX, Math.max(desired, pods.length));
  return (
    <ul class="slots" aria-label={`${desired} ${words.reconcile.desired}, ${pods.length} ${words.reconcile.actual}`}>
      {Array.from({ length: count }, (_, at) => {
        const pod = pods[at];
        const wanted = at < desired ? 'is-wanted' : 'is-extra';
        if (pod === undefined) return <li key={at} class={`slot ${wanted}`} />;
        const look = podLook(pod);
        return (
          <li key={pod.uid} class={`slot ${wanted}`}>
            <button
              type="button"
              title={`${pod.name} · ${words.look[look]}`}
              aria-label={`${pod.name} ${words.look[look]}`}
              onClick={() => follow({ resource: 'pods', name: pod.name, namespace: pod.namespace ?? '' })}
            >
              <Mark look={look} size={14} />
            </button>
          </li>
        );
      })}
      {Math.max(desired, pods.length) > SLOTS_MAX ? (
        <li class="faint">+{Math.max(desired, pods.length) - SLOTS_MAX}</li>
      ) : null}
    </ul>
  );
}

function Scale({ workload }: { readonly workload: WorkloadRow }) {
  const { session, words, attempt } = useApp();
  const { namespace = '', name, desired } = workload;
  const scale = (to: number): void => void attempt(name, () => scaleDeployment(namespace, name, to));
  return (
    <span class="buttons">
      <button
        type="button"
        class="button small"
        aria-label={`${words.reconcile.fewer}: ${name}`}
        disabled={!session.live || desired === 0}
        onClick={() => scale(desired - 1)}
      >
        −
      </button>
      <button
        type="button"
        class="button small"
        aria-label={`${words.reconcile.more}: ${name}`}
        disabled={!session.live}
        onClick={() => scale(desired + 1)}
      >
        +
      </button>
      <button
        type="button"
        class="button small danger"
        aria-label={`${words.remove}: ${name}`}
        disabled={!session.live}
        onClick={() => void attempt(words.remove, () => deleteDeployment(namespace, name))}
      >
        {words.remove}
      </button>
    </span>
  );
}
