/** Templates of pods, inside of what makes pods of them (pkg/apis/core/validation: ValidatePodTemplateSpec). */
import type { V1PodTemplateSpec } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkAnnotations, checkLabels } from './labels.ts';
import { checkPodAnnotations, checkProfileAnnotations } from './pod-annotations.ts';
import { checkPodSpec } from './pod-spec.ts';

export function checkPodTemplate(template: V1PodTemplateSpec, path: string, errors: FieldErrors): void {
  const { metadata, spec = { containers: [] } } = template;
  checkLabels(metadata?.labels, `${path}.labels`, errors);
  checkAnnotations(metadata?.annotations, `${path}.annotations`, errors);
  checkPodAnnotations(metadata?.annotations, spec, `${path}.annotations`, errors);
  checkPodSpec(spec, undefined, `${path}.spec`, errors);
  checkProfileAnnotations(metadata, spec, `${path}.spec`, errors);
  if ((spec.ephemeralContainers ?? []).length > 0) {
    errors.forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template');
  }
}
