/** What `describe csr` tells of a request in PEM (RFC 2986): its subject and its alternative names. */

interface Request {
  readonly subject: Readonly<Record<string, string[]>>;
  readonly names: { readonly dns: string[]; readonly email: string[]; readonly uri: string[]; readonly ip: string[] };
}

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  '550403': 'CN',
  '550405': 'serialNumber',
  '550406': 'C',
  '550407': 'L',
  '550408': 'ST',
  '550409': 'street',
  '55040a': 'O',
  '55040b': 'OU',
  '550411': 'postalCode',
};
const SUBJECT_ALTERNATIVE_NAME = '551d11';

/** DER's elements, one after another. */
function elements(bytes: Buffer): Element[] {
  const found: Element[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0;
    let start = at + 2;
    if (length & 0x80) {
      const size = length & 0x7f;
      length = bytes.readUIntBE(start, size);
      start += size;
    }
    found.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}

/** @param request base64 of PEM */
export function certificateRequest(request: string): Request {
  const pem = Buffer.from(request, 'base64').toString('latin1');
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
  const [whole] = elements(der);
  const [info] = elements(whole?.content ?? Buffer.alloc(0));
  const [, subject, , attributes] = elements(info?.content ?? Buffer.alloc(0));
  return { subject: subjectOf(subject), names: namesOf(attributes) };
}

function subjectOf(subject: Element | undefined): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const set of elements(subject?.content ?? Buffer.alloc(0))) {
    for (const pair of elements(set.content)) {
      const [type, value] = elements(pair.content);
      const name = ATTRIBUTES[type?.content.toString('hex') ?? ''];
      if (name !== undefined) found[name] = [...(found[name] ?? []), value?.content.toString('utf8') ?? ''];
    }
  }
  return found;
}

function namesOf(attributes: Element | undefined): Request['names'] {
  const names = { dns: [] as string[], email: [] as string[], uri: [] as string[], ip: [] as string[] };
  for (const attribute of elements(attributes?.content ?? Buffer.alloc(0))) {
    const [, values] = elements(attribute.content);
    const [extensions] = elements(values?.content ?? Buffer.alloc(0));
    for (const extension of elements(extensions?.content ?? Buffer.alloc(0))) {
      const parts = elements(extension.content);
      if (parts[0]?.content.toString('hex') !== SUBJECT_ALTERNATIVE_NAME) continue;
      const [list] = elements(parts.at(-1)?.content ?? Buffer.alloc(0));
      for (const { tag, content } of elements(list?.content ?? Buffer.alloc(0))) {
        const kind = tag & 0x1f;
        if (kind === 1) names.email.push(content.toString('latin1'));
        else if (kind === 2) names.dns.push(content.toString('latin1'));
        else if (kind === 6) names.uri.push(content.toString('latin1'));
        else if (kind === 7) names.ip.push(addressText(content));
      }
    }
  }
  return names;
}

function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join('.');
  return Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16)).join(':');
}
