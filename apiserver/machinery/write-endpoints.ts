/**
 * Create, update and delete as HTTP knows them: options, body, checks against the path, then the registry.
 */

import { objectAnswer, type Presentation, storedAnswer } from './answers.ts';
import type { ApiAnswer } from './api-server.ts';
import { type BodyKind, decodeBody, namedFields } from './body-decoding.ts';
import { copyValue } from './copy-value.ts';
import type { DeleteOutcome, Deleter } from './deletion.ts';
import type { Exchange } from './exchange.ts';
import { decodeUtf8, parseJson, TextError } from './json-text.ts';
import { negotiateInput } from './media-types.ts';
import { isPrintable, wipeSystemFields } from './object-meta.ts';
import { type ProtobufBodies, ProtobufError } from './protobuf-body.ts';
import { type Listing, listingAnswer } from './read-endpoints.ts';
import type { Registry } from './registry.ts';
import {
  createOptions,
  type DeleteOptions,
  deleteOptions,
  updateOptions,
  type WriteOptions,
} from './request-options.ts';
import type { KubeObject, SubresourceRow, WriteStrategy } from './resource-row.ts';
import type { ServedRow, ServedRows } from './served-rows.ts';
import { badRequest, StatusError, successStatus } from './status.ts';
import { decodeTyped, TypeMismatch } from './typed-decode.ts';
import type { Write } from './write-steps.ts';
import { parseYaml } from './yaml-text.ts';

/** A request for one served row, with what every endpoint needs of it. */
export interface Endpoint {
  readonly exchange: Exchange;
  readonly served: ServedRow;
  /** undefined: the resource itself. */
  readonly subresource: SubresourceRow | undefined;
  readonly namespace: string | undefined;
  readonly shown: Presentation;
}

export interface WriteParts {
  readonly rows: ServedRows;
  readonly registry: Registry;
  readonly deleter: Deleter;
  readonly protobuf: ProtobufBodies;
  /** Refuses a deletion. */
  admitDeletion(endpoint: Endpoint, name: string, options: DeleteOptions): (old: KubeObject) => Promise<void>;
  /** Refuses to create by an update what the user may not create. @throws StatusError 403 */
  mayCreate(exchange: Exchange): Promise<void>;
}

/** Its schemas have fields of several types, which have messages of their own; its clients send JSON anyway. */
const NOT_IN_PROTOBUF = 'apiextensions.k8s.io';

export function bodyKindOf(endpoint: Endpoint, parts: WriteParts): BodyKind {
  const { served, subresource } = endpoint;
  const own = subresource === undefined || subresource.type === 'part' ? served.row : subresource;
  return {
    group: own.group,
    version: own.version,
    kind: own.kind,
    type: served.typeOf(subresource),
    protobuf: served.row.schema === undefined && own.group !== NOT_IN_PROTOBUF ? parts.protobuf : undefined,
    knows: (apiVersion, kind) => parts.rows.knows(apiVersion, kind),
  };
}

export function strategyOf({ served, subresource }: Endpoint): WriteStrategy {
  if (subresource?.type === 'part') return subresource.strategy;
  return served.row.storedStrategy ?? served.storage.row.strategy;
}

const FIELD_MANAGER_BYTES_MAX = 128;

/** Who is written down as the owner of fields: what was asked for, else the beginning of the User-Agent. */
export function managerOf(exchange: Exchange, options: WriteOptions): string {
  if (options.fieldManager !== '') return options.fieldManager;
  let manager = '';
  let bytes = 0;
  for (const character of exchange.userAgent.split('/')[0] ?? '') {
    if (!isPrintable(character)) continue;
    bytes += Buffer.byteLength(character);
    if (bytes > FIELD_MANAGER_BYTES_MAX) break;
    manager += character;
  }
  return manager;
}

