/** Label selectors against metav1.LabelSelector's rules. */
import { describe, expect, it } from 'vitest';
import { formatRequirements, labelMatcher, requirementMatches, requirementsOf } from '../../base/label-selector.ts';

describe('labelMatcher', () => {
  it('an absent selector picks nothing, an empty one everything', () => {
    expect(labelMatcher(undefined)({ a: 'b' })).toBe(false);
    expect(labelMatcher({})({ a: 'b' })).toBe(true);
    expect(labelMatcher({})(undefined)).toBe(true);
  });

  it.each([
    [{ matchLabels: { app: 'web' } }, { app: 'web', x: 'y' }, true],
    [{ matchLabels: { app: 'web' } }, { app: 'db' }, false],
    [{ matchLabels: { constructor: 'x' } }, {}, false],
    [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['1', '2'] }] }, { a: '2' }, true],
    [{ matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['1'] }] }, {}, true],
    [{ matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['1'] }] }, { a: '1' }, false],
    [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }, { a: '' }, true],
    [{ matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] }, { a: '' }, false],
    [{ matchExpressions: [{ key: 'a', operator: 'Unheard' }] }, { a: '' }, false],
  ])('%j on %j is %s', (selector, labels, expected) => {
    expect(labelMatcher(selector)(labels)).toBe(expected);
  });

  it.each([
    ['Gt', '5', '6', true],
    ['Gt', '5', '5', false],
    ['Lt', '5', '-7', true],
    ['Lt', '5', 'four', false],
    ['Gt', '9223372036854775806', '9223372036854775807', true],
  ] as const)('%s %s on %s is %s', (operator, bound, value, expected) => {
    expect(requirementMatches({ key: 'n', operator, values: [bound] }, { n: value })).toBe(expected);
  });
});

it('formats as upstream prints it, sorted by key', () => {
  const requirements = requirementsOf({
    matchLabels: { tier: 'x' },
    matchExpressions: [
      { key: 'b', operator: 'NotIn', values: ['q', 'p'] },
      { key: 'c', operator: 'DoesNotExist' },
      { key: 'a', operator: 'Exists' },
    ],
  });
  expect(formatRequirements(requirements ?? [])).toBe('a,b notin (p,q),!c,tier=x');
});
