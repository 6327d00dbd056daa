/** What a recorder promises beside the correlator's counting: it goes on after what it drops, and can be waited for. */
import { expect, it } from 'vitest';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import type { ApiObject, Client } from '../../../controllers/runtime/client.ts';
import { ApiEventRecorder } from '../../../controllers/runtime/event-recorder.ts';

it('goes on, and comes to an end, after a flood of which it dropped the rest one by one', async () => {
  const written: string[] = [];
  const write = async (event: ApiObject & { message?: string }): Promise<ApiObject> => {
    written.push(event.message ?? '');
    return event;
  };
  const client = {
    create: (_ref: unknown, event: ApiObject) => write(event),
    patch: (_ref: unknown, name: string, _namespace: string, _type: string, patch: ApiObject) =>
      write({ metadata: { name }, ...patch }),
  } as unknown as Client;
  const recorder = new ApiEventRecorder(
    { client, clock: new VirtualClock(), random: new SeededRandom('events'), logger: silentLogger },
    { component: 'test' },
  );
  const about = (name: string): ApiObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'default', name },
  });
  const afterWriting = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 30; i++) {
    recorder.event(about('web'), 'Warning', 'BackOff', 'again');
    await afterWriting();
  }
  expect(written).toHaveLength(25);
  recorder.event(about('other'), 'Normal', 'Pulled', 'heard');
  await afterWriting();
  expect(written.at(-1)).toBe('heard');
  await recorder.flush();
});