/** The object of a create or update, decoded and defaulted, in the version of the request. */
export function decodeObject(endpoint: Endpoint, options: WriteOptions, parts: WriteParts): KubeObject {
  const { exchange, served, subresource } = endpoint;
  const format = negotiateInput(exchange.request.headers['content-type']);
  const kind = bodyKindOf(endpoint, parts);
  const object = decodeBody(exchange.request.body, format, kind, options.fieldValidation, (text) =>
    exchange.warn(text),
  );
  applyDefaults(object, served, subresource);
  exchange.onBody?.(object, true);
  return object;
}

/** What upstream's decoder adds: what Go always writes, and the defaults of the version. */
export function applyDefaults(object: KubeObject, served: ServedRow, subresource?: SubresourceRow): KubeObject {
  const whole = subresource === undefined || subresource.type === 'part';
  if (whole && served.row.strategy.setDefaults !== undefined) served.row.strategy.setDefaults(object);
  else served.toWireForm(object, subresource);
  return object;
}

export function matchNamespace({ served, namespace }: Endpoint, object: KubeObject): void {
  const wanted = served.row.namespaced ? (namespace ?? '') : '';
  const { metadata } = object;
  if ((metadata.namespace ?? '') === wanted) return;
  if (wanted === '') delete metadata.namespace;
  else if (!metadata.namespace) metadata.namespace = wanted;
  else throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

export function matchName(object: KubeObject, name: string): void {
  const found = object.metadata.name ?? '';
  if (found === '') {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (found !== name) {
    throw badRequest(`the name of the object (${found}) does not match the name on the URL (${name})`);
  }
}

export function writeOf(
  endpoint: Endpoint,
  options: WriteOptions,
  object: KubeObject,
  old: KubeObject | undefined,
  name: string,
  applied = false,
): Write {
  const { exchange, served } = endpoint;
  const { conversion } = served.row;
  return {
    operation: old === undefined ? 'create' : 'update',
    served,
    strategy: strategyOf(endpoint),
    subresource: exchange.info.subresource,
    namespace: served.row.namespaced ? endpoint.namespace : undefined,
    name,
    object: conversion === undefined ? object : conversion.toStored(object),
    old,
    user: exchange.user,
    manager: managerOf(exchange, options),
    applied,
    nowMs: exchange.nowMs,
    request: exchange.id,
    dryRun: options.dryRun,
    options: options.raw,
    warn: (text) => exchange.warn(text),
    annotate: (key, value) => {
      exchange.annotations[key] = value;
    },
  };
}

export async function create(endpoint: Endpoint, parts: WriteParts): Promise<ApiAnswer> {
  const { exchange, served, shown } = endpoint;
  const options = createOptions(exchange.info.query);
  const object = decodeObject(endpoint, options, parts);
  wipeSystemFields(object.metadata);
  matchNamespace(endpoint, object);
  const write = writeOf(endpoint, options, object, undefined, object.metadata.name ?? '');
  const stored = await parts.registry.create(write);
  return storedAnswer(201, stored, served, shown);
}

export async function update(endpoint: Endpoint, parts: WriteParts): Promise<ApiAnswer> {
  const { exchange, served, shown } = endpoint;
  const { name } = exchange.info;
  const options = updateOptions(exchange.info.query);
  const object = decodeObject(endpoint, options, parts);
  matchNamespace(endpoint, object);
  matchName(object, name);
  const { object: stored, created } = await parts.registry.update({
    served,
    namespace: endpoint.namespace,
    name,
    mayCreate: endpoint.subresource === undefined && served.row.allowCreateOnUpdate === true,
    preconditions: { uid: object.metadata.uid },
    dryRun: options.dryRun,
    async attempt(old) {
      if (old === undefined) await parts.mayCreate(exchange);
      return writeOf(endpoint, options, copyValue(object), old, name);
    },
  });
  return storedAnswer(created ? 201 : 200, stored, served, shown);
}

const META_VERSION = 'meta.k8s.io/v1';
/** Where upstream registers the options of requests; its name is part of a message. */
const META_SCHEME = 'k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27';

/** @throws StatusError */
function deletionOptionsOf(endpoint: Endpoint, parts: WriteParts): DeleteOptions {
  const { body } = endpoint.exchange.request;
  if (body === undefined || (body instanceof Uint8Array && body.length === 0)) {
    return deleteOptions(endpoint.exchange.info.query, undefined);
  }
  const options = sentDeletionOptions(endpoint, parts);
  endpoint.exchange.onBody?.(options.raw, false);
  return options;
}

function sentDeletionOptions({ exchange }: Endpoint, { protobuf }: WriteParts): DeleteOptions {
  const { body, headers } = exchange.request;
  if (!(body instanceof Uint8Array)) return deleteOptions(exchange.info.query, body);
  const format = negotiateInput(headers['content-type']);
  try {
    if (format === 'protobuf') {
      return deleteOptions(
        exchange.info.query,
        protobuf.decode(body, 'DeleteOptions', META_VERSION, protobuf.deleteOptions),
      );
    }
    const text = decodeUtf8(body);
    const { value } = format === 'json' ? parseJson(text, false) : parseYaml(text, false);
    const { fields, kind, apiVersion } = namedFields(value);
    // Every group may name them its own.
    if (kind !== '' && kind !== 'DeleteOptions') {
      throw badRequest(
        `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion || META_VERSION)} in scheme ${JSON.stringify(META_SCHEME)}`,
      );
    }
    return deleteOptions(exchange.info.query, decodeTyped(protobuf.deleteOptions, fields).value);
  } catch (error) {
    if (error instanceof ProtobufError || error instanceof TypeMismatch) throw badRequest(error.message);
    if (error instanceof TextError) throw badRequest(`couldn't get version/kind; json parse error: ${error.message}`);
    throw error;
  }
}

export async function remove(endpoint: Endpoint, parts: WriteParts): Promise<ApiAnswer> {
  const { exchange, served, namespace } = endpoint;
  const { name } = exchange.info;
  const options = deletionOptionsOf(endpoint, parts);
  warnOfPropagation(endpoint, options);
  const outcome = await parts.deleter.delete({
    served,
    namespace,
    name,
    options,
    nowMs: exchange.nowMs,
    request: exchange.id,
    admit: parts.admitDeletion(endpoint, name, options),
  });
  return deletionAnswer(endpoint, options, outcome);
}

function warnOfPropagation({ exchange, served }: Endpoint, options: DeleteOptions): void {
  const { defaultPropagationWarning: text } = served.row;
  const chosen = options.propagationPolicy !== undefined || options.orphanDependents !== undefined;
  if (text !== undefined && !chosen) exchange.warn(text);
}

/** The object while it waits, or when its kind shows what went; else a Status that names it. */
function deletionAnswer(endpoint: Endpoint, options: DeleteOptions, { object, gone }: DeleteOutcome): ApiAnswer {
  const { served, shown, exchange } = endpoint;
  const code = !gone && options.orphanDependents === false ? 202 : 200;
  if (!gone || served.row.returnsDeletedObject === true) return storedAnswer(code, object, served, shown);
  const { uid } = object.object.metadata;
  const status = successStatus(undefined, {
    name: exchange.info.name,
    ...(served.row.group === '' ? {} : { group: served.row.group }),
    kind: served.row.resource,
    ...(uid === undefined ? {} : { uid }),
  });
  return objectAnswer(code, status, shown);
}

/** How many deletions of one collection are under way at once. */
const COLLECTION_WORKERS = 8;

export async function removeCollection(
  endpoint: Endpoint,
  parts: WriteParts,
  list: () => Promise<Listing>,
): Promise<ApiAnswer> {
  const { exchange, served, shown } = endpoint;
  const options = deletionOptionsOf(endpoint, parts);
  warnOfPropagation(endpoint, options);
  const listing = await list();
  const queue = [...listing.objects];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { name = '', namespace } = next.object.metadata;
      try {
        await parts.deleter.delete({
          served,
          namespace,
          name,
          options,
          nowMs: exchange.nowMs,
          request: exchange.id,
          admit: parts.admitDeletion({ ...endpoint, namespace }, name, options),
        });
      } catch (error) {
        if (!(error instanceof StatusError) || error.code !== 404) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: COLLECTION_WORKERS }, work));
  return listingAnswer(listing, served, shown);
}
