/**
 * When many nodes of a zone are lost at once it is more likely the zone's connection than each of them: evictions slow down
 * or stop (k8s.io/kubernetes/pkg/controller/nodelifecycle: handleDisruption). When no node anywhere is heard of, it is more
 * likely our own connection, and nothing is evicted. Pure.
 */
import type { V1Node } from '../../generated/kubernetes.d.ts';
import { labelsOf } from '../runtime/metadata.ts';

export type ZoneState = 'initial' | 'normal' | 'partial' | 'full';

export interface EvictionRates {
  /** Nodes a second that may be tainted in a healthy zone. */
  readonly normal: number;
  /** And in a large zone of which many nodes are lost. */
  readonly secondary: number;
  /** A zone with more nodes is large; in a smaller one with many lost nodes evictions stop. */
  readonly largeZoneNodes: number;
  /** From this share of lost nodes on (and more than 2), a zone counts as partly disrupted. */
  readonly unhealthyShare: number;
}

export function zoneOf(node: V1Node): string {
  const labels = labelsOf(node);
  const region = labels['topology.kubernetes.io/region'] ?? '';
  const zone = labels['topology.kubernetes.io/zone'] ?? '';
  return region === '' && zone === '' ? '' : `${region}:\u0000:${zone}`;
}

export function zoneState(ready: number, lost: number, rates: EvictionRates): ZoneState {
  if (ready === 0 && lost > 0) return 'full';
  return lost > 2 && lost / (lost + ready) >= rates.unhealthyShare ? 'partial' : 'normal';
}

/** Nodes a second that may be tainted in a zone of `size` nodes. */
export function evictionRate(state: ZoneState, size: number, rates: EvictionRates): number {
  if (state !== 'partial') return rates.normal;
  return size > rates.largeZoneNodes ? rates.secondary : 0;
}

export type DisruptionChange =
  | { readonly type: 'rates'; readonly rates: ReadonlyMap<string, number> }
  /** Everything is lost: evictions stop, taints that evict are taken off. */
  | { readonly type: 'all-lost' }
  /** Somebody is heard of again: rates as given, and everybody gets a new grace period. */
  | { readonly type: 'recovered'; readonly rates: ReadonlyMap<string, number> };

/** What changes between two passes. Zones that are new count as `initial` before. */
export function planDisruption(
  before: ReadonlyMap<string, ZoneState>,
  now: ReadonlyMap<string, { readonly state: ZoneState; readonly size: number }>,
  rates: EvictionRates,
): DisruptionChange {
  const all = (states: readonly ZoneState[]): boolean => states.every((state) => state === 'full');
  const allLost = all([...now.values()].map(({ state }) => state));
  const wereLost = all([...now.keys()].map((zone) => before.get(zone) ?? 'initial'));
  const none = new Map<string, number>();
  if (now.size === 0 || (allLost && wereLost)) return { type: 'rates', rates: none };
  if (allLost) return { type: 'all-lost' };
  const changed = new Map<string, number>();
  for (const [zone, { state, size }] of now) {
    if (wereLost || before.get(zone) !== state) changed.set(zone, evictionRate(state, size, rates));
  }
  return { type: wereLost ? 'recovered' : 'rates', rates: changed };
}
