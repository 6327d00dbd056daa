/** Files of PEM blocks that flags name. */
import type { X509Certificate } from 'node:crypto';
import { UsageError } from '../../base/errors.ts';
import { parseCertificate } from './certificates.ts';
import { readTextIfPresent } from './secret-file.ts';

/** The file's text. UsageError with flag and file when it cannot be read, or holds no PEM. */
export async function readPemFile(file: string, flag: string): Promise<string> {
  const text = await readTextIfPresent(file);
  if (text === undefined) throw new UsageError(`${flag}: ${file} does not exist`);
  if (!text.includes('-----BEGIN ')) throw new UsageError(`${flag}: ${file} holds no PEM block`);
  return text;
}

/** The certificates of a bundle, as far as they can be read. */
export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map(parseCertificate).filter((each): each is X509Certificate => typeof each !== 'string');
}
