/** How an admission plugin says no: the object by the name it has or will have, and why. */
import { forbidden, type StatusCause, type StatusError } from '../machinery/status.ts';
import type { AdmissionAttributes } from '../machinery/steps.ts';

export function refuse(attributes: AdmissionAttributes, why: string, causes?: StatusCause[]): StatusError {
  return forbidden(attributes.row, nameOf(attributes), why, causes);
}

/** The name; before one is drawn, the prefix it is drawn from. */
function nameOf(attributes: AdmissionAttributes): string {
  if (attributes.name !== '') return attributes.name;
  const metadata = attributes.object?.metadata;
  return metadata?.name || metadata?.generateName || 'Unknown';
}
