/**
 * Writes `generated/column-docs.json`: the descriptions of the fields that table columns show, which are the columns'
 * descriptions. A small file of its own, so that a server need not read all descriptions to print a table.
 */
import fs from 'node:fs';
import path from 'node:path';
import { makeSchemas } from './schemas.mjs';

const fields = `
  V1ObjectMeta.name,creationTimestamp
  V1PodStatus.podIP,nominatedNodeName V1PodSpec.nodeName,readinessGates,nodeSelector
  V1ReplicationControllerSpec.replicas,selector V1ReplicationControllerStatus.replicas,readyReplicas
  V1ReplicaSetSpec.replicas V1ReplicaSetStatus.replicas,readyReplicas
  V1DaemonSetStatus.desiredNumberScheduled,currentNumberScheduled,numberReady,updatedNumberScheduled,numberAvailable
  V1ScaleSpec.replicas V1ScaleStatus.replicas
  V1JobStatus.succeeded V1CronJobSpec.schedule,timeZone,suspend V1CronJobStatus.active,lastScheduleTime
  V1ServiceSpec.type,clusterIP,externalIPs,ports,selector V1Endpoints.subsets
  V1NodeSystemInfo.kubeletVersion,osImage,kernelVersion,containerRuntimeVersion V1NodeStatus.addresses
  CoreV1Event.lastTimestamp,type,reason,message,firstTimestamp,count V1ObjectReference.fieldPath
  V1Secret.type,data V1ConfigMap.data
  V1PersistentVolumeSpec.capacity,accessModes,persistentVolumeReclaimPolicy,volumeMode
  V1PersistentVolumeStatus.phase,reason
  V1PersistentVolumeClaimStatus.phase,capacity,accessModes V1PersistentVolumeClaimSpec.volumeName,volumeMode
  V1DeploymentStatus.updatedReplicas,availableReplicas
  V2HorizontalPodAutoscalerSpec.metrics,minReplicas,maxReplicas V2HorizontalPodAutoscalerStatus.currentReplicas
  V1LeaseSpec.holderIdentity V1StorageClass.provisioner,reclaimPolicy,volumeBindingMode,allowVolumeExpansion
  V1VolumeAttributesClass.driverName V1ControllerRevision.revision V1PriorityClass.value,globalDefault,preemptionPolicy
  V1VolumeAttachmentSpec.attacher,nodeName V1VolumeAttachmentSource.persistentVolumeName
  V1VolumeAttachmentStatus.attached V1EndpointSlice.addressType,ports,endpoints
  V1CSIDriverSpec.attachRequired,podInfoOnMount,storageCapacity,tokenRequests,requiresRepublish,volumeLifecycleModes
  V1CSIStorageCapacity.storageClassName,capacity
  V1PriorityLevelConfigurationReference.name V1FlowSchemaSpec.matchingPrecedence
  V1PriorityLevelConfigurationSpec.type V1LimitedPriorityLevelConfiguration.nominalConcurrencyShares
  V1QueuingConfiguration.queues,handSize,queueLengthLimit V1ServiceCIDRSpec.cidrs
  V1CertificateSigningRequestSpec.signerName,request,expirationSeconds V1CertificateSigningRequestStatus.conditions
  V1ResourceSliceSpec.nodeName,driver V1ResourcePool.name
`
  .split(/\s+/)
  .filter(Boolean)
  .flatMap((word) => {
    const [model, names] = word.split('.');
    return names.split(',').map((name) => [model, name]);
  });

/** Where the typings have another white space than the servers: two spaces between sentences became paragraphs. */
const spaces = new Map([
  ...[
    ...['V1CronJobSpec.suspend', 'V1ServiceSpec.clusterIP', 'V1ServiceSpec.externalIPs'],
    ...['V1StorageClass.volumeBindingMode', 'V1FlowSchemaSpec.matchingPrecedence'],
    ...['V1PriorityLevelConfigurationSpec.type', 'V1QueuingConfiguration.queues', 'V1QueuingConfiguration.handSize'],
    ...['V1QueuingConfiguration.queueLengthLimit', 'V2HorizontalPodAutoscalerSpec.metrics'],
    'V2HorizontalPodAutoscalerSpec.minReplicas',
  ].map((field) => [field, ['\n\n', '  ']]),
  ['V1LimitedPriorityLevelConfiguration.nominalConcurrencyShares', ['\n\n= ceil', '  = ceil']],
  ['V1CSIDriverSpec.podInfoOnMount', [' '.repeat(33), `\n${' '.repeat(32)}`]],
]);

export function makeColumnDocs({ models, descriptions } = makeSchemas()) {
  return Object.fromEntries(
    fields.map(([model, field]) => {
      const text = descriptions[models[model]]?.[1][field];
      if (text === undefined) throw new Error(`the typings do not describe ${model}.${field}`);
      const name = `${model}.${field}`;
      return [name, spaces.has(name) ? text.replaceAll(...spaces.get(name)) : text];
    }),
  );
}

export function writeColumnDocs(folder) {
  fs.writeFileSync(path.join(folder, 'column-docs.json'), JSON.stringify(makeColumnDocs()));
}
