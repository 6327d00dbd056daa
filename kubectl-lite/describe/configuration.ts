/** `describe` of config maps and secrets. */
import type { V1ConfigMap, V1Secret } from '../../generated/kubernetes.d.ts';
import { byCodePoints } from '../printers/objects.ts';
import { described, head } from './parts.ts';
import type { PrefixWriter } from './prefix-writer.ts';

const sizeOf = (base64: string | undefined): number => Buffer.from(base64 ?? '', 'base64').length;

export function describeConfigMap(w: PrefixWriter, { metadata, data = {}, binaryData = {} }: V1ConfigMap): void {
  head(w, metadata);
  described(w, metadata);
  w.line(0, '').line(0, 'Data').line(0, '====');
  for (const key of Object.keys(data).sort(byCodePoints))
    w.line(0, `${key}:`)
      .line(0, '----')
      .line(0, data[key] ?? '')
      .line(0, '');
  w.line(0, '').line(0, 'BinaryData').line(0, '====');
  for (const key of Object.keys(binaryData).sort(byCodePoints)) w.line(0, `${key}: ${sizeOf(binaryData[key])} bytes`);
  w.line(0, '');
}

/** Sizes only, but for the tokens of service accounts, which kubectl shows. */
export function describeSecret(w: PrefixWriter, { metadata, type = '', data = {} }: V1Secret): void {
  head(w, metadata);
  described(w, metadata);
  w.line(0, '').line(0, `Type:\t${type}`).line(0, '').line(0, 'Data').line(0, '====');
  for (const key of Object.keys(data).sort(byCodePoints)) {
    const isToken = key === 'token' && type === 'kubernetes.io/service-account-token';
    const text = isToken ? Buffer.from(data[key] ?? '', 'base64').toString('utf8') : `${sizeOf(data[key])} bytes`;
    w.line(0, `${key}:\t${text}`);
  }
}
