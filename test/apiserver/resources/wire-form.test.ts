import { describe, expect, it } from 'vitest';
import { canonicalMicroTime, canonicalTime, toWireForm } from '../../../apiserver/resources/wire-form.ts';

function written(model: string, object: object, stored = true): object {
  toWireForm(model, object, stored);
  const once = structuredClone(object);
  toWireForm(model, object, stored);
  expect(object).toEqual(once);
  return object;
}

describe('the wire form', () => {
  it('leaves out nulls, optional zeros and empty lists, and writes values that nobody set', () => {
    expect(
      written('V1Container', {
        name: 'c',
        image: 'i',
        args: [],
        env: null,
        tty: false,
        workingDir: '',
        resources: null,
      }),
    ).toEqual({ name: 'c', image: 'i', resources: {} });
  });

  it('D6 keeps empty lists and maps until they are stored: rules tell them from absent ones', () => {
    const sent = { name: 'c', args: [], command: null, resources: { limits: {} } };
    expect(written('V1Container', structuredClone(sent), false)).toEqual({
      name: 'c',
      args: [],
      resources: { limits: {} },
    });
    expect(written('V1Container', sent)).toEqual({ name: 'c', resources: {} });
  });

  it('keeps the zero of what may also be unset', () => {
    expect(written('V1DeploymentSpec', { replicas: 0, minReadySeconds: 0, selector: {}, template: {} })).toEqual({
      replicas: 0,
      selector: {},
      strategy: {},
      template: { metadata: {}, spec: { containers: null } },
    });
  });

  it('canonicalizes quantities and times, in lists and maps too', () => {
    expect(
      written('V1Container', { name: 'c', resources: { limits: { cpu: 0.5, memory: '1024Mi' }, requests: {} } }),
    ).toEqual({ name: 'c', resources: { limits: { cpu: '500m', memory: '1Gi' } } });
    expect(canonicalTime('2026-01-31T12:00:00.9+02:00')).toBe('2026-01-31T10:00:00Z');
    expect(canonicalMicroTime('2026-01-31T12:00:00.123456789+02:00')).toBe('2026-01-31T10:00:00.123456Z');
    expect(canonicalMicroTime('2026-01-31T12:00:00Z')).toBe('2026-01-31T12:00:00.000000Z');
  });

  it('writes null for times that are values', () => {
    expect(written('V1NodeCondition', { type: 'Ready', status: 'True' })).toEqual({
      type: 'Ready',
      status: 'True',
      lastHeartbeatTime: null,
      lastTransitionTime: null,
    });
  });

  it('writes null for a required list that is stored empty, as it is read again; in kinds stored in JSON it stays', () => {
    const role = { rules: [] as unknown[] | null };
    toWireForm('V1Role', role);
    expect(role.rules).toEqual([]);
    toWireForm('V1Role', role, true);
    expect(role.rules).toBeNull();
    const definition = { versions: [], group: '', names: { kind: '', plural: '' }, scope: '' };
    toWireForm('V1CustomResourceDefinitionSpec', definition, true);
    expect(definition.versions).toEqual([]);
  });

  it('writes null for a reference that Go never leaves out', () => {
    const source: Record<string, unknown> = { gateway: 'g', system: 's' };
    toWireForm('V1ScaleIOVolumeSource', source);
    expect(source.secretRef).toBeNull();
  });

  it('writes null for required lists and empty text for null labels', () => {
    expect(written('V1Role', { metadata: { labels: { a: null } } })).toEqual({
      metadata: { labels: { a: '' } },
      rules: null,
    });
  });
});
