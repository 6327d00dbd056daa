/**
 * Objects of every kind that nobody would write: no rule stumbles over any. `OBJECTS=1000` for a long run,
 * `OBJECTS_SEED=x` for others.
 */
import { describe, expect, it } from 'vitest';
import { copyValue } from '../../../apiserver/machinery/copy-value.ts';
import { FieldErrors } from '../../../apiserver/machinery/field-errors.ts';
import type { KubeObject, ResourceRow, WriteStrategy } from '../../../apiserver/machinery/resource-row.ts';
import { TypeNodes } from '../../../apiserver/machinery/type-nodes.ts';
import { builtinRows } from '../../../apiserver/resources/all.ts';
import { SeededRandom } from '../../../base/random.ts';
import { schemaSource } from '../machinery/server-fixture.ts';
import { AnyObject } from './any-object.ts';
import { contextOf, NOW_MS } from './row-fixture.ts';

const OBJECTS = Number(process.env.OBJECTS ?? 20);
const SEED = process.env.OBJECTS_SEED ?? 'objects';
const FULLNESSES = [0, 0.1, 0.3, 0.6, 0.9];

const types = new TypeNodes(schemaSource());

function judge(row: ResourceRow, strategy: WriteStrategy, old: KubeObject, next: KubeObject, isCreate: boolean): void {
  const context = contextOf({ namespace: 'default' });
  const errors = new FieldErrors();
  strategy.setDefaults?.(next);
  if (isCreate) {
    strategy.prepareForCreate?.(next, context);
    strategy.validate?.(next, errors, context);
    strategy.warnings?.(next, undefined);
  } else {
    strategy.prepareForUpdate?.(next, old, context);
    strategy.validateUpdate?.(next, old, errors, context);
    strategy.warnings?.(next, old);
  }
  if (!errors.empty) for (const { message } of errors.list) expect(typeof message).toBe('string');
  strategy.canonicalize?.(next);
  row.table.cells(next, NOW_MS);
  row.table.conditions?.(next);
  for (const label of Object.values(row.fieldLabels ?? {})) expect(typeof label(next)).toBe('string');
}

describe('objects of any kind', () => {
  const rows = builtinRows.filter(({ model }) => model !== '');

  it.each(rows.map((row) => [`${row.resource}.${row.group}/${row.version}`, row] as const))('%s', (name, row) => {
    const random = new SeededRandom(`${SEED}/${name}`);
    const type = types.ofModel(row.model);
    const parts = Object.values(row.subresources).flatMap((part) => (part.type === 'part' ? [part.strategy] : []));
    for (let i = 0; i < OBJECTS; i++) {
      const any = new AnyObject(random, FULLNESSES[i % FULLNESSES.length] ?? 0);
      const make = (): KubeObject => {
        const object = any.of(type);
        const metadata = { uid: 'u', ...(object.metadata as object | undefined), name: 'name', namespace: 'default' };
        return { ...object, apiVersion: 'v1', kind: row.kind, metadata } as KubeObject;
      };
      const old = make();
      try {
        judge(row, row.strategy, old, old, true);
        for (const strategy of [row.strategy, ...parts]) {
          judge(row, strategy, old, copyValue(old), false);
          judge(row, strategy, old, make(), false);
        }
      } catch (error) {
        throw new Error(`object ${i}: ${JSON.stringify(old)}`, { cause: error });
      }
    }
  });
});
