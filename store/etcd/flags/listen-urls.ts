/**
 * The addresses in etcd's flags: `http://host:port`, `https://…`, and `unix:///path/to/socket` or `unixs://…` for clients
 * on the same machine. What is listened on names the machine by number or as `localhost`, as etcd has it.
 */
import { UsageError } from '../../../base/errors.ts';
import type { ListenAddress } from '../listener.ts';
import type { FlagValues } from './flag-values.ts';

export interface ListenUrl {
  readonly secure: boolean;
  readonly address: ListenAddress;
  /** As it was given. */
  readonly url: string;
}

/** A TCP address, as peers have them. */
export interface PeerListenUrl {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
}

/** The URLs of a flag to listen on, each once; undefined when it is not given. */
export function listenUrls(values: FlagValues, flag: string): ListenUrl[] | undefined {
  return unique(values.list(flag))?.map((url) => {
    const parsed = parseUrl(flag, url);
    return { secure: parsed.secure, address: bindable(flag, url, parsed.address), url };
  });
}

export function peerListenUrls(values: FlagValues, flag: string, fallback: string): PeerListenUrl[] {
  return (unique(values.list(flag)) ?? [fallback]).map((url) => {
    const { secure, address } = parseUrl(flag, url);
    const bound = bindable(flag, url, address);
    if ('socketPath' in bound) throw new UsageError(`--${flag}: members reach each other by http or https (${url})`);
    return { secure, ...bound };
  });
}

/** The URLs of a flag that tells others where to connect. */
export function advertisedUrls(values: FlagValues, flag: string, fallback: string): string[] {
  const urls = unique(values.list(flag)) ?? [fallback];
  for (const url of urls) checkAdvertised(flag, url);
  return urls.map(withoutSlash);
}

export function checkAdvertised(flag: string, url: string): void {
  parseUrl(flag, url);
}

export function withoutSlash(url: string): string {
  return url.startsWith('unix') ? url : url.replace(/\/$/, '');
}

function unique(urls: readonly string[] | undefined): string[] | undefined {
  return urls && [...new Set(urls)];
}

function bindable(flag: string, url: string, address: ListenAddress): ListenAddress {
  if ('socketPath' in address) return address;
  const { host, port } = address;
  if (host !== 'localhost' && !/^[\d.]+$|:/.test(host)) {
    throw new UsageError(`--${flag}: expected IP in URL for binding (${url})`);
  }
  // The name may stand for two addresses, and a socket has one: as in etcd, the older.
  return { host: host === 'localhost' ? '127.0.0.1' : host, port };
}

function parseUrl(flag: string, text: string): { readonly secure: boolean; readonly address: ListenAddress } {
  const [, unixScheme, socketPath] = /^(unixs?):\/\/(.+)$/.exec(text) ?? [];
  if (unixScheme !== undefined && socketPath !== undefined) {
    return { secure: unixScheme === 'unixs', address: { socketPath } };
  }
  if (!/^https?:\/\//.test(text)) {
    throw new UsageError(`invalid value "${text}" for flag -${flag}: URL scheme must be http, https, unix, or unixs`);
  }
  const [, scheme, bracketed, plain, digits] =
    /^(https?):\/\/(?:\[([^\]]+)\]|([^/:[\]]+)):(\d{1,5})\/?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (scheme === undefined || host === undefined || port > 65_535) {
    throw new UsageError(
      `invalid value "${text}" for flag -${flag}: not a URL of the form ${text.split(':')[0]}://host:port`,
    );
  }
  return { secure: scheme === 'https', address: { host, port } };
}
