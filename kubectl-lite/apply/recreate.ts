/** `apply --force` and `replace --force`: deletes an object and waits until it is gone. */
import type { Context } from '../context.ts';
import { pathOf } from '../discovery.ts';
import { isNotFound } from '../failure.ts';
import { fetched, type Info } from '../selection.ts';

const POLL_MS = 100;

export async function removeForRecreation(
  context: Context,
  info: Info<unknown>,
  options: { readonly gracePeriodSeconds?: number; readonly propagationPolicy?: string } = {},
): Promise<void> {
  await context.rest
    .json({
      method: 'DELETE',
      path: pathOf(info.resource, info.namespace, info.name),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', ...options },
    })
    .catch((thrown) => {
      if (!isNotFound(thrown)) throw thrown;
    });
  while (!context.host.signal.aborted) {
    try {
      await fetched(context, info);
    } catch (thrown) {
      if (isNotFound(thrown)) return;
      throw thrown;
    }
    await context.host.clock.sleep(POLL_MS, context.host.signal);
  }
}
