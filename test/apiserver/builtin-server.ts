/** An API server with every built-in kind and the default admission, for tests; every caller is an administrator. */

import { admissionDefaults } from '../../apiserver/admission/admission-config.ts';
import { createAdmissionChain } from '../../apiserver/admission/chain.ts';
import type { RegistryServices } from '../../apiserver/machinery/resource-row.ts';
import { builtinRows } from '../../apiserver/resources/all.ts';
import { SeededRandom } from '../../base/random.ts';
import { systemClock } from '../../base/system.ts';
import { type Fixture, type FixtureOptions, startServer } from './machinery/server-fixture.ts';

export async function startBuiltin(options: FixtureOptions = {}): Promise<Fixture> {
  const { clock = systemClock, random = new SeededRandom('built-in server') } = options;
  const authorizer = { authorize: () => ({ decision: 'allow' as const, reason: '' }) };
  return startServer(builtinRows, {
    ...options,
    clock,
    random,
    authorizer,
    admission: ({ objects, resourcesOfKind }) =>
      createAdmissionChain(
        { enable: [], disable: [] },
        {
          cache: objects,
          clock,
          random,
          authorizer,
          tolerationSeconds: { notReady: 300, unreachable: 300 },
          config: admissionDefaults,
          resourcesOfKind,
        },
      ),
    bootstrap: ({ services }) => createNamespaces(services()),
  });
}

async function createNamespaces(services: RegistryServices): Promise<void> {
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    await services.create(
      { group: '', resource: 'namespaces' },
      {
        metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      },
    );
  }
  const account = { metadata: { name: 'default', namespace: 'default' } };
  await services.create({ group: '', resource: 'serviceaccounts' }, account);
}
