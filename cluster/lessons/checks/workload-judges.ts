/** Checks of workloads and nodes: pods that are ready, replaced, moved, restarted, scheduled; nodes that are Ready. */

import type { Verdict } from '../../../dashboard/model/lesson.ts';
import type { V1Deployment, V1Node, V1Pod } from '../../../generated/kubernetes.d.ts';
import type { Store } from '../../../store/index.ts';
import { storedAt, storedBelow } from '../stored-objects.ts';
import { momentsOf, revisionsOf } from '../witness.ts';
import type {
  AvailabilityCheck,
  MovedCheck,
  NodeReadyCheck,
  ReadyCheck,
  ReplacedCheck,
  RestartsCheck,
  ScheduledCheck,
} from './check-spec.ts';
import type { Scene } from './scene.ts';
import { counted, missing, passed } from './verdict.ts';

const PODS = '/registry/pods/default/';
const deploymentKey = (name: string): string => `/registry/deployments/default/${name}`;

/** Pods of a Deployment by its label `app`, as they were at a revision (0: now). */
export async function podsOf(store: Store, deployment: string, revision = 0): Promise<readonly V1Pod[]> {
  return (await storedBelow<V1Pod>(store, PODS, revision)).filter((pod) => pod.metadata?.labels?.app === deployment);
}

export function isReady(pod: V1Pod): boolean {
  return (
    pod.metadata?.deletionTimestamp === undefined &&
    pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
  );
}

const nameOf = (pod: V1Pod): string => pod.metadata?.name ?? '';

export async function judgeReady({ world }: Scene, { deployment, pods, image }: ReadyCheck): Promise<Verdict> {
  const wished = await storedAt<V1Deployment>(world.store, deploymentKey(deployment));
  if (wished === undefined) {
    return missing(`there is no Deployment ${deployment}`, `chưa có Deployment ${deployment}`);
  }
  if (wished.spec?.replicas !== pods) {
    return missing(
      `Deployment ${deployment} asks for ${counted(wished.spec?.replicas ?? 0, 'pod')}, not ${pods}`,
      `Deployment ${deployment} đang muốn ${wished.spec?.replicas ?? 0} pod, chưa phải ${pods}`,
    );
  }
  const found = await podsOf(world.store, deployment);
  const right = found.filter(
    (pod) => isReady(pod) && (image === undefined || pod.spec?.containers[0]?.image === image),
  );
  const withImage = image === undefined ? '' : ` ${image}`;
  // The pods may run before the Deployment has heard of it; whoever changes it then begins with fewer than it seems.
  const told = wished.status?.availableReplicas ?? 0;
  if (right.length === pods && found.length === pods && told !== pods) {
    return missing(
      `${counted(pods, 'pod')} run${withImage}, and the status of ${deployment} says ${told} so far`,
      `${pods} pod đang chạy${withImage}, nhưng status của ${deployment} mới ghi ${told}`,
    );
  }
  return right.length === pods && found.length === pods
    ? passed(`${pods} of ${counted(pods, 'pod')} run${withImage}`, `${pods}/${pods} pod đang chạy${withImage}`)
    : missing(
        `${right.length} of ${counted(pods, 'pod')} run${withImage}, ${found.length - right.length} others are still there`,
        `${right.length}/${pods} pod đang chạy${withImage}, còn ${found.length - right.length} pod khác`,
      );
}

export async function judgeReplaced(scene: Scene, { deployment, pods }: ReplacedCheck): Promise<Verdict> {
  const { world, startRevision } = scene;
  const before = (await podsOf(world.store, deployment, startRevision)).filter(isReady);
  const now = await podsOf(world.store, deployment);
  const gone = before.filter((old) => !now.some((pod) => pod.metadata?.uid === old.metadata?.uid));
  const fresh = now.filter((pod) => isReady(pod) && !before.some((old) => old.metadata?.uid === pod.metadata?.uid));
  if (gone.length < pods) {
    return missing(
      `${counted(gone.length, 'pod')} of ${deployment} went since this step began, not ${pods}`,
      `từ đầu bước này mới có ${gone.length} pod của ${deployment} biến mất, chưa đủ ${pods}`,
    );
  }
  return fresh.length >= gone.length
    ? passed(
        `${gone.map(nameOf).join(', ')} went; ${fresh.map(nameOf).join(', ')} took the place`,
        `${gone.map(nameOf).join(', ')} biến mất; ${fresh.map(nameOf).join(', ')} thế chỗ`,
      )
    : missing(
        `${gone.map(nameOf).join(', ')} went, and only ${fresh.length} of ${gone.length} is replaced so far`,
        `${gone.map(nameOf).join(', ')} biến mất, mới có ${fresh.length}/${gone.length} được thay thế`,
      );
}

