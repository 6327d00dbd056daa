/**
 * Many calls that may all fail for one reason: first one, then twice as many at a time after each success, and none after
 * a failure, so that a quota that is used up is asked once and not five hundred times.
 */

/** Calls `call` up to `count` times. Never rejects: says how many succeeded, and the first failure. */
export async function slowStart(
  count: number,
  call: (at: number) => Promise<unknown>,
): Promise<{ readonly succeeded: number; readonly failure: unknown }> {
  let started = 0;
  let succeeded = 0;
  for (let batch = Math.min(1, count); batch > 0; batch = Math.min(2 * batch, count - started)) {
    const first = started;
    started += batch;
    const results = await Promise.allSettled(Array.from({ length: batch }, (_, i) => call(first + i)));
    succeeded += results.filter((result) => result.status === 'fulfilled').length;
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) return { succeeded, failure: failed.reason };
  }
  return { succeeded, failure: undefined };
}
