/**
 * Fields of Kubernetes 1.36 that the typings of `@kubernetes/client-node` do not have yet: by model, each field with
 * its type as the typings would spell it, its format where it has one, and its description. `!` marks a required one.
 * A model that is not in the typings is made of its fields. To be emptied when the client library catches up.
 */
export const additions = {
  V1ImageVolumeStatus: {
    '': 'What became of an image volume.',
    imageRef: ['string', 'The digest of the image that is mounted.'],
  },
  V1ListMeta: { shardInfo: ['V1ShardInfo', 'Which shard of the collection the list is, when it is not the whole.'] },
  V1NodeAllocatableResourceClaimStatus: {
    '': 'What a claim takes of the allocatable resources of a node.',
    containers: ['Array<string>', 'The containers that use the claim.'],
    'resourceClaimName!': ['string', 'The claim.'],
    'resources!': ['{ [key: string]: string; }', 'What is taken, by resource.'],
  },
  V1NodeAllocatableResourceMapping: {
    '': 'How much of an allocatable resource of the node a device stands for.',
    allocationMultiplier: ['string', 'The amount for each unit of the capacity, or for each device.'],
    capacityKey: ['string', 'The capacity of the device that is counted; without it, the device itself is.'],
  },
  V1NodeStatus: {
    declaredFeatures: ['Array<string>', 'Features that the node says it has, for the scheduler to match.'],
  },
  V1PodCertificateProjection: {
    userAnnotations: ['{ [key: string]: string; }', 'What the signer is told beside the request.'],
  },
  V1PodSchedulingGroup: {
    '': 'The group of pods that are scheduled together.',
    podGroupName: ['string', 'The PodGroup, in the namespace of the pod.'],
  },
  V1PodSpec: { schedulingGroup: ['V1PodSchedulingGroup', 'The group that the pod is scheduled with.'] },
  V1PodStatus: {
    allocatedResources: ['{ [key: string]: string; }', 'What the node has allocated to the pod as a whole.'],
    nodeAllocatableResourceClaimStatuses: [
      'Array<V1NodeAllocatableResourceClaimStatus>',
      'What the claims of the pod take of allocatable resources of its node.',
    ],
    resources: ['V1ResourceRequirements', 'The requests and limits of the pod as a whole that are in effect.'],
  },
  V1ResourceHealth: { message: ['string', 'What is known of the health, for people.'] },
  V1ShardInfo: {
    '': 'Which shard of a collection a list is.',
    'selector!': ['string', 'The selector of the shard, as it was asked for.'],
  },
  V1VolumeMountStatus: { volumeStatus: ['V1VolumeStatus', 'What is known of the volume that is mounted.'] },
  V1VolumeStatus: {
    '': 'What is known of a mounted volume: one of its fields is set, by its kind.',
    image: ['V1ImageVolumeStatus', 'Of an image volume.'],
  },
  V1Device: {
    nodeAllocatableResourceMappings: [
      '{ [key: string]: V1NodeAllocatableResourceMapping; }',
      'Which allocatable resources of the node the device stands for, by resource.',
    ],
  },
  V1DeviceAttribute: {
    bools: ['Array<boolean>', 'Several truth values.'],
    ints: ['Array<number>', 'Several numbers.', 'int64'],
    strings: ['Array<string>', 'Several texts.'],
    versions: ['Array<string>', 'Several semantic versions.'],
  },
  V1CSIDriverSpec: {
    preventPodSchedulingIfMissing: ['boolean', 'Keep pods with volumes of this driver from nodes that lack it.'],
    serviceAccountTokenInSecrets: ['boolean', 'Pass tokens among the secrets and not in the context of the volume.'],
  },
  V1CustomResourceDefinitionCondition: {
    observedGeneration: ['number', 'The generation of the definition that the condition is about.', 'int64'],
  },
  V1CustomResourceDefinitionStatus: {
    observedGeneration: ['number', 'The generation of the definition that was last acted on.', 'int64'],
  },
};

/** Adds them to what was read of the typings, in place; a field that the typings have by now is an error. */
export function addFields(models) {
  for (const [name, { '': description = '', ...fields }] of Object.entries(additions)) {
    const model = models.get(name) ?? { description, fields: [] };
    for (const [key, [type, text, format = '']] of Object.entries(fields)) {
      const field = key.replace('!', '');
      if (model.fields.some((known) => known.name === field))
        throw new Error(`the typings have ${name}.${field} by now`);
      model.fields.push({ name: field, type, format, required: key.endsWith('!'), description: text });
    }
    models.set(name, model);
  }
  return models;
}
