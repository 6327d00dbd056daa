/**
 * Which representation a client gets and in which one it sends (k8s.io/apiserver/pkg/endpoints/handlers/negotiation):
 * JSON or YAML, plain or transformed (`as=Table`, `as=PartialObjectMetadata`). Protobuf is understood but not spoken:
 * clients that send it accept JSON, too, and who accepts nothing else gets 406.
 */
import { notAcceptable, notAcceptableByRoute, unsupportedMediaType } from './status.ts';

export type OutputFormat = 'application/json' | 'application/yaml';

export interface Transform {
  readonly kind: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  /** `v1` or `v1beta1` of meta.k8s.io. */
  readonly version: string;
}

export interface OutputType {
  readonly format: OutputFormat;
  readonly transform: Transform | undefined;
  readonly pretty: boolean;
}

interface AcceptClause {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
  readonly parameters: ReadonlyMap<string, string>;
}

export const inputTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'] as const;
const listTypes = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];

/** Clauses in the order of preference: quality, then how specific they are, then as written. */
export function parseAccept(header: string): AcceptClause[] {
  const clauses: AcceptClause[] = [];
  for (const part of header.split(',')) {
    const [media = '', ...options] = part.split(';').map((each) => each.trim());
    const [type = '', subtype = ''] = media.split('/');
    if (type === '') continue;
    const parameters = new Map<string, string>();
    let quality = 1;
    for (const option of options) {
      const at = option.indexOf('=');
      const key = (at < 0 ? option : option.slice(0, at)).trim();
      const value = at < 0 ? '' : option.slice(at + 1).trim();
      if (key === 'q') quality = Number.isNaN(Number(value)) ? 1 : Number(value);
      else parameters.set(key, value);
    }
    clauses.push({ type, subtype, quality, parameters });
  }
  return clauses
    .map((clause, index) => ({ clause, index }))
    .sort(
      (a, b) =>
        b.clause.quality - a.clause.quality || specificity(b.clause) - specificity(a.clause) || a.index - b.index,
    )
    .map(({ clause }) => clause);
}

function specificity(clause: AcceptClause): number {
  return clause.type === '*' ? 0 : clause.subtype === '*' ? 1 : 2;
}

const JSON_TYPE: OutputType = { format: 'application/json', transform: undefined, pretty: false };

export interface OutputRules {
  /** Lists and watches may also be asked for with `stream=watch`. */
  readonly list: boolean;
  /** Only what can be streamed. */
  readonly watch?: boolean;
  /** Whether this endpoint can show Table and PartialObjectMetadata. */
  readonly transforms: boolean;
}

/** @throws StatusError 406 */
export function negotiateOutput(
  accept: string | undefined,
  userAgent: string | undefined,
  query: URLSearchParams,
  rules: OutputRules,
): OutputType {
  const pretty = wantsPretty(userAgent, query);
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json') {
    return pretty ? { ...JSON_TYPE, pretty } : JSON_TYPE;
  }
  const clauses = parseAccept(accept);
  let routed = false;
  for (const clause of clauses) {
    if (!matchesAnything(clause)) continue;
    routed = true;
    const format = formatOf(clause);
    if (format === undefined || (rules.watch === true && format !== 'application/json')) continue;
    const kind = clause.parameters.get('as');
    if (clause.parameters.has('stream') && clause.parameters.get('stream') !== 'watch') continue;
    if (kind === undefined) return { format, transform: undefined, pretty };
    const transform = transformOf(clause, kind);
    if (transform !== undefined && rules.transforms) return { format, transform, pretty };
  }
  if (!routed) throw notAcceptableByRoute(rules.list ? [...inputTypes, ...listTypes] : inputTypes);
  throw notAcceptable(rules.watch === true ? listTypes : inputTypes);
}

/** What upstream's routes produce, protobuf included: only then does the handler decide. */
function matchesAnything(clause: AcceptClause): boolean {
  // `application/*` matches nothing there.
  if (clause.type === '*') return true;
  return inputTypes.some((each) => each === `${clause.type}/${clause.subtype}`);
}

function formatOf(clause: AcceptClause): OutputFormat | undefined {
  if (clause.type === '*') return 'application/json';
  const name = `${clause.type}/${clause.subtype}`;
  return name === 'application/json' || name === 'application/yaml' ? name : undefined;
}

function transformOf(clause: AcceptClause, kind: string): Transform | undefined {
  const group = clause.parameters.get('g') ?? '';
  const version = clause.parameters.get('v') ?? '';
  if (group !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined;
  if (kind !== 'Table' && kind !== 'PartialObjectMetadata' && kind !== 'PartialObjectMetadataList') return undefined;
  return { kind, version };
}

/** People at a terminal or a browser get indented JSON. */
function wantsPretty(userAgent: string | undefined, query: URLSearchParams): boolean {
  const asked = query.get('pretty');
  if (asked !== null && asked !== '') return ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(asked);
  return userAgent !== undefined && /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent);
}

export type InputFormat = 'json' | 'yaml' | 'protobuf';

/** @throws StatusError 415 */
export function negotiateInput(contentType: string | undefined): InputFormat {
  const bare = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (bare === '' || bare === 'application/json') return 'json';
  if (bare === 'application/yaml') return 'yaml';
  if (bare === 'application/vnd.kubernetes.protobuf') return 'protobuf';
  throw unsupportedMediaType(inputTypes);
}

export type PatchFormat = 'json' | 'merge' | 'strategic' | 'apply';

const patchFormats: Readonly<Record<string, PatchFormat>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** undefined for a media type that is no patch. */
export function patchFormatOf(contentType: string | undefined): PatchFormat | undefined {
  return patchFormats[(contentType ?? '').split(';')[0]?.trim() ?? ''];
}
