/** Notices that a file has other contents than before. By asking: editors, and mounts in pods, replace files in ways that no notification tells of reliably. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import type { Clock } from '../../base/clock.ts';

const LOOK_MS = 1000;

/** Calls back after every change of the contents; a file that is not there is no change. The answer ends it. */
export function followFile(file: string, clock: Clock, onChange: () => void): () => void {
  return followFiles([file], clock, onChange);
}

/** The same for files that count together: one call for all that changed since the last look. */
export function followFiles(files: readonly string[], clock: Clock, onChange: () => void): () => void {
  const before = new Map(files.map((file) => [file, fingerprint(file)]));
  const timer = clock.every(LOOK_MS, () => {
    let changed = false;
    for (const [file, known] of before) {
      const now = fingerprint(file);
      if (now === undefined || now === known) continue;
      before.set(file, now);
      changed = true;
    }
    if (changed) onChange();
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
