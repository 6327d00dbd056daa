/** Every image is pulled at every start, so that nobody uses a private image that somebody else's pod brought. */
import { type FieldError, FieldErrors } from '../machinery/field-errors.ts';
import type { ResourceRow } from '../machinery/resource-row.ts';
import { aggregateTexts } from '../machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { containersOf, isPods, podOf } from './pods.ts';
import { refuse } from './refusal.ts';

export class AlwaysPullImages implements AdmissionStep {
  readonly name = 'AlwaysPullImages';

  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return (operation === 'CREATE' || operation === 'UPDATE') && subresource === '' && isPods(row);
  }

  mutate(attributes: AdmissionAttributes): void {
    const spec = podOf(attributes.object)?.spec;
    if (spec === undefined || bringsNoImage(attributes)) return;
    for (const [container] of containersOf(spec)) container.imagePullPolicy = 'Always';
    for (const { image } of spec.volumes ?? []) if (image !== undefined) image.pullPolicy = 'Always';
  }

  validate(attributes: AdmissionAttributes): void {
    const spec = podOf(attributes.object)?.spec;
    if (spec === undefined || bringsNoImage(attributes)) return;
    const errors = new FieldErrors();
    for (const [{ imagePullPolicy }, path] of containersOf(spec)) {
      if (imagePullPolicy !== 'Always')
        errors.notSupported(`${path}.imagePullPolicy`, imagePullPolicy ?? '', ['Always']);
    }
    (spec.volumes ?? []).forEach(({ image }, index) => {
      if (image === undefined || image.pullPolicy === 'Always') return;
      errors.notSupported(`spec.volumes[${index}].image.pullPolicy`, image.pullPolicy ?? '', ['Always']);
    });
    if (!errors.empty) throw refuse(attributes, aggregateTexts(errors.list.map(shown)));
  }
}

function shown({ field, message }: FieldError): string {
  return `${field}: ${message}`;
}

/** An update that keeps to the images the pod has is nobody's way to a private one. */
function bringsNoImage({ operation, object, old }: AdmissionAttributes): boolean {
  const [before, after] = [podOf(old), podOf(object)];
  if (operation !== 'UPDATE' || before === undefined || after === undefined) return false;
  const images = new Set([...containersOf(before.spec)].map(([{ image }]) => image));
  return [...containersOf(after.spec)].every(([{ image }]) => images.has(image));
}
