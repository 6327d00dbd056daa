/**
 * Claims that a token does not hold but says where to get (OpenID Connect Core 1.0, 5.6.2): the groups of a user with too
 * many of them for a token.
 */
import type { JWTPayload } from 'jose';
import { exchange, tlsAgent } from '../webhook/https-exchange.ts';

const FETCH_TIMEOUT_MS = 30_000;

/**
 * The claim's value from where the token says; undefined when the token has it, or says nothing of it.
 * @param verify checks what was fetched, itself a token, and gives its claims
 */
export async function distributedClaim(
  claims: JWTPayload,
  claim: string,
  authorities: string | undefined,
  verify: (token: string) => Promise<JWTPayload>,
): Promise<unknown> {
  if (Object.hasOwn(claims, claim) || claims._claim_names === undefined) return undefined;
  const source = textAt(recordOf(claims._claim_names, 'distributed claim names'), claim);
  if (source === undefined) return undefined;
  const sources = recordOf(claims._claim_sources, 'claim sources');
  if (!Object.hasOwn(sources, source)) throw new Error('_claim_names names a source that is not in _claim_sources');
  const endpoint = recordOf(sources[source], 'claim source');
  const url = textAt(endpoint, 'endpoint');
  if (url === undefined || url === '') return undefined;
  if (!url.startsWith('https:')) throw new Error(`the endpoint of the distributed claim ${claim} is no https URL`);
  const token = await fetchToken(url, textAt(endpoint, 'access_token'), authorities);
  const found = await verify(token);
  if (!Object.hasOwn(found, claim)) throw new Error(`the distributed claim's endpoint did not give the claim ${claim}`);
  return found[claim];
}

async function fetchToken(url: string, access: string | undefined, authorities: string | undefined): Promise<string> {
  const agent = tlsAgent(authorities === undefined ? {} : { authorities });
  try {
    const { code, text } = await exchange({
      url,
      method: 'GET',
      headers: access === undefined || access === '' ? {} : { authorization: `Bearer ${access}` },
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
      agent,
    });
    if (code !== 200) throw new Error(`the distributed claim's endpoint answered ${code}`);
    return text.trim();
  } finally {
    agent.destroy();
  }
}

function recordOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`could not parse ${what}`);
  return value as Readonly<Record<string, unknown>>;
}

function textAt(record: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = Object.hasOwn(record, key) ? record[key] : undefined;
  return typeof value === 'string' ? value : undefined;
}
