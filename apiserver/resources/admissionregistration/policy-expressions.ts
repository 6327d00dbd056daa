/**
 * The expressions of admission policies and of webhooks' match conditions: what they may speak of
 * (k8s.io/apiserver/pkg/admission/plugin/cel/compile.go), and whether they compile.
 */
import { AUTHORIZER } from '../../machinery/cel/authorizer-library.ts';
import { CelChecker, type CelVariables } from '../../machinery/cel/cel-checker.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';

const KIND = { group: 'string', version: 'string', kind: 'string' };
const RESOURCE = { group: 'string', version: 'string', resource: 'string' };

const REQUEST = {
  kind: KIND,
  resource: RESOURCE,
  subResource: 'string',
  requestKind: KIND,
  requestResource: RESOURCE,
  requestSubResource: 'string',
  name: 'string',
  namespace: 'string',
  operation: 'string',
  userInfo: { username: 'string', uid: 'string', groups: 'list<string>', extra: 'map<string, list<string>>' },
  dryRun: 'bool',
  options: 'dyn',
};

const TIME = 'google.protobuf.Timestamp';

const NAMESPACE = {
  metadata: {
    name: 'string',
    generateName: 'string',
    namespace: 'string',
    labels: 'map<string, string>',
    annotations: 'map<string, string>',
    UID: 'string',
    creationTimestamp: TIME,
    deletionGracePeriodSeconds: 'int',
    deletionTimestamp: TIME,
    generation: 'int',
    resourceVersion: 'string',
    finalizers: 'list<string>',
  },
  spec: { finalizers: 'list<string>' },
  status: { conditions: 'list<dyn>', phase: 'string' },
};

/** What an expression may speak of besides. */
interface Declared {
  readonly params: boolean;
  readonly authorizer: boolean;
  /** The policy's own variables that were declared so far, with their types; undefined: it has none. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
}

function declared({ params, authorizer, variables }: Declared): CelVariables {
  return {
    object: 'dyn',
    oldObject: 'dyn',
    namespaceObject: NAMESPACE,
    request: REQUEST,
    ...(params ? { params: 'dyn' } : {}),
    ...(authorizer ? { authorizer: AUTHORIZER } : {}),
    ...(variables === undefined ? {} : { variables }),
  };
}

/** A condition stands alone: it does not see the policy's variables. */
export function checkCondition(expression: string, params: boolean, path: string, errors: FieldErrors): void {
  const checker = new CelChecker(declared({ params, authorizer: true }));
  const complaint = checker.complaint(expression.trim(), 'bool');
  if (complaint !== undefined) errors.invalid(path, expression.trim(), complaint);
}

/** The expressions of one policy. Its variables are declared one after the other. */
export class PolicyExpressions {
  readonly #params: boolean;
  readonly #types: Record<string, string> = {};
  readonly #composed: boolean;

  /** @param composed it has variables, or might have */
  constructor(params: boolean, composed: boolean) {
    this.#params = params;
    this.#composed = composed;
  }

  declare(name: string, expression: string, path: string, errors: FieldErrors): void {
    const checked = this.#checker(true).check(expression);
    if ('complaint' in checked) errors.invalid(path, expression, checked.complaint);
    Object.defineProperty(this.#types, name, {
      value: 'complaint' in checked ? 'dyn' : celType(checked.type),
      enumerable: true,
      configurable: true,
    });
  }

  /** @param shown what the message shows, when it is not quite the expression */
  check(expression: string, path: string, errors: FieldErrors, types: readonly string[], shown = expression): void {
    const complaint = this.#checker(true).complaint(expression, ...types);
    if (complaint !== undefined) errors.invalid(path, shown, complaint);
  }

  /** The text of a refusal is made without asking whether anybody may do anything. */
  checkMessage(expression: string, path: string, errors: FieldErrors): void {
    const complaint = this.#checker(false).complaint(expression, 'string');
    if (complaint !== undefined) errors.invalid(path, expression, complaint);
  }

  #checker(authorizer: boolean): CelChecker {
    const variables = this.#composed ? this.#types : undefined;
    return new CelChecker(declared({ params: authorizer && this.#params, authorizer, variables }));
  }
}

/** Types with parameters are declared as anything. */
function celType(type: string): string {
  return /^(?:string|int|uint|double|bool|bytes)$/.test(type) ? type : 'dyn';
}
