/** Notices that a file has other contents than before. By asking: editors, and mounts in pods, replace files in ways that no notification tells of reliably. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import type { Clock } from '../../base/clock.ts';

const LOOK_MS = 1000;

/** Calls back after every change of the contents; a file that is not there is no change. The answer ends it. */
export function followFile(file: string, clock: Clock, onChange: () => void): () => void {
  let before = fingerprint(file);
  const timer = clock.every(LOOK_MS, () => {
    const now = fingerprint(file);
    if (now === undefined || now === before) return;
    before = now;
    onChange();
  });
  return () => timer.cancel();
}

function fingerprint(file: string): string | undefined {
  try {
    return createHash('sha256').update(fs.readFileSync(file)).digest('base64');
  } catch {
    return undefined;
  }
}
