/** Requests for resources: which endpoint answers, for which verbs, and with which representation. */
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { checkShowable } from './answers.ts';
import type { ApiAnswer } from './api-server.ts';
import type { Exchange } from './exchange.ts';
import { negotiateOutput, patchFormatOf } from './media-types.ts';
import type { Metrics } from './metrics.ts';
import { ObjectSelector } from './object-selector.ts';
import type { ObjectStorage } from './object-storage.ts';
import type { OpenWatches } from './open-watches.ts';
import { patch } from './patch-endpoint.ts';
import { notFoundPage } from './plain-endpoints.ts';
import { getAnswer, type Listing, listingAnswer, type Reader } from './read-endpoints.ts';
import { listOptions } from './request-options.ts';
import type { KubeObject, SubresourceRow, Verb } from './resource-row.ts';
import { includeObjectOf } from './resource-table.ts';
import type { ServedRows } from './served-rows.ts';
import { createVirtual, type SpecialParts, special } from './special-endpoint.ts';
import { methodNotAllowed, notFound, unknownResource } from './status.ts';
import { StoredObject } from './stored-object.ts';
import { getView, patchView, updateView } from './view-endpoint.ts';
import type { WatchCache } from './watch-cache.ts';
import { startWatch } from './watch-endpoint.ts';
import { WatchView } from './watch-frames.ts';
import { create, type Endpoint, remove, removeCollection, update } from './write-endpoints.ts';

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);

/** A watch that names no end lasts between this and twice this long, so that not all end together. */
const WATCH_SECONDS_MIN = 1800;

export interface ResourceParts extends SpecialParts {
  readonly rows: ServedRows;
  readonly reader: Reader;
  readonly storage: ObjectStorage;
  readonly cache: WatchCache;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly watches: OpenWatches;
  /** How long a watch lasts at least whose client does not say. */
  readonly watchSecondsMin: number | undefined;
}

/** @throws StatusError */
export async function resourceAnswer(exchange: Exchange, parts: ResourceParts): Promise<ApiAnswer> {
  const { info, served } = exchange;
  if (served === undefined) {
    if (info.prefix === 'api' || parts.rows.hasGroup(info.group)) throw unknownResource();
    return notFoundPage();
  }
  const subresource = subresourceOf(exchange);
  checkRoute(exchange, subresource);
  const { accept, 'user-agent': userAgent } = exchange.request.headers;
  const list = info.verb === 'list' || info.verb === 'watch';
  const output = negotiateOutput(accept, userAgent, info.query, {
    list,
    watch: info.verb === 'watch',
    transforms: true,
  });
  if (!READS.has(info.verb)) checkShowable(served, output, info.verb === 'deletecollection');
  const endpoint: Endpoint = {
    exchange,
    served,
    subresource,
    namespace: served.row.namespaced && info.namespace !== '' ? info.namespace : undefined,
    shown: {
      output,
      include: output.transform === undefined ? 'Metadata' : includeObjectOf(info.query),
      nowMs: exchange.nowMs,
    },
  };
  // Upstream's router turns away what is no patch before anything else looks at it.
  const turnedAway = info.verb === 'patch' && patchFormatOf(exchange.request.headers['content-type']) === undefined;
  if (served.row.deprecation !== undefined && !turnedAway) {
    exchange.warn(served.row.deprecation);
    exchange.annotate('k8s.io/deprecated', 'true');
  }
  if (subresource?.type === 'special') return special(endpoint, subresource, parts);
  if (subresource?.type === 'view') return viewAnswer(endpoint, subresource, parts);
  if (served.row.observe !== undefined)
    return observedAnswer(endpoint, await served.row.observe(parts.services(exchange.id)));
  return objectAnswerOf(endpoint, parts);
}

function subresourceOf({ info, served }: Exchange): SubresourceRow | undefined {
  if (info.subresource === '' || served === undefined) return undefined;
  const { subresources } = served.row;
  const found = Object.hasOwn(subresources, info.subresource) ? subresources[info.subresource] : undefined;
  if (found === undefined || (info.parts.length > 3 && found.type !== 'special')) throw unknownResource();
  return found;
}

/** Paths that no route has, and methods that the route does not. @throws StatusError 404, 405 */
function checkRoute({ info, served, request }: Exchange, subresource: SubresourceRow | undefined): void {
  if (served === undefined) return;
  const { row } = served;
  const named = info.parts.length > 1;
  if (!row.namespaced && info.namespace !== '' && row.resource !== 'namespaces') throw unknownResource();
  if (row.namespaced && info.namespace === '' && named) throw unknownResource();
  // No resource has a route for these; what is behind a proxy may know them.
  if (request.method === 'HEAD' || request.method === 'OPTIONS') {
    if (subresource?.type === 'special' && subresource.connect?.tail === true) return;
    throw methodNotAllowed();
  }
  const verbs: readonly string[] = subresource?.verbs ?? row.verbs;
  const everywhere = row.namespaced && info.namespace === '';
  // Of all namespaces only what can be listed has a path.
  if (everywhere && !row.verbs.includes('list')) throw unknownResource();
  const verb = info.verb === 'list' || info.verb === 'watch' ? info.verb : routeVerb(info.verb, named, subresource);
  if (verb === undefined || !verbs.includes(verb)) throw methodNotAllowed();
  if (everywhere && verb !== 'list' && verb !== 'watch') throw methodNotAllowed();
}

