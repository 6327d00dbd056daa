/** Another server over HTTPS, as OpenID providers and webhooks are: its certificate signed by an authority of its own. */
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeAuthority, makeCertificate } from '../../../apiserver/auth/certificates.ts';
import { SeededRandom } from '../../../base/random.ts';
import { systemClock } from '../../../base/system.ts';

export interface PeerRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export type PeerAnswer = { readonly code?: number; readonly json?: unknown; readonly text?: string };

export interface HttpsPeer {
  readonly url: string;
  /** PEM of the authority. */
  readonly authority: string;
  readonly requests: PeerRequest[];
  answer: (request: PeerRequest) => PeerAnswer;
  close(): Promise<void>;
}

export async function startPeer(answer: HttpsPeer['answer']): Promise<HttpsPeer> {
  // The real time: Node judges the certificate by it.
  const context = { nowMs: systemClock.nowMs(), random: new SeededRandom('peer') };
  const authority = await makeAuthority('peer-authority', context);
  const pair = await makeCertificate(
    { commonName: 'peer', usages: ['server'], names: ['127.0.0.1', 'localhost'] },
    authority,
    context,
  );
  const server = https.createServer({ key: pair.keyPem, cert: pair.certificatePem }, (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const seen: PeerRequest = {
        method: request.method ?? '',
        path: request.url ?? '',
        authorization: request.headers.authorization,
        body: Buffer.concat(pieces).toString('utf8'),
      };
      peer.requests.push(seen);
      const { code = 200, json, text } = peer.answer(seen);
      response.writeHead(code, { 'content-type': json === undefined ? 'text/plain' : 'application/json' });
      response.end(json === undefined ? (text ?? '') : JSON.stringify(json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const peer: HttpsPeer = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authority: authority.certificatePem,
    requests: [],
    answer,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return peer;
}
