import { expect, it } from 'vitest';
import type { Logger } from '../../base/logger.ts';
import { silentLogger } from '../../base/logger.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { tellUntilReached } from '../../cluster/remote-client.ts';

it('says each reason once for which the server does not serve a component, until it does', async () => {
  const clock = new VirtualClock();
  const told: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (fields) => told.push(String((fields as { error: string }).error)),
  };
  const answers = ['refused', 'refused', 'Unauthorized', undefined];
  const get = async (): Promise<never> => {
    const answer = answers.shift();
    if (answer !== undefined) throw new Error(answer);
    return {} as never;
  };
  let done = false;
  void tellUntilReached({ get }, 'a.kubeconfig', { clock, logger }).then(() => {
    done = true;
  });
  await clock.advance(5_000);
  expect(told).toEqual(['refused', 'Unauthorized']);
  expect(done).toBe(false);
  await clock.advance(2_000);
  expect(done).toBe(true);
});
