/** `quantity("1Gi")` in CEL (k8s.io/apiserver/pkg/cel/library/quantity.go). */
import type { Environment } from '@marcbachmann/cel-js';
import { parseQuantity, Quantity, quantityComplaint } from '../../../base/quantity.ts';

const TYPE = 'kubernetes.Quantity';
const INT_MAX = 2n ** 63n - 1n;

export function registerQuantities(environment: Environment): void {
  const compare = (a: Quantity, b: Quantity): bigint => BigInt(a.minus(b).sign);
  const ofInt = (value: bigint): Quantity => Quantity.ofInteger(value);
  environment
    .registerType(TYPE, Quantity)
    .registerFunction(`quantity(string): ${TYPE}`, (text: string) => {
      const quantity = parseQuantity(text);
      if (quantity === undefined) throw new Error(quantityComplaint(text) ?? 'not a quantity');
      return quantity;
    })
    .registerFunction('isQuantity(string): bool', (text: string) => parseQuantity(text) !== undefined)
    .registerFunction(`${TYPE}.sign(): int`, (quantity: Quantity) => BigInt(quantity.sign))
    .registerFunction(`sign(${TYPE}): int`, (quantity: Quantity) => BigInt(quantity.sign))
    .registerFunction(`${TYPE}.isGreaterThan(${TYPE}): bool`, (a: Quantity, b: Quantity) => compare(a, b) === 1n)
    .registerFunction(`${TYPE}.isLessThan(${TYPE}): bool`, (a: Quantity, b: Quantity) => compare(a, b) === -1n)
    .registerFunction(`${TYPE}.compareTo(${TYPE}): int`, compare)
    .registerFunction(`${TYPE}.asApproximateFloat(): double`, (quantity: Quantity) => quantity.approximate)
    .registerFunction(`${TYPE}.isInteger(): bool`, (quantity: Quantity) => integerOf(quantity) !== undefined)
    .registerFunction(`${TYPE}.asInteger(): int`, (quantity: Quantity) => {
      const value = integerOf(quantity);
      if (value === undefined) throw new Error('cannot convert value to integer');
      return value;
    })
    .registerFunction(`${TYPE}.add(${TYPE}): ${TYPE}`, (a: Quantity, b: Quantity) => a.plus(b))
    .registerFunction(`${TYPE}.add(int): ${TYPE}`, (a: Quantity, b: bigint) => a.plus(ofInt(b)))
    .registerFunction(`${TYPE}.sub(${TYPE}): ${TYPE}`, (a: Quantity, b: Quantity) => a.minus(b))
    .registerFunction(`${TYPE}.sub(int): ${TYPE}`, (a: Quantity, b: bigint) => a.minus(ofInt(b)))
    .registerOperator(`${TYPE} == ${TYPE}`, (a: Quantity, b: Quantity) => compare(a, b) === 0n);
}

function integerOf(quantity: Quantity): bigint | undefined {
  if (!quantity.isInteger) return undefined;
  const value = quantity.nano / 1_000_000_000n;
  return value <= INT_MAX && value >= -INT_MAX - 1n ? value : undefined;
}
