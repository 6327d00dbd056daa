/**
 * Byte strings. Keys of the store are arbitrary bytes, as etcd's are, held as JavaScript strings with one character
 * (code 0 to 255) a byte: they compare in byte order with `<`, work as Map keys, and for ASCII look like what they are.
 */

/** A string in which every character stands for one byte. */
export type ByteString = string;

export function bytesToString(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export function stringToBytes(bytes: ByteString): Uint8Array {
  return Buffer.from(bytes, 'latin1');
}

/** The UTF-8 bytes of a text, as a byte string. */
export function utf8ToByteString(text: string): ByteString {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the question is exactly whether it is all ASCII
  return /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** The text that a byte string holds in UTF-8. */
export function byteStringToUtf8(bytes: ByteString): string {
  // Nearly every key is ASCII, and that is the same in both.
  if (ASCII.test(bytes)) return bytes;
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are ASCII, too
const ASCII = /^[\x00-\x7f]*$/;

/** The end of the range of all keys that begin with `prefix`: etcd's rule, `'\0'` when there is no end. */
export function prefixEnd(prefix: ByteString): ByteString {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const code = prefix.charCodeAt(i);
    if (code < 0xff) return prefix.slice(0, i) + String.fromCharCode(code + 1);
  }
  return '\0';
}
