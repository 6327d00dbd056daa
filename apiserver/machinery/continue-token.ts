/**
 * Continue tokens: where the next page of a list begins, and at which revision it is read
 * (k8s.io/apiserver/pkg/storage, "EncodeContinue"): base64 of `{"v":"meta.k8s.io/v1","rv":285,"start":"l2\u0000"}`. A revision
 * of -1 reads the present: the token that comes with a 410, for who would rather go on inconsistently than start again.
 */
import { parseJson, TextError } from './json-text.ts';
import { badRequest } from './status.ts';

const VERSION = 'meta.k8s.io/v1';

export interface ContinueToken {
  readonly revision: number;
  /** The first key of the next page. */
  readonly key: string;
}

/** @param prefix what all keys of the list begin with */
export function encodeContinue(key: string, prefix: string, revision: number): string {
  const start = key.startsWith(prefix) ? key.slice(prefix.length) : key;
  return Buffer.from(JSON.stringify({ v: VERSION, rv: revision, start })).toString('base64url');
}

/** @throws StatusError 400 */
export function decodeContinue(token: string, prefix: string): ContinueToken {
  const bad = token.search(/[^A-Za-z0-9_-]/);
  if (bad >= 0 || token.length % 4 === 1) {
    throw invalidToken(`illegal base64 data at input byte ${bad >= 0 ? bad : token.length}`);
  }
  const text = Buffer.from(token, 'base64url').toString('latin1');
  let fields: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    const { value } = parseJson(text, false);
    fields = typeof value === 'object' && value !== null ? value : {};
  } catch (error) {
    throw invalidToken(error instanceof TextError ? error.message : String(error));
  }
  if (fields.v !== VERSION)
    throw invalidToken(`server does not recognize this encoded version "${String(fields.v ?? '')}"`);
  if (typeof fields.rv !== 'number' || fields.rv === 0) {
    throw invalidToken(`incorrect encoded start resourceVersion (version ${VERSION})`);
  }
  const start = typeof fields.start === 'string' ? Buffer.from(fields.start, 'latin1').toString('utf8') : '';
  if (start === '') throw invalidToken(`encoded start key empty (version ${VERSION})`);
  if (start.split('/').some((segment) => segment === '..' || segment === '.')) {
    throw invalidToken(`${start}`);
  }
  return { revision: fields.rv, key: `${prefix}${start.replace(/^\/+/, '')}` };
}

function invalidToken(why: string): Error {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`);
}