export async function judgeMoved(scene: Scene, { deployment, from }: MovedCheck): Promise<Verdict> {
  const { world, startRevision } = scene;
  const on = (pod: V1Pod): boolean => pod.spec?.nodeName === from;
  const before = await podsOf(world.store, deployment, startRevision);
  const doomed = before.filter((pod) => isReady(pod) && on(pod));
  if (doomed.length === 0) {
    return missing(
      `no pod of ${deployment} ran on ${from} when this step began`,
      `khi bước này bắt đầu không có pod nào của ${deployment} chạy trên ${from}`,
    );
  }
  const now = await podsOf(world.store, deployment);
  const wished = (await storedAt<V1Deployment>(world.store, deploymentKey(deployment)))?.spec?.replicas ?? 0;
  const fresh = now.filter(
    (pod) => isReady(pod) && !on(pod) && !before.some((old) => old.metadata?.uid === pod.metadata?.uid),
  );
  const running = now.filter((pod) => isReady(pod) && !on(pod)).length;
  return fresh.length >= doomed.length && running === wished
    ? passed(
        `${counted(doomed.length, 'pod')} of ${from} came back elsewhere: ${fresh.map((pod) => `${nameOf(pod)} on ${pod.spec?.nodeName}`).join(', ')}`,
        `${doomed.length} pod của ${from} được dựng lại ở nơi khác: ${fresh.map((pod) => `${nameOf(pod)} trên ${pod.spec?.nodeName}`).join(', ')}`,
      )
    : missing(
        `${fresh.length} of the ${counted(doomed.length, 'pod')} of ${from} are replaced elsewhere, ${running} of ${wished} run outside it`,
        `mới có ${fresh.length}/${doomed.length} pod của ${from} được thay ở nơi khác, ${running}/${wished} đang chạy ngoài nó`,
      );
}

export async function judgeNodeReady({ world }: Scene, { node, ready }: NodeReadyCheck): Promise<Verdict> {
  const found = await storedAt<V1Node>(world.store, `/registry/minions/${node}`);
  const condition = found?.status?.conditions?.find(({ type }) => type === 'Ready');
  const isIt = condition?.status === 'True';
  const [en, vi] = isIt ? ['Ready', 'Ready'] : [`NotReady (${condition?.reason ?? 'unknown'})`, 'NotReady'];
  return isIt === ready
    ? passed(`${node} is ${en}`, `${node} đang ${vi}`)
    : missing(`${node} is still ${en}`, `${node} vẫn đang ${vi}`);
}

export async function judgeRestarts(
  { world }: Scene,
  { pod: prefix, times, waiting }: RestartsCheck,
): Promise<Verdict> {
  const found = (await storedBelow<V1Pod>(world.store, PODS)).filter((pod) => nameOf(pod).startsWith(prefix));
  const statuses = found.flatMap((pod) => pod.status?.containerStatuses ?? []);
  const most = Math.max(0, ...statuses.map(({ restartCount }) => restartCount));
  if (most < times) {
    return missing(
      `${prefix} was restarted ${counted(most, 'time')}, not ${times}`,
      `${prefix} mới khởi động lại ${most} lần, chưa đủ ${times}`,
    );
  }
  const reasons = statuses.flatMap(({ state }) => state?.waiting?.reason ?? []);
  if (waiting !== undefined && !reasons.includes(waiting)) {
    return missing(
      `${prefix} does not wait for ${waiting} just now`,
      `lúc này ${prefix} không ở trạng thái ${waiting}`,
    );
  }
  return passed(
    `${prefix} was restarted ${counted(most, 'time')}${waiting === undefined ? '' : ` and waits: ${waiting}`}`,
    `${prefix} đã khởi động lại ${most} lần${waiting === undefined ? '' : ` và đang chờ: ${waiting}`}`,
  );
}

export async function judgeAvailability(scene: Scene, { deployment, least }: AvailabilityCheck): Promise<Verdict> {
  const key = deploymentKey(deployment);
  const revisions = revisionsOf(scene.moments, key);
  let lowest = Number.POSITIVE_INFINITY;
  for (const revision of revisions) {
    const then = await storedAt<V1Deployment>(scene.world.store, key, revision);
    lowest = Math.min(lowest, then?.status?.availableReplicas ?? 0);
  }
  if (revisions.length === 0) return missing(`${deployment} did not change yet`, `${deployment} chưa thay đổi`);
  return lowest >= least
    ? passed(
        `in ${counted(revisions.length, 'change')} ${deployment} never had fewer than ${lowest} available`,
        `qua ${revisions.length} thay đổi, ${deployment} không lúc nào có ít hơn ${lowest} bản sẵn sàng`,
      )
    : missing(
        `${deployment} once had only ${lowest} available, fewer than ${least}`,
        `có lúc ${deployment} chỉ còn ${lowest} bản sẵn sàng, ít hơn ${least}`,
      );
}

export async function judgeScheduled(scene: Scene, { pod, node, refusedFor }: ScheduledCheck): Promise<Verdict> {
  const found = await storedAt<V1Pod>(scene.world.store, `${PODS}${pod}`);
  if (found === undefined) return missing(`there is no pod ${pod}`, `chưa có pod ${pod}`);
  const place = found.spec?.nodeName;
  if (refusedFor !== undefined) {
    const words =
      found.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')?.message ??
      '';
    return place === undefined && words.includes(refusedFor)
      ? passed(`the scheduler says: ${words}`, `bộ lập lịch nói: ${words}`)
      : missing(
          place === undefined ? `the scheduler has not refused ${pod} for "${refusedFor}"` : `${pod} runs on ${place}`,
          place === undefined ? `bộ lập lịch chưa từ chối ${pod} vì "${refusedFor}"` : `${pod} đang chạy trên ${place}`,
        );
  }
  if (place === undefined) return missing(`${pod} has no node yet`, `${pod} chưa có node`);
  const why = momentsOf(scene.moments, 'scheduler.decision').findLast(
    (moment) => moment.pod === `default/${pod}`,
  )?.words;
  return node === undefined || place === node
    ? passed(
        `${pod} is on ${place}${why === undefined ? '' : `: ${why}`}`,
        `${pod} nằm trên ${place}${why === undefined ? '' : `: ${why}`}`,
      )
    : missing(`${pod} is on ${place}, not on ${node}`, `${pod} nằm trên ${place}, không phải ${node}`);
}
