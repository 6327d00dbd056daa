/** `TYPE NAME key=value other-`: the part of `label`, `annotate` and others after the objects' names. */
import { Failure } from '../failure.ts';

export interface Pairs {
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** Words that name objects, and words that change something. */
export function splitPairs(args: readonly string[], kind: string): { resources: string[]; pairs: string[] } {
  const resources: string[] = [];
  const pairs: string[] = [];
  for (const word of args) {
    const isPair = (word.includes('=') && !word.startsWith('=')) || (word.endsWith('-') && word !== '-');
    if (isPair) pairs.push(word);
    else if (pairs.length > 0) throw new Failure(`all resources must be specified before ${kind} changes: ${word}`);
    else resources.push(word);
  }
  return { resources, pairs };
}
