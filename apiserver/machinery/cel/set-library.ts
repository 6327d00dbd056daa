/** `sets.contains([1, 2], [1])` in CEL (cel-go's ext.Sets, which Kubernetes has on). */
import type { Environment } from '@marcbachmann/cel-js';
import { equalValues } from '../copy-value.ts';

const NAMESPACE = 'kubernetes.SetFunctions';

class SetFunctions {}

export function registerSets(environment: Environment): void {
  type List = readonly unknown[];
  const has = (list: List, wanted: unknown): boolean => list.some((each) => equalValues(each, wanted));
  const contains = (all: List, some: List): boolean => some.every((each) => has(all, each));
  const named = (name: string): string => `${NAMESPACE}.${name}(list<dyn>, list<dyn>): bool`;
  environment
    .registerType(NAMESPACE, SetFunctions)
    .registerConstant('sets', NAMESPACE, new SetFunctions())
    .registerFunction(named('contains'), (_self: unknown, all: List, some: List) => contains(all, some))
    .registerFunction(named('equivalent'), (_self: unknown, a: List, b: List) => contains(a, b) && contains(b, a))
    .registerFunction(named('intersects'), (_self: unknown, a: List, b: List) => a.some((each) => has(b, each)));
}
