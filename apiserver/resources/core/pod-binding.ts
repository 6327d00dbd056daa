/**
 * Binding: a scheduler assigns a pod to a node, once (pkg/registry/core/pod/storage). Served as `pods/binding` and, for
 * old schedulers, as the resource `bindings`.
 */
import type { V1Binding, V1Pod } from '../../../generated/kubernetes.d.ts';
import { FieldErrors } from '../../machinery/field-errors.ts';
import type { KubeObject, RegistryServices, SpecialRequest, SubresourceRow } from '../../machinery/resource-row.ts';
import { aggregate, badRequest, conflict, StatusError, successStatus } from '../../machinery/status.ts';
import type { Filled } from '../row.ts';
import { setPodCondition } from './pod-conditions.ts';

const PODS = { group: '', resource: 'pods' };
const BINDINGS = { group: '', resource: 'pods/binding' };

export const podBinding: SubresourceRow = {
  type: 'special',
  verbs: ['create'],
  group: '',
  version: 'v1',
  kind: 'Binding',
  model: 'V1Binding',
  async handle(request, services) {
    return { code: 201, object: await bind(request, request.name, services) };
  },
};

/** @param name the pod's, as the path says it */
export async function bind(request: SpecialRequest, name: string, services: RegistryServices): Promise<KubeObject> {
  const binding = request.body as (KubeObject & V1Binding) | undefined;
  if (binding === undefined) throw badRequest('not a Binding object');
  if ((binding.metadata.name ?? '') !== name) throw badRequest('name in URL does not match name in Binding object');
  checkTarget(binding);
  if (request.dryRun) {
    const pod = await services.get(PODS, request.namespace, name);
    if (pod !== undefined) assign(pod, binding, name, services.nowMs());
    return successStatus(201);
  }
  await services.update(PODS, request.namespace, name, (pod) => {
    assign(pod, binding, name, services.nowMs());
    return pod;
  });
  return successStatus(201);
}

function checkTarget(binding: V1Binding): void {
  const errors = new FieldErrors();
  const { kind, name } = binding.target;
  if (kind !== undefined && kind !== '' && kind !== 'Node')
    errors.notSupported('target.kind', kind, ['Node', '<empty>']);
  if (name === undefined || name === '') errors.required('target.name');
  if (!errors.empty) throw new StatusError({ code: 500, reason: '', message: aggregate(errors.list) });
}

function assign(object: KubeObject, binding: KubeObject & V1Binding, name: string, nowMs: number): void {
  const pod = object as unknown as Filled<V1Pod>;
  checkPreconditions(object, binding, name);
  const refuse = (why: string): never => {
    throw conflict(BINDINGS, name, why);
  };
  if (pod.metadata.deletionTimestamp !== undefined) {
    refuse(`pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (pod.spec.nodeName !== undefined) {
    refuse(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  }
  if ((pod.spec.schedulingGates ?? []).length > 0) refuse(`pod ${name} has non-empty .spec.schedulingGates`);
  pod.spec.nodeName = binding.target.name ?? '';
  delete pod.status.nominatedNodeName;
  if (binding.metadata.annotations !== undefined) {
    pod.metadata.annotations = { ...pod.metadata.annotations, ...binding.metadata.annotations };
  }
  if (binding.metadata.labels !== undefined) {
    pod.metadata.labels = { ...pod.metadata.labels, ...binding.metadata.labels };
  }
  setPodCondition(pod.status, { type: 'PodScheduled', status: 'True' }, nowMs);
}

function checkPreconditions(pod: KubeObject, binding: KubeObject, name: string): void {
  const { uid, resourceVersion } = binding.metadata;
  if (uid !== undefined && uid !== '' && uid !== pod.metadata.uid) {
    throw conflict(
      PODS,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== pod.metadata.resourceVersion) {
    throw conflict(
      PODS,
      name,
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${pod.metadata.resourceVersion}`,
    );
  }
}
