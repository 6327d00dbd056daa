/**
 * The order in which everything happens to a request, in one place.
 *
 * Around every request, from the outside in: log and metrics, deadline, authentication, audit, impersonation, flow
 * control, authorization; then the endpoint. Inside the endpoint of a write, from top to bottom: decoding (with the
 * schema's types, strictness and defaults, `body-decoding.ts`), the write steps below, the registry; on the way back,
 * encoding (`answers.ts`).
 *
 * As upstream has it, defaults come before mutating admission, and ownership of fields is tracked before admission
 * changes the object: what the server itself adds belongs to nobody.
 */
import type { Random } from '../../base/random.ts';
import type { ApiAnswer } from './api-server.ts';
import type { Exchange } from './exchange.ts';
import type { WriteSteps } from './registry.ts';
import type { RegistryServices } from './resource-row.ts';
import type { AdmissionStep } from './steps.ts';
import {
  canonicalForm,
  dedupeOwners,
  mutatingAdmission,
  ownership,
  preparation,
  semanticValidation,
  systemFields,
  validatingAdmission,
} from './write-steps.ts';

export type Next = () => Promise<ApiAnswer>;

/**
 * A step around a request: it calls `next`, or answers itself, or refuses with a StatusError, which it throws at once or
 * rejects with. Steps that know what they need without waiting add no promise: seven of them would cost a tenth of a get.
 */
export interface ChainStep {
  readonly name: string;
  run(exchange: Exchange, next: Next): Promise<ApiAnswer>;
}

/** The steps around a request, by name, each made with what it needs (`chain-steps.ts`). */
export interface AroundSteps {
  readonly logging: ChainStep;
  readonly deadline: ChainStep;
  readonly authentication: ChainStep;
  readonly audit: ChainStep;
  readonly impersonation: ChainStep;
  readonly flowControl: ChainStep;
  readonly authorization: ChainStep;
}

export function requestChain(steps: AroundSteps): readonly ChainStep[] {
  return [
    steps.logging,
    steps.deadline,
    steps.authentication,
    steps.audit,
    steps.impersonation,
    steps.flowControl,
    steps.authorization,
  ];
}

export function writeChain(
  admission: readonly AdmissionStep[],
  services: () => RegistryServices,
  random: Random,
): WriteSteps {
  return {
    admit: [dedupeOwners(false), ownership, mutatingAdmission(admission, services), dedupeOwners(true)],
    finish: [
      systemFields(random),
      preparation,
      semanticValidation,
      canonicalForm,
      validatingAdmission(admission, services),
    ],
  };
}

/** Runs a request through the steps and, inside of all of them, the endpoint. */
export function runChain(
  steps: readonly ChainStep[],
  exchange: Exchange,
  endpoint: () => Promise<ApiAnswer>,
  from = 0,
): Promise<ApiAnswer> {
  const step = steps[from];
  return step === undefined ? endpoint() : step.run(exchange, () => runChain(steps, exchange, endpoint, from + 1));
}
