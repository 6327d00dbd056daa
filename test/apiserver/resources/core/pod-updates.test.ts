/** What may still change of a pod, and through which endpoint. */
import { describe, expect, it } from 'vitest';
import { podRow } from '../../../../apiserver/resources/core/pod.ts';
import { updated, updateRefused } from '../row-fixture.ts';

const row = podRow(undefined);
const main = { name: 'main', image: 'nginx' };
const sized = (cpu: string, memory = '1Gi'): object => ({ ...main, resources: { requests: { cpu, memory } } });

function pod(spec: object = {}, status: object = {}): object {
  return { spec: { serviceAccountName: 'default', containers: [main], ...spec }, status };
}

const UPDATABLE =
  'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n';

describe('an update of a pod', () => {
  it.each([
    ['an image', pod(), pod({ containers: [{ ...main, image: 'httpd' }] }), []],
    ['a toleration more', pod(), pod({ tolerations: [{ key: 'a', operator: 'Exists' }] }), []],
    ['a deadline', pod(), pod({ activeDeadlineSeconds: 5 }), []],
    [
      'a later deadline',
      pod({ activeDeadlineSeconds: 5 }),
      pod({ activeDeadlineSeconds: 6 }),
      ['spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value'],
    ],
    [
      'no deadline any more',
      pod({ activeDeadlineSeconds: 5 }),
      pod(),
      ['spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value'],
    ],
    [
      'a toleration less',
      pod({ tolerations: [{ key: 'a', operator: 'Exists' }] }),
      pod(),
      ['spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds'],
    ],
    [
      'a container more',
      pod(),
      pod({ containers: [main, { ...main, name: 'side' }] }),
      ['spec.containers: Forbidden: pod updates may not add or remove containers'],
    ],
    [
      'a gate',
      pod(),
      pod({ schedulingGates: [{ name: 'g' }] }),
      ["spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'g'"],
    ],
    [
      'a node selector of one that waits',
      pod({ schedulingGates: [{ name: 'g' }], nodeSelector: { a: 'b' } }),
      pod({ schedulingGates: [{ name: 'g' }], nodeSelector: { a: 'b', c: 'd' } }),
      [],
    ],
    [
      'another one',
      pod({ schedulingGates: [{ name: 'g' }], nodeSelector: { a: 'b' } }),
      pod({ nodeSelector: { a: 'c' } }),
      [
        'spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
      ],
    ],
  ])('takes or refuses %s', (_, old, next, complaints) => {
    expect(updateRefused(row, old, next)).toEqual(complaints);
  });

  it('shows what else would change, as the server keeps it', () => {
    const [complaint] = updateRefused(row, pod(), pod({ restartPolicy: 'Never' }));
    expect(complaint).toBe(
      `${UPDATABLE}@@ -37,7 +37,7 @@\n   }\n  ],\n  "EphemeralContainers": null,\n- "RestartPolicy": "Always",\n+ "RestartPolicy": "Never",\n  "TerminationGracePeriodSeconds": 30,\n  "ActiveDeadlineSeconds": null,\n  "DNSPolicy": "ClusterFirst",\n`.replace(
        '@@ -37,7 +37,7 @@',
        (complaint ?? '').split('\n')[1] ?? '',
      ),
    );
  });
});

describe('a status of a pod', () => {
  const ended = [{ name: 'main', state: { terminated: { exitCode: 0 } } }];
  const running = [{ name: 'main', state: { running: {} } }];

  it.each([
    ['a container that runs again', pod({}, { containerStatuses: ended }), { containerStatuses: running }, []],
    [
      'one that should not',
      pod({ restartPolicy: 'OnFailure' }, { containerStatuses: ended }),
      { containerStatuses: running },
      ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state'],
    ],
    [
      'another class',
      pod(),
      { qosClass: 'Guaranteed' },
      ['status.qosClass: Invalid value: "Guaranteed": field is immutable'],
    ],
    [
      'two addresses of a family',
      pod(),
      { podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] },
      [
        'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.2"}]: may specify no more than one IP for each IP family',
      ],
    ],
    [
      'a condition without a good name',
      pod(),
      { conditions: [{ type: 'a/b/c', status: 'True' }] },
      [
        "status.conditions[0].Type: Invalid value: \"a/b/c\": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
      ],
    ],
  ])('takes or refuses %s', (_, old, status, complaints) => {
    expect(updateRefused(row, old, { ...old, status }, 'status')).toEqual(complaints);
  });

  it('leaves the spec alone', () => {
    const object = updated(row, pod(), pod({ nodeName: 'n' }, { phase: 'Running' }), 'status');
    expect(object).toMatchObject({ status: { phase: 'Running' } });
    expect(object['spec']).not.toHaveProperty('nodeName');
  });
});

describe('ephemeral containers', () => {
  const debug = { name: 'debug', image: 'busybox' };

  it('may come, and stay as they are', () => {
    const old = pod({ ephemeralContainers: [debug] });
    const more = pod({ ephemeralContainers: [debug, { ...debug, name: 'other' }] });
    expect(updateRefused(row, old, more, 'ephemeralcontainers')).toEqual([]);
    expect(updateRefused(row, old, pod(), 'ephemeralcontainers')).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed\n',
    ]);
    const [complaint] = updateRefused(
      row,
      old,
      pod({ ephemeralContainers: [{ ...debug, image: 'other' }] }),
      'ephemeralcontainers',
    );
    expect(complaint).toContain('existing ephemeral containers "debug" may not be changed\n@@');
    expect(complaint).toContain('\n- "Image": "busybox",\n+ "Image": "other",\n');
  });
});

describe('a resize', () => {
  it.each([
    ['more of what there is', [sized('1')], [sized('2')], []],
    [
      'nothing',
      [sized('1')],
      [main],
      [
        'spec: Invalid value: "": Pod QOS Class may not change as a result of resizing',
        'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
      ],
    ],
    [
      'containers in another order',
      [sized('1'), { ...main, name: 'side' }],
      [{ ...main, name: 'side' }, sized('1')],
      [
        'spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize',
        'spec.containers[1].name: Forbidden: containers may not be renamed or reordered on resize',
      ],
    ],
  ])('takes or refuses %s', (_, old, next, complaints) => {
    expect(updateRefused(row, pod({ containers: old }), pod({ containers: next }), 'resize')).toEqual(complaints);
  });

  it('changes nothing but resources', () => {
    const next = pod({ containers: [{ ...sized('2'), image: 'other' }], nodeName: 'n' });
    expect(updated(row, pod({ containers: [sized('1')] }), next, 'resize')).toMatchObject({
      spec: { containers: [{ image: 'nginx', resources: { requests: { cpu: '2' } } }] },
    });
  });
});
