/** An API server with everything that decides who may do what, on a memory store. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { admissionDefaults } from '../../../apiserver/admission/admission-config.ts';
import { ensurePki, type Pki } from '../../../apiserver/auth/pki.ts';
import { createSecurity, type Security, type SecurityOptions } from '../../../apiserver/auth/security.ts';
import type { PresentedCertificate } from '../../../apiserver/machinery/api-server.ts';
import type { KubeObject, UserInfo } from '../../../apiserver/machinery/resource-row.ts';
import type { AuditRecord } from '../../../apiserver/machinery/steps.ts';
import { makeBuiltinRows } from '../../../apiserver/resources/all.ts';
import { silentLogger } from '../../../base/logger.ts';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { type Fixture, startServer } from '../machinery/server-fixture.ts';

export interface SecuredServer {
  readonly fixture: Fixture;
  readonly security: Security;
  readonly pki: Pki;
  readonly clock: VirtualClock;
  /** What was written down, at the Metadata level. */
  readonly records: readonly AuditRecord[];
  /** One request as whoever the headers and the certificate prove; code and body. */
  call(caller: Caller, method: string, url: string, body?: object): Promise<{ code: number; body: KubeObject }>;
  close(): Promise<void>;
}

export interface Caller {
  readonly token?: string;
  readonly certificate?: PresentedCertificate;
  readonly headers?: Record<string, string>;
  readonly loopback?: UserInfo;
}

export const ADMIN_TOKEN = 'admin-token-of-the-test';
export const USER_TOKEN = 'user-token-of-the-test';

export async function startSecured(
  options: Pick<SecurityOptions, 'identity' | 'authorizers'> = {},
): Promise<SecuredServer> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'sampan-security-'));
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const random = new SeededRandom('security');
  const pki = await ensurePki({
    directory: path.join(directory, 'pki'),
    hostname: 'boat',
    serviceIp: '10.96.0.1',
    extraNames: [],
    store: false,
    otherDataExists: false,
    clock,
    random,
    logger: silentLogger,
  });
  const tokenAuthFile = path.join(directory, 'tokens.csv');
  fs.writeFileSync(tokenAuthFile, `${ADMIN_TOKEN},admin,1,system:masters\n${USER_TOKEN},user,2\n`);
  const security = await createSecurity(
    {
      pki,
      identity: { tokenAuthFile, ...options.identity },
      plugins: { enable: ['NodeRestriction'], disable: [] },
      admission: {
        tolerationSeconds: { notReady: 300, unreachable: 300 },
        config: admissionDefaults,
      },
      storesRoles: true,
      ...(options.authorizers === undefined ? {} : { authorizers: options.authorizers }),
    },
    { clock, random, logger: silentLogger },
  );
  const records: AuditRecord[] = [];
  const fixture = await startServer(
    makeBuiltinRows({ serviceAccountToken: security.serviceAccountToken, reviews: security.reviews }),
    {
      clock,
      random,
      audit: { levelOf: () => 'Metadata', record: (record) => records.push(record) > 0 },
      authenticator: (parts) => security.authenticator(parts),
      authorizer: (parts) => security.authorizer(parts),
      admission: (parts) => security.admission(parts),
      bootstrap: (parts) => security.bootstrap(parts),
    },
  );
  return {
    fixture,
    security,
    pki,
    clock,
    records,
    async call({ token, certificate, headers = {}, loopback }, method, url, body) {
      const answer = await fixture.server.handle({
        method,
        url,
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        body: body === undefined ? undefined : Buffer.from(JSON.stringify(body)),
        credentials:
          loopback === undefined
            ? {
                type: 'network',
                remoteAddress: '127.0.0.1',
                ...(certificate === undefined ? {} : { certificate }),
              }
            : { type: 'loopback', user: loopback },
        signal: new AbortController().signal,
      });
      const text =
        answer.type === 'object'
          ? Buffer.from(answer.bytes()).toString('utf8')
          : answer.type === 'bytes'
            ? Buffer.from(answer.body).toString('utf8')
            : '{}';
      let parsed: KubeObject;
      try {
        parsed = JSON.parse(text) as KubeObject;
      } catch {
        parsed = { metadata: {}, text };
      }
      return { code: answer.code, body: parsed };
    },
    async close() {
      security.close();
      await fixture.close();
      fs.rmSync(directory, { recursive: true, force: true });
    },
  };
}
