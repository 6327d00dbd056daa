/**
 * HPACK's Huffman code (RFC 7541, appendix B). The code is canonical: sorted by length and then by symbol, each code is
 * the one before plus one. So the lengths say everything.
 */
import { errorCode, Http2Error } from './protocol.ts';

/** The code length in bits of each byte value, and at last (256) of the end-of-string symbol. */
const CODE_LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6,
  5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23,
  22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22,
  23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26,
  20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27,
  27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27,
  27, 27, 27, 26, 30,
] as const;

const END_OF_STRING = 256;

/**
 * The code as a binary tree in an array: node `n` has its children at `2n` and `2n + 1`. A child is a node's number, or
 * -1 minus a symbol.
 */
const tree: Int16Array = buildTree();

function buildTree(): Int16Array {
  const nodes: number[] = [0, 0];
  const symbols = CODE_LENGTHS.map((length, symbol) => ({ length, symbol }));
  symbols.sort((a, b) => a.length - b.length || a.symbol - b.symbol);
  let code = 0;
  let previousLength = symbols[0]?.length ?? 0;
  for (const { length, symbol } of symbols) {
    code *= 2 ** (length - previousLength);
    previousLength = length;
    let node = 0;
    for (let bit = length - 1; bit >= 0; bit--) {
      const at = 2 * node + (Math.floor(code / 2 ** bit) & 1);
      if (bit === 0) nodes[at] = -1 - symbol;
      else {
        if (nodes[at] === 0) {
          nodes[at] = nodes.length / 2;
          nodes.push(0, 0);
        }
        node = nodes[at] as number;
      }
    }
    code++;
  }
  return Int16Array.from(nodes);
}

/** Decodes `bytes[start, end)`. Padding must be shorter than a byte and all ones (section 5.2). */
export function huffmanDecode(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let node = 0;
  let depth = 0;
  let onlyOnes = true;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    for (let bit = 7; bit >= 0; bit--) {
      const taken = (byte >> bit) & 1;
      const next = tree[2 * node + taken] as number;
      depth++;
      if (taken === 0) onlyOnes = false;
      if (next >= 0) node = next;
      else {
        if (next === -1 - END_OF_STRING) throw new Http2Error(errorCode.compressionError, 'end of string in a string');
        text += String.fromCharCode(-1 - next);
        node = 0;
        depth = 0;
        onlyOnes = true;
      }
    }
  }
  if (depth > 7 || !onlyOnes) throw new Http2Error(errorCode.compressionError, 'wrong padding of a Huffman string');
  return text;
}
