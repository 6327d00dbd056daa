import { describe, expect, it } from 'vitest';
import { admissionPluginNames, judgePlugins } from '../../../apiserver/admission/chain.ts';
import { PodTopologyLabels } from '../../../apiserver/admission/pod-topology-labels.ts';
import { admit, Objects, pod } from './fixture.ts';

describe('--enable-admission-plugins and --disable-admission-plugins', () => {
  it.each([
    [['Nope'], [], 'enable-admission-plugins plugin "Nope" is unknown'],
    [[], ['Nope'], 'disable-admission-plugins plugin "Nope" is unknown'],
    [
      ['LimitRanger'],
      ['LimitRanger'],
      '[LimitRanger] in enable-admission-plugins and disable-admission-plugins overlapped',
    ],
  ])('%o and %o are refused', (enable, disable, message) => {
    expect(() => judgePlugins({ enable, disable })).toThrow(message);
  });

  it('know every plugin of upstream, also those that have nothing to do here', () => {
    expect(() =>
      judgePlugins({
        enable: ['NodeRestriction', 'ValidatingAdmissionWebhook', 'MutatingAdmissionPolicy'],
        disable: ['MutatingAdmissionWebhook', 'PodNodeSelector', 'AlwaysDeny'],
      }),
    ).not.toThrow();
    expect(admissionPluginNames).toContain('ValidatingAdmissionPolicy');
  });
});

describe('PodTopologyLabels', () => {
  const zone = 'topology.kubernetes.io/zone';
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', labels: { [zone]: 'z1', other: 'x' } } };

  it('gives a pod the zone of its node, at its creation or by its binding', async () => {
    const step = new PodTopologyLabels(new Objects().put('nodes', node));
    const labelsOf = async (request: Parameters<typeof admit>[1]): Promise<unknown> => {
      const admitted = await admit(step, request);
      return typeof admitted === 'object' ? admitted.metadata.labels : admitted;
    };
    expect(await labelsOf({ resource: 'pods', object: pod('p', { nodeName: 'n' }, { labels: { a: 'b' } }) })).toEqual({
      a: 'b',
      [zone]: 'z1',
    });
    expect(await labelsOf({ resource: 'pods', object: pod('p') })).toBeUndefined();
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p' }, target: { kind: 'Node', name: 'n' } };
    expect(await labelsOf({ resource: 'pods', subresource: 'binding', object: binding })).toEqual({ [zone]: 'z1' });
    expect(await labelsOf({ resource: 'pods', subresource: 'status', object: pod('p') })).toBe('unhandled');
  });
});