/** The verb, if the path is of the form that it takes. */
function routeVerb(verb: string, named: boolean, subresource: SubresourceRow | undefined): string | undefined {
  switch (verb) {
    case 'create':
      return named && subresource === undefined ? undefined : verb;
    case 'get':
    case 'update':
    case 'patch':
    case 'delete':
      return named ? verb : undefined;
    case 'deletecollection':
      return verb;
    default:
      return undefined;
  }
}

function viewAnswer(
  endpoint: Endpoint,
  view: Extract<SubresourceRow, { type: 'view' }>,
  parts: ResourceParts,
): Promise<ApiAnswer> {
  switch (endpoint.exchange.info.verb) {
    case 'get':
      return getView(endpoint, view, parts.reader);
    case 'update':
      return updateView(endpoint, view, parts);
    default:
      return patchView(endpoint, view, parts);
  }
}

async function objectAnswerOf(endpoint: Endpoint, parts: ResourceParts): Promise<ApiAnswer> {
  const { exchange, served, namespace, shown } = endpoint;
  const { info } = exchange;
  switch (info.verb as Verb) {
    case 'get': {
      const version = info.query.get('resourceVersion') ?? '';
      return getAnswer(await parts.reader.get(served, namespace, info.name, version), served, shown);
    }
    case 'list':
      return listAnswerOf(endpoint, parts);
    case 'watch':
      return watchAnswer(endpoint, parts);
    case 'create':
      return served.row.virtual === undefined ? create(endpoint, parts) : createVirtual(endpoint, parts);
    case 'update':
      return update(endpoint, parts);
    case 'patch':
      return patch(endpoint, parts);
    case 'delete':
      return remove(endpoint, parts);
    case 'deletecollection':
      return removeCollection(endpoint, parts, () => listed(endpoint, parts));
  }
}

/** Of objects that are made when they are read. @throws StatusError 404 */
function observedAnswer(endpoint: Endpoint, objects: readonly KubeObject[]): ApiAnswer {
  const { exchange, served, shown } = endpoint;
  const { info } = exchange;
  const made = objects.map((object) => StoredObject.ofUnstored(served.form, '', object));
  if (info.verb !== 'list') {
    const found = made.find(({ object }) => object.metadata.name === info.name);
    if (found === undefined) throw notFound({ group: served.row.group, resource: served.row.singular }, info.name);
    return getAnswer(found, served, shown);
  }
  const { labelSelector, fieldSelector } = listOptions(info.query);
  const selector = ObjectSelector.parse(served.row, labelSelector, fieldSelector);
  return listingAnswer({ objects: made.filter(({ object }) => selector.matches(object)), meta: {} }, served, shown);
}

async function listAnswerOf(endpoint: Endpoint, parts: ResourceParts): Promise<ApiAnswer> {
  return listingAnswer(await listed(endpoint, parts), endpoint.served, endpoint.shown);
}

async function listed({ exchange, served, namespace }: Endpoint, parts: ResourceParts): Promise<Listing> {
  const options = listOptions(exchange.info.query);
  const selector = ObjectSelector.parse(served.row, options.labelSelector, options.fieldSelector);
  return parts.reader.list(served, namespace ?? selector.namespace, selector, options);
}

async function watchAnswer({ exchange, served, namespace, shown }: Endpoint, parts: ResourceParts): Promise<ApiAnswer> {
  const { info } = exchange;
  const { cache, clock, random } = parts;
  const query = new URLSearchParams(info.query);
  query.set('watch', 'true');
  const options = listOptions(query);
  // The old form `/watch/pods/web` names one object.
  const name = info.parts.length > 1 ? info.name : '';
  const selector = ObjectSelector.parse(served.row, options.labelSelector, options.fieldSelector, name);
  const seconds = options.timeoutSeconds ?? 0;
  const prefix = parts.storage.prefixOf(served.storage, namespace ?? selector.namespace);
  const begun = (): (() => void) => {
    const measured = parts.metrics.longRunning(exchange);
    const listed = parts.watches.add({
      user: exchange.user.name,
      userAgent: exchange.request.headers['user-agent'] ?? '',
      resource: served.row.group === '' ? served.row.resource : `${served.row.resource}.${served.row.group}`,
      prefix,
      selector: [options.labelSelector, options.fieldSelector].filter((text) => text !== '').join(','),
      fromRevision: Number(options.resourceVersion) || cache.revision,
      openedAtMs: clock.nowMs(),
    });
    return () => {
      measured();
      listed();
    };
  };
  const events = await startWatch({
    cache,
    resource: cache.resource(served.storage.prefix, served.storage.form),
    prefix,
    selector,
    options,
    view: new WatchView(served, shown.output, shown.include, () => clock.nowMs()),
    clock,
    timeoutMs: (seconds > 0 ? seconds : (parts.watchSecondsMin ?? WATCH_SECONDS_MIN) * (1 + random.next())) * 1000,
    signal: exchange.signal,
    begun,
  });
  return { type: 'watch', code: 200, headers: { 'content-type': watchType(shown.output.format) }, events };
}

function watchType(format: string): string {
  return format === 'application/json' ? 'application/json' : `${format};stream=watch`;
}
