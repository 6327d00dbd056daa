/** HPACK, with the examples of RFC 7541, appendix C. */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../../base/random.ts';
import { HeaderDecoder } from '../../../../store/etcd/http2/header-decoder.ts';
import { HeaderEncoder } from '../../../../store/etcd/http2/header-encoder.ts';
import { type HeaderField, Http2Error } from '../../../../store/etcd/http2/protocol.ts';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
const show = (fields: readonly HeaderField[] | undefined): string[] | undefined =>
  fields?.map(({ name, value }) => `${name}: ${value}`);

describe('HPACK', () => {
  it('decodes the requests of C.4: Huffman, with a table that grows', () => {
    const decoder = new HeaderDecoder(1 << 16);
    const common = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com'];
    expect(show(decoder.decode(hex('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff')))).toEqual(common);
    expect(show(decoder.decode(hex('8286 84be 5886 a8eb 1064 9cbf')))).toEqual([...common, 'cache-control: no-cache']);
    expect(show(decoder.decode(hex('8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf')))).toEqual([
      ':method: GET',
      ':scheme: https',
      ':path: /index.html',
      ':authority: www.example.com',
      'custom-key: custom-value',
    ]);
  });

  it('decodes the responses of C.6: a table of 256 bytes that evicts', () => {
    const decoder = new HeaderDecoder(1 << 16);
    // The example's table size, set by an update (0x3f 0xe1 0x01 is 256).
    const first =
      '3fe101 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3';
    expect(show(decoder.decode(hex(first)))).toEqual([
      ':status: 302',
      'cache-control: private',
      'date: Mon, 21 Oct 2013 20:13:21 GMT',
      'location: https://www.example.com',
    ]);
    expect(show(decoder.decode(hex('4883 640e ffc1 c0bf')))).toEqual([
      ':status: 307',
      'cache-control: private',
      'date: Mon, 21 Oct 2013 20:13:21 GMT',
      'location: https://www.example.com',
    ]);
    const third =
      '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07';
    expect(show(decoder.decode(hex(third)))).toEqual([
      ':status: 200',
      'cache-control: private',
      'date: Mon, 21 Oct 2013 20:13:22 GMT',
      'location: https://www.example.com',
      'content-encoding: gzip',
      'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
    ]);
  });

  it('decodes what the encoder encodes, through evictions and changes of the table size', () => {
    const encoder = new HeaderEncoder();
    const decoder = new HeaderDecoder(1 << 20);
    const random = new SeededRandom('headers');
    for (let block = 0; block < 400; block++) {
      if (block % 50 === 49) encoder.setTableSize([0, 100, 4096][random.below(3)] ?? 0);
      const fields = Array.from({ length: random.below(10) }, (): HeaderField => {
        const value = 'v'.repeat(random.below(300)) + random.below(20);
        return random.below(10) === 0
          ? { name: `never-${random.below(3)}`, value, neverIndexed: true }
          : { name: ['x', 'content-type', ':path', 'te'][random.below(4)] ?? '', value };
      });
      expect(show(decoder.decode(Buffer.from(encoder.encode(fields))))).toEqual(show(fields));
    }
  });

  it('sends in one byte what it sent before', () => {
    const encoder = new HeaderEncoder();
    const fields = [
      { name: ':method', value: 'POST' },
      { name: ':path', value: '/etcdserverpb.KV/Put' },
    ];
    encoder.encode(fields);
    expect(encoder.encode(fields)).toHaveLength(2);
  });

  it.each([
    ['an index beyond the tables', 'be'],
    ['index zero', '80'],
    ['a string longer than the block', '4003 61'],
    ['an integer without an end', 'ffffffffffffffffff'],
    ['a table larger than announced', '3fffff03'],
    ['a table size in the middle', '82 20'],
    ['Huffman padding with zeros', '4181 00 0161'],
    ['Huffman padding of a whole byte', '4182 ffff 00'],
    ['the end-of-string symbol', '4184 ffff ffff 00'],
  ])('refuses %s', (_name, block) => {
    expect(() => new HeaderDecoder(1 << 16).decode(hex(block))).toThrow(Http2Error);
  });

  it('decodes a list that is too large for the sake of the table, and gives nothing', () => {
    const encoder = new HeaderEncoder();
    const decoder = new HeaderDecoder(200);
    const large = Array.from({ length: 5 }, (_, at) => ({ name: `header-${at}`, value: 'x'.repeat(20) }));
    expect(decoder.decode(Buffer.from(encoder.encode(large)))).toBeUndefined();
    expect(show(decoder.decode(Buffer.from(encoder.encode(large.slice(4)))))).toEqual([`header-4: ${'x'.repeat(20)}`]);
  });
});
