import { describe, expect, test } from 'vitest';
import { stringToBytes } from '../../../base/bytes.ts';
import { MemoryBackend } from '../../../store/backend/memory-backend.ts';
import { describeBackend } from '../../contract/backend.ts';

describeBackend('memory', () => {
  const backend = new MemoryBackend();
  return Promise.resolve({ backend, reopen: () => Promise.resolve(backend), dispose: () => backend.close() });
});

describe('a simulated crash', () => {
  test('B9 leaves the state of the last commit', async () => {
    const backend = new MemoryBackend({ crashable: true });
    backend.put('revisions', 'a', stringToBytes('1'));
    backend.put('meta', 'applied', stringToBytes('1'));
    await backend.commit();
    const { allocated } = backend.size();
    backend.put('revisions', 'a', stringToBytes('2'));
    backend.put('revisions', 'b', stringToBytes('2'));
    backend.delete('meta', 'applied');
    backend.crash();
    expect([...backend.range('revisions')].map(({ key, value }) => `${key}=${Buffer.from(value)}`)).toEqual(['a=1']);
    expect(Buffer.from(backend.get('meta', 'applied') ?? []).toString()).toBe('1');
    expect(backend.size().allocated).toBe(allocated);
  });
});
