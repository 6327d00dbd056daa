/** The parameters of requests, as the OpenAPI documents name them: what each is called, what it holds, what it does. */

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly description: string;
  readonly type: 'string' | 'integer' | 'boolean';
  readonly required?: boolean;
}

export function queryParameter(name: string, type: Parameter['type'], description: string): Parameter {
  return { name, in: 'query', description, type };
}

export function pathParameter(name: string, description: string): Parameter {
  return { name, in: 'path', description, required: true, type: 'string' };
}

export const pretty = queryParameter(
  'pretty',
  'string',
  'If true, the output is indented. Off unless a browser, curl or wget asks.',
);

export const writing: readonly Parameter[] = [
  queryParameter('dryRun', 'string', 'With All, everything is done but the change is not persisted.'),
  queryParameter('fieldManager', 'string', 'The name of whoever makes the changes, for the ownership of fields.'),
  queryParameter('fieldValidation', 'string', 'What happens to unknown and repeated fields: Ignore, Warn or Strict.'),
];

export const patching: readonly Parameter[] = [
  ...writing,
  queryParameter('force', 'boolean', 'An apply takes over fields that others own.'),
];

export const deleting: readonly Parameter[] = [
  queryParameter('dryRun', 'string', 'With All, everything is done but the change is not persisted.'),
  queryParameter('gracePeriodSeconds', 'integer', 'Seconds to grant before the object goes; zero: at once.'),
  queryParameter(
    'ignoreStoreReadErrorWithClusterBreakingPotential',
    'boolean',
    'Deletes an object that cannot be read.',
  ),
  queryParameter('orphanDependents', 'boolean', 'Deprecated: use propagationPolicy.'),
  queryParameter('propagationPolicy', 'string', 'What happens to dependents: Orphan, Background or Foreground.'),
];

/** What chooses objects, and how far reading goes. */
const choosing: readonly Parameter[] = [
  queryParameter('continue', 'string', 'The token of the next page.'),
  queryParameter('fieldSelector', 'string', 'Restricts the list of returned objects by their fields.'),
  queryParameter('labelSelector', 'string', 'Restricts the list of returned objects by their labels.'),
  queryParameter('limit', 'integer', 'At most so many objects in one page.'),
  queryParameter('resourceVersion', 'string', 'The version from which, or at which, is read.'),
  queryParameter('resourceVersionMatch', 'string', 'How resourceVersion counts: Exact or NotOlderThan.'),
  queryParameter('sendInitialEvents', 'boolean', 'A watch begins with the objects that exist.'),
  queryParameter('timeoutSeconds', 'integer', 'How long a list or watch may last.'),
];

export const listing: readonly Parameter[] = [
  queryParameter('allowWatchBookmarks', 'boolean', 'A watch may send bookmarks.'),
  ...choosing,
  queryParameter('watch', 'boolean', 'Watch for changes to the described resources, in place of a list.'),
];

export const deletingMany: readonly Parameter[] = [...deleting, ...choosing];

/** The parameters that all of `lists` have, by name and place; and what remains of each list. */
export function shared(lists: readonly (readonly Parameter[])[]): {
  readonly common: readonly Parameter[];
  readonly own: readonly (readonly Parameter[])[];
} {
  const [first = [], ...others] = lists;
  const isIn = (list: readonly Parameter[], wanted: Parameter): boolean =>
    list.some((parameter) => parameter.name === wanted.name && parameter.in === wanted.in);
  const common = first.filter((parameter) => others.every((list) => isIn(list, parameter)));
  return {
    common: sorted(common),
    own: lists.map((list) => sorted(list.filter((parameter) => !isIn(common, parameter)))),
  };
}

function sorted(parameters: readonly Parameter[]): Parameter[] {
  const key = ({ name, in: place }: Parameter): string => `${name} ${place}`;
  return [...parameters].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
