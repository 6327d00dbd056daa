/** `AlwaysAdmit` and `AlwaysDeny`: deprecated upstream, and good for trying what clients make of it. */
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep } from '../machinery/steps.ts';
import { refuse } from './refusal.ts';

export class AlwaysAdmit implements AdmissionStep {
  readonly name = 'AlwaysAdmit';

  handles(): boolean {
    return false;
  }
}

export class AlwaysDeny implements AdmissionStep {
  readonly name = 'AlwaysDeny';

  handles(_operation: AdmissionOperation): boolean {
    return true;
  }

  mutate(attributes: AdmissionAttributes): void {
    throw refuse(attributes, 'admission control is denying all modifications');
  }
}
