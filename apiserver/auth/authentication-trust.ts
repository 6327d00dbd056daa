/**
 * The ConfigMap `extension-apiserver-authentication` in kube-system: by it, API servers that extend this one know whose
 * certificates and which headers they may believe (pkg/controlplane: cluster_authentication_trust_controller). What other
 * API servers published stays, as several may serve one cluster; authorities that have ended go.
 */
import type { X509Certificate } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { ServerParts } from '../machinery/build-api-server.ts';
import type { KubeObject, RegistryServices } from '../machinery/resource-row.ts';
import { StatusError } from '../machinery/status.ts';
import type { ClientAuthorities } from './client-certificates.ts';
import type { FrontProxyOptions } from './front-proxy.ts';
import { certificatesIn } from './pem-file.ts';

const CONFIG_MAPS = { group: '', resource: 'configmaps' };
const NAMESPACE = 'kube-system';
const NAME = 'extension-apiserver-authentication';
/** What somebody changed by hand is put right after so long. */
const RECHECK_MS = 60_000;
const ENDED_SLACK_MS = 5 * 60_000;

export interface AuthenticationTrust extends Required<ClientAuthorities> {
  readonly frontProxy: FrontProxyOptions;
}

/** What the ConfigMap has to hold: `trust` beside what is there already. Throws when a list there is no JSON list. */
export function trustData(
  present: Readonly<Record<string, string>>,
  trust: AuthenticationTrust,
  nowMs: number,
): Record<string, string> {
  const bundle = (key: string, pem: string): string => bundleOf(`${present[key] ?? ''}\n${pem}`, nowMs);
  const list = (key: string, more: readonly string[]): string =>
    JSON.stringify([...new Set([...parseList(present[key]), ...more])]);
  const clientCa = bundle('client-ca-file', trust.clientPem);
  const proxyCa = bundle('requestheader-client-ca-file', trust.frontProxyPem);
  const { frontProxy } = trust;
  const uidHeaders = list('requestheader-uid-headers', frontProxy.uidHeaders.map(canonicalHeader));
  return {
    ...(clientCa === '' ? {} : { 'client-ca-file': clientCa }),
    ...(proxyCa === ''
      ? {}
      : {
          'requestheader-allowed-names': list('requestheader-allowed-names', frontProxy.allowedNames),
          'requestheader-client-ca-file': proxyCa,
          'requestheader-extra-headers-prefix': list(
            'requestheader-extra-headers-prefix',
            frontProxy.extraPrefixes.map(canonicalHeader),
          ),
          'requestheader-group-headers': list(
            'requestheader-group-headers',
            frontProxy.groupHeaders.map(canonicalHeader),
          ),
          ...(uidHeaders === '[]' ? {} : { 'requestheader-uid-headers': uidHeaders }),
          'requestheader-username-headers': list(
            'requestheader-username-headers',
            frontProxy.userHeaders.map(canonicalHeader),
          ),
        }),
  };
}

/** `X-Remote-User`: header names are alike whatever their case, and this is how Go writes them. */
function canonicalHeader(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_whole, dash: string, letter: string) => dash + letter.toUpperCase());
}

function parseList(text: string | undefined): string[] {
  if (text === undefined || text === '') return [];
  const value: unknown = JSON.parse(text);
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  throw new Error('is no list of texts');
}

/** Each certificate once, in the order of their first appearance. */
function bundleOf(pem: string, nowMs: number): string {
  const kept = new Map<string, X509Certificate>();
  for (const certificate of certificatesIn(pem)) {
    if (Date.parse(certificate.validTo) > nowMs - ENDED_SLACK_MS) kept.set(certificate.fingerprint256, certificate);
  }
  return [...kept.values()].map(String).join('');
}

export interface TrustPublisherDeps {
  readonly trust: () => AuthenticationTrust;
  readonly parts: ServerParts;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps the ConfigMap: at the start, when it goes, when `publish` is called, and every minute. */
export class TrustPublisher {
  readonly #deps: TrustPublisherDeps;
  readonly #undo: (() => void)[] = [];
  #publishing: Promise<void> = Promise.resolve();

  constructor(deps: TrustPublisherDeps) {
    this.#deps = deps;
  }

  /** Resolves when it is there. */
  async start(): Promise<void> {
    const { parts, clock } = this.#deps;
    await this.#ensure();
    const lost = ({ metadata }: KubeObject): void => {
      if (metadata.namespace === NAMESPACE && metadata.name === NAME) this.publish();
    };
    this.#undo.push(parts.objects.follow(CONFIG_MAPS, { put: () => {}, remove: lost }));
    const timer = clock.every(RECHECK_MS, () => this.publish());
    this.#undo.push(() => timer.cancel());
  }

  /** One after the other: what comes last is what counts. */
  publish(): void {
    this.#publishing = this.#publishing
      .then(() => this.#ensure())
      .catch((thrown) =>
        this.#deps.logger.warn({ error: messageOf(thrown) }, `configmap ${NAMESPACE}/${NAME} not written`),
      );
  }

  stop(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }

  async #ensure(): Promise<void> {
    const { parts, trust, clock } = this.#deps;
    const services: RegistryServices = parts.services();
    const next = (data: unknown): Record<string, string> =>
      trustData((data as Record<string, string> | undefined) ?? {}, trust(), clock.nowMs());
    if ((await services.get(CONFIG_MAPS, NAMESPACE, NAME)) === undefined) {
      try {
        await services.create(CONFIG_MAPS, { metadata: { name: NAME, namespace: NAMESPACE }, data: next(undefined) });
        return;
      } catch (thrown) {
        // Another API server was quicker: it is to hold what both know.
        if (!(thrown instanceof StatusError) || thrown.reason !== 'AlreadyExists') throw thrown;
      }
    }
    await services.update(CONFIG_MAPS, NAMESPACE, NAME, (map) => ({ ...map, data: next(map.data) }));
  }
}
