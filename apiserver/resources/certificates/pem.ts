/** PEM blocks, read as Go's encoding/pem reads them: the first block there is, whatever stands before it. */

export interface PemBlock {
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  /** What follows the block. */
  readonly rest: string;
}

const BLOCK = /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t]*\r?\n([\s\S]*?)-----END \1-----[ \t]*(?:\r?\n|$)/;
const HEADER = /^([^:\n]+):[ \t]*(.*)$/;

/** Undefined when there is none. Blocks whose content is no base64 are passed over. */
export function readPem(text: string): PemBlock | undefined {
  let remaining = text;
  for (;;) {
    const match = BLOCK.exec(remaining);
    if (match === null) return undefined;
    const [whole, type = '', content = ''] = match;
    const rest = remaining.slice(match.index + whole.length);
    const { headers, body } = splitHeaders(content);
    if (/^[A-Za-z0-9+/]*={0,2}$/.test(body.replace(/\s/g, ''))) {
      return { type, headers, bytes: Buffer.from(body, 'base64'), rest };
    }
    remaining = rest;
  }
}

function splitHeaders(content: string): { readonly headers: Record<string, string>; readonly body: string } {
  const lines = content.split(/\r?\n/);
  const headers: Record<string, string> = {};
  let at = 0;
  for (; at < lines.length; at++) {
    const match = HEADER.exec(lines[at] ?? '');
    if (match === null) break;
    headers[(match[1] ?? '').trim()] = (match[2] ?? '').trim();
  }
  return { headers, body: lines.slice(at).join('\n') };
}
