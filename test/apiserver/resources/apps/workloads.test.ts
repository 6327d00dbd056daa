/** Deployments, replica sets, daemon sets, stateful sets: defaults, what is refused, what may change. */
import { describe, expect, it } from 'vitest';
import { controllerRevisionRow } from '../../../../apiserver/resources/apps/controller-revision.ts';
import { daemonSetRow } from '../../../../apiserver/resources/apps/daemon-set.ts';
import { deploymentRow } from '../../../../apiserver/resources/apps/deployment.ts';
import { replicaSetRow } from '../../../../apiserver/resources/apps/replica-set.ts';
import { statefulSetRow } from '../../../../apiserver/resources/apps/stateful-set.ts';
import { cellsOf, created, defaulted, refused, updated, updateRefused, warnedOf } from '../row-fixture.ts';

const labels = { app: 'web' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'nginx' }] } };
const selector = { matchLabels: labels };
const spec = { selector, template };

const MISMATCH =
  'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`';

describe('deployments', () => {
  it('have defaults', () => {
    expect(defaulted(deploymentRow, { spec })).toMatchObject({
      spec: {
        replicas: 1,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
        template: { spec: { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', schedulerName: 'default-scheduler' } },
      },
    });
    expect(created(deploymentRow, { spec, status: { replicas: 3 } })).toMatchObject({ status: {} });
  });

  it.each([
    ['a good one', spec, []],
    ['no selector', { template }, ['spec.selector: Required value', MISMATCH]],
    [
      'an empty one',
      { ...spec, selector: {} },
      ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
    ],
    ['another one', { ...spec, selector: { matchLabels: { app: 'other' } } }, [MISMATCH]],
    [
      'a strange one',
      { ...spec, selector: { matchExpressions: [{ key: 'a', operator: 'Near' }] } },
      [
        'spec.selector.matchExpressions[0].operator: Invalid value: "Near": not a valid selector operator',
        'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"Near"}]}: invalid label selector',
      ],
    ],
    [
      'counts',
      { ...spec, replicas: -1, minReadySeconds: 600 },
      [
        'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
        'spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds',
      ],
    ],
    [
      'a strategy without movement',
      { ...spec, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } },
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0'],
    ],
    [
      'shares',
      { ...spec, strategy: { rollingUpdate: { maxSurge: 'x', maxUnavailable: '101%' } } },
      [
        "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"x\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
      ],
    ],
    [
      'two strategies',
      { ...spec, strategy: { type: 'Recreate', rollingUpdate: {} } },
      ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ],
    [
      'another strategy',
      { ...spec, strategy: { type: 'Hope' } },
      [
        'spec.strategy: Unsupported value: {"Type":"Hope","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
      ],
    ],
    [
      'pods that end',
      {
        selector,
        template: { ...template, spec: { ...template.spec, restartPolicy: 'Never', activeDeadlineSeconds: 5 } },
      },
      [
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
      ],
    ],
  ])('judge %s', (_, each, complaints) => {
    expect(refused(deploymentRow, { spec: each })).toEqual(complaints);
  });

  it('keep their selector; annotations count as a change', () => {
    const other = { matchLabels: { ...labels, tier: 'x' } };
    const next = { selector: other, template: { ...template, metadata: { labels: other.matchLabels } } };
    expect(updateRefused(deploymentRow, { spec }, { spec: next })).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"x"}}: field is immutable',
    ]);
    const old = { metadata: { generation: 3 }, spec };
    expect(updated(deploymentRow, old, { metadata: { annotations: { a: 'b' } }, spec }).metadata.generation).toBe(4);
  });

  it('have a status that adds up', () => {
    const status = { replicas: 1, updatedReplicas: 2, readyReplicas: 0, availableReplicas: 1, collisionCount: 1 };
    const old = { spec, status: { collisionCount: 2 } };
    expect(updateRefused(deploymentRow, old, { spec, status }, 'status')).toEqual([
      'status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 1: cannot be greater than readyReplicas',
      'status.collisionCount: Invalid value: 1: cannot be decremented',
    ]);
  });

  it('are shown', () => {
    const status = { replicas: 2, readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1 };
    const metadata = { name: 'web', creationTimestamp: '2026-01-31T11:55:00Z' };
    expect(cellsOf(deploymentRow, { metadata, spec: { ...spec, replicas: 2 }, status })).toEqual([
      ...['web', '1/2', 2, 1, '5m', 'main', 'nginx', 'app=web'],
    ]);
  });

  it('warn of names that pods cannot have', () => {
    const [warning] = warnedOf(deploymentRow, { metadata: { name: 'a.b' }, spec });
    expect(warning).toBe(
      'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]',
    );
  });
});

