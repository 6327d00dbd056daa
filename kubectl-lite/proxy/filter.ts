/** Which requests `proxy` passes on: kubectl/pkg/proxy. Pure. */
import { RE2JS } from 're2js';
import { messageOf } from '../../base/errors.ts';
import { Failure } from '../failure.ts';

export interface Patterns {
  readonly acceptPaths: string;
  readonly rejectPaths: string;
  readonly acceptHosts: string;
  readonly rejectMethods: string;
}

export interface Asked {
  readonly method: string;
  /** Without its escapes, so that none of them hides what is rejected. */
  readonly path: string;
  /** The `Host` header. */
  readonly host: string;
}

/** @throws Failure for a pattern that is no regular expression */
export function requestFilter(patterns: Patterns): (asked: Asked) => boolean {
  const matchers = {
    acceptPaths: matcherOf(patterns.acceptPaths),
    rejectPaths: matcherOf(patterns.rejectPaths),
    acceptHosts: matcherOf(patterns.acceptHosts),
    rejectMethods: matcherOf(patterns.rejectMethods),
  };
  return ({ method, path, host }) =>
    !matchers.rejectPaths(path) &&
    !matchers.rejectMethods(method) &&
    matchers.acceptPaths(path) &&
    matchers.acceptHosts(hostName(host));
}

/** A comma-separated list of regular expressions in Go's syntax, of which one must be found in the text. */
function matcherOf(list: string): (text: string) => boolean {
  if (list === '') return () => false;
  const patterns = list.split(',').map((each) => {
    try {
      return RE2JS.compile(each);
    } catch (thrown) {
      throw new Failure(`Error compiling re: ${messageOf(thrown)}`);
    }
  });
  return (text) => patterns.some((pattern) => pattern.matcher(text).find());
}

/** `localhost:8001` without its port; what has none stays as it is. */
function hostName(header: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:[\]]*)):\d*$/.exec(header) ?? [];
  return bracketed ?? plain ?? header;
}
