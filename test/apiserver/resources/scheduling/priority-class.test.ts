import { describe, expect, it } from 'vitest';
import type { RegistryServices } from '../../../../apiserver/machinery/resource-row.ts';
import { priorityClassRow } from '../../../../apiserver/resources/scheduling/priority-class.ts';
import { cellsOf, created, objectOf, refused, updateRefused } from '../row-fixture.ts';

const reserved =
  "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: ";
const named = (name: string, more: object): object => ({ metadata: { name }, ...more });

describe('priority classes', () => {
  it('preempt unless they say otherwise, and begin at generation 1', () => {
    expect(created(priorityClassRow, { value: 5 })).toMatchObject({
      preemptionPolicy: 'PreemptLowerPriority',
      metadata: { generation: 1 },
    });
  });

  it.each([
    [{ value: 1_000_000_000 }, []],
    [{ value: 1_000_000_001 }, ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000']],
    [
      { value: 1, preemptionPolicy: 'Always' },
      ['preemptionPolicy: Unsupported value: "Always": supported values: "PreemptLowerPriority", "Never"'],
    ],
    [{ value: 1, preemptionPolicy: '' }, ['preemptionPolicy: Required value']],
    [named('system-node-critical', { value: 2000001000 }), []],
    [
      named('system-node-critical', { value: 1 }),
      [`${reserved}value of system-node-critical PriorityClass must be 2000001000`],
    ],
    [
      named('system-cluster-critical', { value: 2000000000, globalDefault: true }),
      [`${reserved}globalDefault of system-cluster-critical PriorityClass must be false`],
    ],
    [named('system-mine', { value: 1 }), [`${reserved}system-mine is not a known system priority class`]],
  ])('judge %o', (priorityClass, complaints) => {
    expect(refused(priorityClassRow, priorityClass)).toEqual(complaints);
  });

  it('keep value and policy', () => {
    expect(updateRefused(priorityClassRow, { value: 1 }, { value: 2, preemptionPolicy: 'Never' })).toEqual([
      'value: Forbidden: may not be changed in an update.',
      'preemptionPolicy: Invalid value: "Never": field is immutable',
    ]);
  });

  it('of the system cannot be deleted', async () => {
    const [hook] = priorityClassRow.hooks ?? [];
    const remove = async (name: string) =>
      hook?.before?.(
        'delete',
        objectOf(priorityClassRow, { metadata: { name } }),
        undefined,
        {} as RegistryServices,
        false,
      );
    await expect(remove('mine')).resolves.toBeUndefined();
    await expect(remove('system-node-critical')).rejects.toThrow(
      'priorityclasses.scheduling.k8s.io "system-node-critical" is forbidden: this is a system priority class and cannot be deleted',
    );
  });

  it('show value and policy', () => {
    const metadata = { name: 'p', creationTimestamp: '2026-01-31T11:59:00Z' };
    expect(cellsOf(priorityClassRow, { metadata, value: 7, globalDefault: true })).toEqual([
      'p',
      7,
      true,
      '60s',
      'PreemptLowerPriority',
    ]);
  });
});
