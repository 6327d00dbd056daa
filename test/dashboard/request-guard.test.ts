import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../base/random.ts';
import { complaintOf, cookieOf, type RequestHead, securityHeaders } from '../../cluster/dashboard/request-guard.ts';
import { Visitors } from '../../cluster/dashboard/visitors.ts';

const fine: RequestHead = {
  method: 'GET',
  host: '127.0.0.1:8080',
  origin: undefined,
  fetchSite: undefined,
  upgrade: false,
  navigation: false,
};
const said = (fields: Partial<RequestHead>) => complaintOf({ ...fine, ...fields }, 8080);

describe('the guard of the page', () => {
  it.each<[string, Partial<RequestHead>]>([
    ['the page by address', {}],
    ['the page by name', { host: 'LOCALHOST:8080' }],
    ['a change from the page itself', { method: 'POST', origin: 'http://127.0.0.1:8080', fetchSite: 'same-origin' }],
    ['a WebSocket from the page itself', { upgrade: true, origin: 'http://127.0.0.1:8080' }],
    ['a link that was followed from elsewhere', { navigation: true, fetchSite: 'cross-site' }],
  ])('lets %s pass', (_what, fields) => {
    expect(said(fields)).toBeUndefined();
  });

  it.each<[string, Partial<RequestHead>]>([
    ['a name that was made to point here', { host: 'evil.example:8080' }],
    ['no host', { host: undefined }],
    ['another port', { host: '127.0.0.1:9090' }],
    ['a page of another site', { method: 'POST', origin: 'https://evil.example' }],
    ['a page of another port', { method: 'POST', origin: 'http://127.0.0.1:9090' }],
    ['a page that hides its origin', { method: 'POST', origin: 'null' }],
    ['a change without an origin', { method: 'DELETE' }],
    ['a WebSocket without an origin', { upgrade: true }],
    ['a WebSocket of another site', { upgrade: true, origin: 'http://evil.example' }],
    ['a read by another site', { fetchSite: 'cross-site' }],
    ['a read by another port of this machine', { fetchSite: 'same-site' }],
  ])('refuses %s', (_what, fields) => {
    expect(said(fields)).toMatch(/\w/);
  });

  it('allows nothing from outside', () => {
    const policy = securityHeaders(8080)['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https:|\*/);
  });

  it('finds a cookie among others', () => {
    expect(cookieOf('a=1; sampan-page-8080=x.y; b=2', 'sampan-page-8080')).toBe('x.y');
    expect(cookieOf('xsampan-page-8080=1', 'sampan-page-8080')).toBeUndefined();
    expect(cookieOf(undefined, 'a')).toBeUndefined();
  });
});

describe('visitors', () => {
  const folder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-visitors-'));
  const tokenIn = (address: string): string => new URL(address).searchParams.get('token') ?? '';

  it('are let in once by each address, and known from then on, also after a restart', () => {
    const place = folder();
    const visitors = new Visitors(place, new SeededRandom(1));
    const token = tokenIn(visitors.open('http://127.0.0.1:1'));
    const cookie = visitors.admit(token);
    expect(cookie).toBeDefined();
    expect(visitors.admit(token)).toBeUndefined();
    expect(visitors.knows(cookie)).toBe(true);
    expect(new Visitors(place, new SeededRandom(2)).knows(cookie)).toBe(true);
    const next = fs.readFileSync(visitors.addressFile, 'utf8').trim();
    expect(visitors.admit(tokenIn(next))).toBeDefined();
    fs.rmSync(place, { recursive: true });
  });

  it('are not let in by guesses, forged cookies or no token', () => {
    const place = folder();
    const visitors = new Visitors(place, new SeededRandom(1));
    expect(visitors.admit('')).toBeUndefined();
    const cookie = visitors.admit(tokenIn(visitors.open('http://127.0.0.1:1'))) ?? '';
    for (const forged of ['', 'x', 'x.y', `${cookie}.z`, cookie.slice(1), `${cookie.split('.')[0]}.`]) {
      expect(visitors.knows(forged)).toBe(false);
    }
    expect(new Visitors(folder(), new SeededRandom(3)).knows(cookie)).toBe(false);
    fs.rmSync(place, { recursive: true });
  });

  it('keep key and address for the owner alone', () => {
    const place = folder();
    new Visitors(place, new SeededRandom(1)).open('http://127.0.0.1:1');
    for (const file of fs.readdirSync(place)) expect(fs.statSync(path.join(place, file)).mode & 0o077).toBe(0);
    fs.rmSync(place, { recursive: true });
  });
});
