/** Role-based access control: a request is allowed when a rule that its user has allows it. It never denies. */
import type { UserInfo } from '../../machinery/resource-row.ts';
import type { AuthorizationAttributes, AuthorizationDecision, Authorizer } from '../../machinery/steps.ts';
import type { RbacIndex } from './rbac-index.ts';
import { type PolicyRule, ruleAllows } from './rules.ts';

export class RbacAuthorizer implements Authorizer {
  readonly #index: RbacIndex;

  constructor(index: RbacIndex) {
    this.#index = index;
  }

  authorize(attributes: AuthorizationAttributes): AuthorizationDecision {
    let reason = '';
    let missing: Set<string> | undefined;
    this.#index.visitRules(attributes.user, attributes.namespace, (found) => {
      if ('missing' in found) {
        missing ??= new Set();
        missing.add(found.missing);
      } else if (ruleAllows(found.rule, attributes)) reason = `RBAC: allowed by ${found.bound.shown}`;
      return reason === '';
    });
    if (reason !== '') return { decision: 'allow', reason };
    return { decision: 'noOpinion', reason: missing === undefined ? '' : `RBAC: ${showErrors([...missing])}` };
  }

  /** Everything that the user may do in the namespace, and why some of it could not be found. */
  rulesFor(user: UserInfo, namespace: string): { rules: PolicyRule[]; errors: string[] } {
    const rules: PolicyRule[] = [];
    const errors: string[] = [];
    this.#index.visitRules(user, namespace, (found) => {
      if ('missing' in found) errors.push(found.missing);
      else rules.push(found.rule);
      return true;
    });
    return { rules, errors };
  }
}

function showErrors(errors: readonly string[]): string {
  return errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]`;
}
