/**
 * Expressions as kube-apiserver 1.36 judged them when they were the validation of an admission policy; null: it took them.
 */
import { describe, expect, it } from 'vitest';
import { FieldErrors } from '../../../apiserver/machinery/field-errors.ts';
import { PolicyExpressions } from '../../../apiserver/resources/admissionregistration/policy-expressions.ts';
import answers from './cel-expressions.json' with { type: 'json' };

function judged(expression: string): string | null {
  const errors = new FieldErrors();
  new PolicyExpressions(false, false).check(expression, 'e', errors, ['bool']);
  return errors.list[0]?.message.replace(`Invalid value: ${JSON.stringify(expression)}: `, '') ?? null;
}

describe('expressions in CEL', () => {
  it.each(Object.entries(answers))('V4 %j is judged as kube-apiserver judges it', (expression, answer) => {
    expect(judged(expression)).toBe(answer);
  });

  it('V4 an empty expression has no place to point to', () => {
    expect(judged('')).toMatch(
      /^compilation failed: ERROR: <input>:1:0: Syntax error: mismatched input '<EOF>' expecting .*IDENTIFIER}$/,
    );
  });

  it('V4 variables are known to what follows them, with their types', () => {
    const errors = new FieldErrors();
    const expressions = new PolicyExpressions(true, true);
    expressions.declare('count', '1', 'a', errors);
    expressions.declare('more', 'variables.count + params.x', 'b', errors);
    expressions.check('variables.count > "a"', 'c', errors, ['bool']);
    expressions.check('variables.other == 1', 'd', errors, ['bool']);
    expressions.checkMessage('authorizer.path("/") == 1', 'e', errors);
    expect(errors.list.map(({ field, message }) => `${field}: ${message.split('\n')[0]}`)).toEqual([
      `c: Invalid value: "variables.count > \\"a\\"": compilation failed: ERROR: <input>:1:17: found no matching overload for '_>_' applied to '(int, string)'`,
      `d: Invalid value: "variables.other == 1": compilation failed: ERROR: <input>:1:10: undefined field 'other'`,
      `e: Invalid value: "authorizer.path(\\"/\\") == 1": compilation failed: ERROR: <input>:1:1: undeclared reference to 'authorizer' (in container '')`,
    ]);
  });
});
