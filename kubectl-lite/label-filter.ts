/** Label selectors as users type them (`a=b,c!=d,e in (f,g),!h`), matched here where no server does it: for files. */
import { type LabelRequirement, type Labels, selectorMatches } from '../base/label-selector.ts';
import { Failure } from './failure.ts';

const TERM =
  /^\s*(?:(!)\s*([\w./-]+)|([\w./-]+)\s*(?:(==?|!=|>|<)\s*([\w.-]*)|\s(in|notin)\s*\(([^()]*)\))?)\s*(?:,|$)/;

export function labelFilter(selector: string): (labels: Labels | undefined) => boolean {
  const requirements: LabelRequirement[] = [];
  let rest = selector;
  while (rest.trim() !== '') {
    const match = TERM.exec(rest);
    if (match === null)
      throw new Failure(`the provided selector "${selector}" is not valid: unable to parse requirement: ${rest}`);
    const [whole, not, absent, key = '', operator, value = '', set, values = ''] = match;
    if (not !== undefined) requirements.push({ key: absent ?? '', operator: 'DoesNotExist', values: [] });
    else if (set !== undefined) {
      const listed = values.split(',').map((each) => each.trim());
      requirements.push({ key, operator: set === 'in' ? 'In' : 'NotIn', values: listed });
    } else if (operator === undefined) requirements.push({ key, operator: 'Exists', values: [] });
    else {
      const known = { '=': 'In', '==': 'In', '!=': 'NotIn', '>': 'Gt', '<': 'Lt' } as const;
      requirements.push({ key, operator: known[operator as keyof typeof known], values: [value] });
    }
    rest = rest.slice(whole.length);
  }
  return (labels) => selectorMatches(requirements, labels ?? {});
}
