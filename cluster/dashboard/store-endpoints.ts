/**
 * What the page reads of the store itself, through the `Store` interface: the value of a key at a revision, and a key's
 * history. A history is walked backwards, one revision of the key after the other, as far as the store still has it.
 *
 * Secrets stay secret: their data is shown by its size alone, and nothing of a token or key is.
 */
import { messageOf } from '../../base/errors.ts';
import type { KeyHistory, KeyState } from '../../dashboard/model/key-history.ts';
import type { Store } from '../../store/index.ts';
import { ROOT } from './key-changes.ts';

const HISTORY_MAX = 60;

export async function keyHistory(store: Store, key: string, revision: number): Promise<KeyHistory> {
  const states: KeyState[] = [];
  let at = revision;
  for (;;) {
    let found: Awaited<ReturnType<Store['range']>>;
    try {
      found = await store.range({ key, revision: at });
    } catch (thrown) {
      if (states.length === 0 && !/compacted/.test(messageOf(thrown))) throw thrown;
      return { key, states, ends: 'compacted' };
    }
    const [kv] = found.kvs;
    if (kv === undefined) return { key, states, ends: states.length === 0 ? 'absent' : 'created' };
    states.push({
      revision: kv.modRevision,
      version: kv.version,
      createRevision: kv.createRevision,
      bytes: kv.value.length,
      value: shownValue(key, kv.value),
    });
    if (kv.version <= 1) return { key, states, ends: 'created' };
    if (states.length >= HISTORY_MAX) return { key, states, ends: 'bounded' };
    at = kv.modRevision - 1;
  }
}

export function isShownKey(key: unknown): key is string {
  return typeof key === 'string' && key.startsWith(ROOT) && key.length < 2000;
}

function shownValue(key: string, bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text.startsWith('k8s:enc:') ? '(encrypted)' : `(${bytes.length} bytes that are not JSON)`;
  }
  return key.startsWith(`${ROOT}secrets/`) ? withoutSecrets(value) : value;
}

function withoutSecrets(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const shown: Record<string, unknown> = { ...value };
  for (const field of ['data', 'stringData']) {
    const data = shown[field];
    if (typeof data !== 'object' || data === null) continue;
    shown[field] = Object.fromEntries(
      Object.entries(data).map(([name, secret]) => [name, `(${String(secret).length} characters, not shown)`]),
    );
  }
  const metadata = shown['metadata'] as { annotations?: Record<string, string> } | undefined;
  if (metadata?.annotations?.['kubectl.kubernetes.io/last-applied-configuration'] !== undefined) {
    const annotations = { ...metadata.annotations, 'kubectl.kubernetes.io/last-applied-configuration': '(not shown)' };
    shown['metadata'] = { ...metadata, annotations };
  }
  return shown;
}
