/** When a single container restarts, by policy and by exit code (pkg/apis/core/validation: validateContainerRestartPolicy). */
import type { V1Container, V1ContainerRestartRule } from '../../../generated/kubernetes.d.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { checkOneOf } from './formats.ts';

const RULES_MAX = 20;
const EXIT_CODES_MAX = 255;

export function checkContainerRestart(
  container: V1Container,
  isInit: boolean,
  path: string,
  errors: FieldErrors,
): void {
  const { restartPolicy, restartPolicyRules: rules = [] } = container;
  if (restartPolicy === undefined) {
    if (rules.length === 0) return;
    errors.required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used');
    if (isInit) return;
  } else checkOneOf(restartPolicy, ['Always', 'Never', 'OnFailure'], `${path}.restartPolicy`, errors);
  if (rules.length > RULES_MAX) errors.tooMany(`${path}.restartPolicyRules`, rules.length, RULES_MAX);
  for (const [index, rule] of rules.entries()) checkRule(rule, `${path}.restartPolicyRules[${index}]`, errors);
}

function checkRule({ action, exitCodes }: V1ContainerRestartRule, path: string, errors: FieldErrors): void {
  checkOneOf(action, ['Restart', 'RestartAllContainers'], `${path}.action`, errors);
  if (exitCodes === undefined) {
    errors.required(`${path}.exitCodes`, 'must be specified');
    return;
  }
  checkOneOf(exitCodes.operator, ['In', 'NotIn'], `${path}.exitCodes.operator`, errors);
  const count = exitCodes.values?.length ?? 0;
  if (count > EXIT_CODES_MAX) errors.tooMany(`${path}.exitCodes.values`, count, EXIT_CODES_MAX);
}
