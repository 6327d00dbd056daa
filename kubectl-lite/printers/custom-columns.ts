/** `-o custom-columns=NAME:.metadata.name,…`: one JSONPath a column. */
import { Failure } from '../failure.ts';
import { goValue } from './go-value.ts';
import { JsonPath, relaxedPath } from './jsonpath.ts';

export interface Column {
  readonly head: string;
  readonly path: JsonPath;
}

export function columnsOf(spec: string): Column[] {
  if (spec === '') throw new Failure('custom-columns format specified but no custom columns given');
  return spec.split(',').map((part) => {
    const [head = '', path, ...more] = part.split(':');
    if (path === undefined || path === '' || head === '' || more.length > 0)
      throw new Failure(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    return { head, path: new JsonPath(relaxedPath(path), { allowMissing: true }) };
  });
}

/** The first line of a file holds the heads, the second the paths. */
export function columnsOfTemplate(text: string): Column[] {
  const [heads = '', paths = ''] = text.split('\n');
  const split = (line: string): string[] => line.split(/\s+/).filter((word) => word !== '');
  if (split(heads).length !== split(paths).length)
    throw new Failure(
      `number of headers (${split(heads).length}) and field specifications (${split(paths).length}) don't match`,
    );
  return split(heads).map((head, at) => ({
    head,
    path: new JsonPath(relaxedPath(split(paths)[at] ?? ''), { allowMissing: true }),
  }));
}

export function columnsHead(columns: readonly Column[]): string {
  return `${columns.map(({ head }) => head).join('\t')}\n`;
}

export function columnsRow(columns: readonly Column[], object: unknown): string {
  const cells = columns.map(({ path }) => {
    const values = path.results(object)[0] ?? [];
    return values.length === 0 ? '<none>' : values.map(goValue).join(',');
  });
  return `${cells.join('\t')}\n`;
}
