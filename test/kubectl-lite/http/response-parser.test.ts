/** Responses as Node's own server writes them, and as only a broken or hostile one would, in pieces of any size. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedResponse, ResponseParser } from '../../../kubectl-lite/http/response-parser.ts';

interface Read {
  status: number;
  headers: Record<string, string>;
  body: string;
  ended: boolean;
  keepsAlive: boolean;
}

/** What is read of `text` when it comes in pieces that end at `cuts`, and then, perhaps, the connection ends. */
function read(text: string, cuts: readonly number[] = [], closes = false): Read {
  const got: Read = { status: 0, headers: {}, body: '', ended: false, keepsAlive: false };
  const parser = new ResponseParser({
    head: ({ status, headers }) => Object.assign(got, { status, headers: Object.fromEntries(headers) }),
    data: (bytes) => {
      got.body += bytes.toString('latin1');
    },
    end: () => {
      got.ended = true;
    },
  });
  const bytes = Buffer.from(text, 'latin1');
  const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  for (const [at, place] of places.entries()) parser.push(bytes.subarray(place, places[at + 1] ?? bytes.length));
  if (closes) parser.close();
  return { ...got, keepsAlive: parser.done && parser.keepsAlive };
}

const lines = (...all: readonly string[]): string => all.join('\r\n');
const CHUNKED = lines(
  'HTTP/1.1 200 OK',
  'Transfer-Encoding: chunked',
  'Warning: 299 - "one"',
  'warning: 299 - "two"',
  '',
  '5',
  'hello',
  'A;name=value',
  ', you all!',
  '0',
  'Trailer: x',
  '',
  '',
);

describe('a response', () => {
  it('is the same in whatever pieces it comes', () => {
    const measured = lines('HTTP/1.1 404 Not Found', 'content-length: 4', 'connection: close', '', 'nope');
    const texts = [CHUNKED, measured, `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${measured}`];
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(fc.nat(200), { maxLength: 12 }), (text, cuts) => {
        const places = cuts.map((cut) => cut % (text.length + 1));
        expect(read(text, places)).toEqual(read(text));
      }),
    );
  });

  it('may be chunked, with trailers, and repeat a header', () => {
    expect(read(CHUNKED)).toEqual({
      status: 200,
      headers: { 'transfer-encoding': 'chunked', warning: '299 - "one", 299 - "two"' },
      body: 'hello, you all!',
      ended: true,
      keepsAlive: true,
    });
  });

  it('may be measured, have no body, or end with its connection', () => {
    expect(read('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi')).toMatchObject({ body: 'hi', ended: true });
    expect(read('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')).toMatchObject({ ended: true, keepsAlive: true });
    expect(read('HTTP/1.1 204 No Content\r\n\r\n')).toMatchObject({ ended: true, keepsAlive: true });
    const open = 'HTTP/1.1 200 OK\r\n\r\nsome';
    expect(read(open)).toMatchObject({ body: 'some', ended: false });
    expect(read(open, [], true)).toMatchObject({ body: 'some', ended: true, keepsAlive: false });
  });

  it('says whether its connection is to be used again', () => {
    const keeps = (head: string, more = ''): boolean => read(`${head}\r\ncontent-length: 0\r\n\r\n${more}`).keepsAlive;
    expect(keeps('HTTP/1.1 200 OK')).toBe(true);
    expect(keeps('HTTP/1.1 200 OK\r\nConnection: Close')).toBe(false);
    expect(keeps('HTTP/1.0 200 OK')).toBe(false);
    expect(keeps('HTTP/1.0 200 OK\r\nconnection: keep-alive')).toBe(true);
    // What nobody asked for is not taken for the next answer.
    expect(keeps('HTTP/1.1 200 OK', 'HTTP/1.1 200 OK\r\n')).toBe(false);
  });

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
    ['a header without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
    ['a folded header', 'HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['an unknown encoding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n'],
    ['a chunk without a size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n'],
    ['a negative chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n'],
    ['a chunk longer than it said', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n'],
    ['an endless head', `HTTP/1.1 200 OK\r\na: ${'x'.repeat(2 ** 20)}`],
    ['an endless chunk size', `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;${'x'.repeat(2 ** 15)}`],
  ])('is refused with %s', (_, text) => {
    expect(() => read(text)).toThrow(MalformedResponse);
  });

  it('is refused when its connection ends too early', () => {
    for (let length = 0; length < CHUNKED.length - 1; length++)
      expect(() => read(CHUNKED.slice(0, length), [], true), String(length)).toThrow('unexpected EOF');
  });
});
