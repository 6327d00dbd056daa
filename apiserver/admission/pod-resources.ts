/**
 * What a pod asks for in all: the sum of its containers, or what its initialization needs at its peak if that is more
 * (k8s.io/component-helpers/resource). Init containers that restart always go on beside the others and count with them.
 */
import { Quantity, quantityOf } from '../../base/quantity.ts';
import type { V1Container, V1PodSpec } from '../../generated/kubernetes.d.ts';

export type Amounts = Map<string, Quantity>;

type Side = 'requests' | 'limits';

const POD_LEVEL: ReadonlySet<string> = new Set(['cpu', 'memory']);

export function podAmounts(spec: V1PodSpec, side: Side): Amounts {
  const total: Amounts = new Map();
  for (const container of spec.containers) add(total, amountsOf(container, side));
  const sidecars: Amounts = new Map();
  const peak: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    const own = amountsOf(container, side);
    if (container.restartPolicy === 'Always') {
      add(total, own);
      add(sidecars, own);
      raise(peak, sidecars);
    } else {
      add(own, sidecars);
      raise(peak, own);
    }
  }
  raise(total, peak);
  for (const [name, amount] of Object.entries(spec.resources?.[side] ?? {})) {
    if (POD_LEVEL.has(name) || name.startsWith('hugepages-')) total.set(name, quantityOf(amount));
  }
  return total;
}

export function amountsOf(container: V1Container, side: Side): Amounts {
  return readAmounts(container.resources?.[side]);
}

export function readAmounts(list: Readonly<Record<string, string | number>> | undefined): Amounts {
  return new Map(Object.entries(list ?? {}).map(([name, amount]) => [name, quantityOf(amount)]));
}

/** Adds `more` to `sum`, in place. */
export function add(sum: Amounts, more: Amounts): void {
  for (const [name, amount] of more) sum.set(name, sum.get(name)?.plus(amount) ?? amount);
}

/** Raises each of `least` to what `other` has, where that is more, in place. */
function raise(least: Amounts, other: Amounts): void {
  for (const [name, amount] of other) {
    const present = least.get(name);
    if (present === undefined || amount.compare(present) > 0) least.set(name, amount);
  }
}

export const zero: Quantity = Quantity.ofInteger(0);
