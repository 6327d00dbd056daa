/** Random values of a type: whatever the decoder lets through, sense or not. */
import type { ScalarKind, StructType, TypeNode } from '../../../apiserver/machinery/type-nodes.ts';
import type { Random } from '../../../base/random.ts';

const words = (text: string): string[] => text.split(' ');
const STRINGS = [
  ...['', ' ', '* * * * *', 'a b', 'x'.repeat(300)],
  ...words('a A a.b a.b/c .. * $(A) ä __proto__ constructor [ ( \\d 10% 5s 80 -1 https://a/b kubernetes.io/a'),
  ...words('10.0.0.1 010.0.0.1 ::1 10.0.0.0/8 fd00::/64 cpu memory storage metadata.name'),
  ...words('Always Never OnFailure TCP None In Exists DoesNotExist True Indexed Queue Limited Fail Container Pod User'),
  ...words('ClusterIP ExternalName RollingUpdate Recreate Filesystem ReadWriteOnce IPv4 IPv6 Utilization'),
];
const NUMBERS = [0, 1, -1, 2, 3, 80, 443, 30_000, 65_536, 2_147_483_647, -2_147_483_648];
const QUANTITIES = ['0', '1', '-1', '100m', '1Gi', '1e3', '1.5', '9223372036854775807', '1n'];

const DEPTH_MAX = 12;
/** Types that contain themselves would never end. */
const FIELDS_MAX = 3000;

export class AnyObject {
  readonly #random: Random;
  /** How often a field that may be absent is there. */
  readonly #fullness: number;
  #fields = 0;

  constructor(random: Random, fullness: number) {
    this.#random = random;
    this.#fullness = fullness;
  }

  of(type: StructType): Record<string, unknown> {
    this.#fields = 0;
    return this.#struct(type, 0);
  }

  #struct(type: StructType, depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    const fullness = depth === 0 ? 1 : depth > DEPTH_MAX ? 0 : this.#fullness;
    for (const [name, field] of type.fields) {
      if (this.#random.next() >= fullness || this.#fields++ > FIELDS_MAX) continue;
      object[name] = this.#value(field.type, depth + 1);
    }
    return object;
  }

  #value(type: TypeNode, depth: number): unknown {
    switch (type.kind) {
      case 'scalar':
        return this.#scalar(type.scalar);
      case 'struct':
        return this.#struct(type, depth);
      case 'list':
        return Array.from({ length: this.#size(depth) }, () => this.#value(type.item, depth + 1));
      case 'map': {
        const keys = Array.from({ length: this.#size(depth) }, () => this.#pick(STRINGS));
        const named = keys.filter((key) => key !== '__proto__');
        return Object.fromEntries(named.map((key) => [key, this.#value(type.value, depth + 1)]));
      }
    }
  }

  #scalar(kind: ScalarKind): unknown {
    switch (kind) {
      case 'string':
        return this.#pick(STRINGS);
      case 'boolean':
        return this.#random.next() < 0.5;
      case 'int32':
      case 'int64':
        return this.#pick(NUMBERS);
      case 'double':
        return this.#pick([...NUMBERS, 0.5]);
      case 'quantity':
        return this.#pick(QUANTITIES);
      case 'int-or-string':
        return this.#random.next() < 0.5 ? this.#pick(NUMBERS) : this.#pick(STRINGS);
      case 'time':
        return '2026-01-31T11:00:00Z';
      case 'micro-time':
        return '2026-01-31T11:00:00.000000Z';
      case 'bytes':
        return this.#pick(['', 'AAE=', 'YWJj']);
      case 'any':
        return this.#pick<unknown>([{}, { a: 'b' }, 'a', 1, [], { replicas: 1 }]);
    }
  }

  #size(depth: number): number {
    return depth > DEPTH_MAX ? 0 : this.#random.below(3);
  }

  #pick<T>(values: readonly T[]): T {
    return values[this.#random.below(values.length)] as T;
  }
}
