/**
 * Which few of a level's queues a flow may wait in. Every flow is dealt a hand of distinct queues by its hash: two flows
 * rarely share all of them, so a flow that fills its own still leaves almost everybody else a free one.
 */
import { createHash } from 'node:crypto';

/** @returns `handSize` different numbers below `queues` (`handSize` is at most `queues`), the same for the same flow. */
export function dealHand(flow: string, queues: number, handSize: number): readonly number[] {
  const digest = createHash('sha256').update(flow).digest();
  const hand: number[] = [];
  for (let dealt = 0; dealt < handSize; dealt++) {
    // Eight words of the digest, then words across its words.
    let card = digest.readUInt32LE((dealt * 4) % 29) % (queues - dealt);
    // It counts those that were not dealt yet.
    for (const taken of [...hand].sort((a, b) => a - b)) if (taken <= card) card++;
    hand.push(card);
  }
  return hand;
}
