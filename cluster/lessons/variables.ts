/** Names such as `$POD` in a lesson's texts and commands: found out in the cluster as it is, then put in their place. */
import net from 'node:net';
import type { ApiObject } from '../../controllers/runtime/client.ts';
import { isReady, podsOf } from './checks/workload-judges.ts';
import type { Variable } from './lesson.ts';
import type { LessonWorld } from './lesson-world.ts';
import { fieldOf, storedAt } from './stored-objects.ts';

export type Values = ReadonlyMap<string, string>;

/** Undefined while the cluster has nothing of the kind: no leader just now, no ready pod. */
export async function findValue(world: LessonWorld, variable: Variable): Promise<string | undefined> {
  if ('podOf' in variable) return (await podsOf(world.store, variable.podOf)).find(isReady)?.metadata?.name;
  if ('nodeOf' in variable) return busiestNode(world, variable.nodeOf);
  if ('member' in variable) return memberName(world, variable.member);
  if ('port' in variable) return String(await freePort());
  const object = await storedAt<ApiObject>(world.store, variable.key);
  return object === undefined ? undefined : fieldOf(object, variable.path);
}

async function busiestNode(world: LessonWorld, deployment: string): Promise<string | undefined> {
  const counts = new Map<string, number>();
  for (const pod of (await podsOf(world.store, deployment)).filter(isReady)) {
    const node = pod.spec?.nodeName ?? '';
    counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0];
}

async function memberName(
  world: LessonWorld,
  which: 'leader' | 'follower' | 'other-follower',
): Promise<string | undefined> {
  const [{ leader }, { members }] = await Promise.all([world.store.status(), world.store.members()]);
  if (which === 'leader') return members.find(({ id }) => id === leader)?.name;
  const followers = members.filter(({ id }) => id !== leader);
  return followers[which === 'follower' ? 0 : 1]?.name;
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** `kubectl-lite delete pod $POD` with the pod's name in it; a name without a value stays as it is. */
export function substituted(text: string, values: Values): string {
  return text.replace(/\$([A-Z][A-Z0-9_]*)/g, (whole, name: string) => values.get(name) ?? whole);
}

/** The same in every text of a value that JSON can hold. */
export function substitutedDeep<T>(value: T, values: Values): T {
  if (typeof value === 'string') return substituted(value, values) as T;
  if (Array.isArray(value)) return value.map((each: unknown) => substitutedDeep(each, values)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, substitutedDeep(each, values)])) as T;
}