describe('replica sets', () => {
  it('need what deployments need', () => {
    expect(refused(replicaSetRow, { spec })).toEqual([]);
    expect(refused(replicaSetRow, { spec: { ...spec, selector: {} } })).toEqual([
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
    ]);
    expect(
      updateRefused(replicaSetRow, { spec }, { spec: { ...spec, selector: { matchLabels: { a: 'b' } } } }),
    ).toEqual([MISMATCH, 'spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: field is immutable']);
  });

  it('have a status that adds up', () => {
    const status = { replicas: 1, fullyLabeledReplicas: 2, availableReplicas: 1 };
    expect(updateRefused(replicaSetRow, { spec }, { spec, status }, 'status')).toEqual([
      'status.fullyLabeledReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 1: cannot be greater than readyReplicas',
    ]);
  });
});

describe('daemon sets', () => {
  it.each([
    ['a good one', spec, []],
    [
      'both ways of replacing',
      { ...spec, updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } },
      ['spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero'],
    ],
    [
      'neither',
      { ...spec, updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } },
      ['spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0'],
    ],
    [
      'another strategy',
      { ...spec, updateStrategy: { type: 'Hope' } },
      [
        'spec.updateStrategy: Unsupported value: {"Type":"Hope","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"',
      ],
    ],
  ])('judge %s', (_, each, complaints) => {
    expect(refused(daemonSetRow, { spec: each })).toEqual(complaints);
  });

  it('count the generations of their templates in an annotation, whatever clients write there', () => {
    const KEY = 'deprecated.daemonset.template.generation';
    expect(created(daemonSetRow, { spec }).metadata.annotations).toEqual({ [KEY]: '1' });
    const old = { metadata: { annotations: { [KEY]: '4' } }, spec };
    expect(updated(daemonSetRow, old, { spec }).metadata.annotations).toEqual({ [KEY]: '4' });
    const other = { ...spec, template: { ...template, spec: { containers: [{ name: 'main', image: 'httpd' }] } } };
    expect(updated(daemonSetRow, old, { spec: other }).metadata.annotations).toEqual({ [KEY]: '5' });
  });
});

describe('stateful sets', () => {
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  const mounted = {
    ...template,
    spec: { containers: [{ name: 'main', image: 'i', volumeMounts: [{ name: 'data', mountPath: '/d' }] }] },
  };
  const full = { selector, serviceName: 'web', template: mounted, volumeClaimTemplates: [claim] };

  it('give their pods a volume for each claim', () => {
    expect(refused(statefulSetRow, { spec: full })).toEqual([]);
    expect(defaulted(statefulSetRow, { spec: full })).toMatchObject({
      spec: {
        podManagementPolicy: 'OrderedReady',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        volumeClaimTemplates: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: { phase: 'Pending' } }],
      },
    });
  });

  it.each([
    [
      'words',
      { ...full, podManagementPolicy: 'Any', updateStrategy: { type: 'Hope' }, serviceName: 'A' },
      [
        "spec.podManagementPolicy: Invalid value: \"Any\": must be 'OrderedReady' or 'Parallel'",
        'spec.updateStrategy: Invalid value: {"Type":"Hope","RollingUpdate":null}: must be \'RollingUpdate\' or \'OnDelete\'',
        expect.stringContaining('spec.serviceName: Invalid value: "A": a lowercase RFC 1123 label must consist'),
      ],
    ],
    [
      'counts',
      { ...full, ordinals: { start: -1 }, updateStrategy: { rollingUpdate: { partition: -1 } } },
      [
        'spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0',
        'spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      'policies',
      { ...full, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Sell' } },
      [
        'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Sell": supported values: "Retain", "Delete"',
      ],
    ],
    [
      'a claim without size',
      { ...full, volumeClaimTemplates: [{ ...claim, spec: { accessModes: ['ReadWriteOnce'] } }] },
      ['spec.volumeClaimTemplates[0].spec.resources[storage]: Required value'],
    ],
  ])('judge %s', (_, each, complaints) => {
    expect(refused(statefulSetRow, { spec: each })).toEqual(complaints);
  });

  it('keep what cannot change', () => {
    expect(updateRefused(statefulSetRow, { spec: full }, { spec: { ...full, replicas: 3 } })).toEqual([]);
    expect(updateRefused(statefulSetRow, { spec: full }, { spec: { ...full, serviceName: 'other' } })).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
  });
});

describe('controller revisions', () => {
  it('keep their data', () => {
    const revision = { data: { a: 1 }, revision: 1 };
    expect(refused(controllerRevisionRow, revision)).toEqual([]);
    expect(updateRefused(controllerRevisionRow, revision, { data: { a: 2 }, revision: 2 })).toEqual([
      expect.stringMatching(/^data: Invalid value: .*: field is immutable$/),
    ]);
  });
});
