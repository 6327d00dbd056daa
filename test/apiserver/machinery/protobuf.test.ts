import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRecord } from '../../../apiserver/machinery/copy-value.ts';
import { ProtobufBodies, ProtobufError } from '../../../apiserver/machinery/protobuf-body.ts';
import { coreFields } from '../../../apiserver/machinery/protobuf-fields-core.ts';
import { groupFields } from '../../../apiserver/machinery/protobuf-fields-groups.ts';
import { TypeNodes } from '../../../apiserver/machinery/type-nodes.ts';
import { toWireForm } from '../../../apiserver/resources/wire-form.ts';
import { SeededRandom } from '../../../base/random.ts';
import { type Fixture, schemaSource, startServer } from './server-fixture.ts';
import { testRows } from './test-rows.ts';

interface Recorded {
  readonly command: string;
  /** What the command sent, in base64. */
  readonly body: string;
  /** What the same command prints with `--dry-run=client -o json`. */
  readonly object: { readonly kind: string; readonly apiVersion: string };
}

/** Sent by kubectl 1.33. */
const recorded = JSON.parse(
  readFileSync(new URL('./protobuf-bodies.json', import.meta.url), 'utf8'),
) as readonly Recorded[];

const types = new TypeNodes(schemaSource());
const bodies = new ProtobufBodies(types);

function modelOf({ kind, apiVersion }: Recorded['object']): string {
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const wanted = Object.entries(schemaSource().models).find(
    ([, name]) =>
      name.endsWith(`.${version}.${kind}`) && name.includes(group === '' ? '.core.' : (group.split('.')[0] ?? '')),
  );
  return wanted?.[0] ?? '';
}

/** The part that two writers of the same object may differ in: what is empty, and null. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value)
    .map(([key, each]) => [key, withoutEmpty(each)] as const)
    .filter(([, each]) => each !== null && each !== '' && !(isRecord(each) && Object.keys(each).length === 0));
  return Object.fromEntries(kept);
}

function decode({ body, object }: Recorded, bytes: Uint8Array = Buffer.from(body, 'base64')): Record<string, unknown> {
  return bodies.decode(bytes, object.kind, object.apiVersion, types.ofModel(modelOf(object)));
}

/** A field of bytes: all of a message that a test needs. */
function field(number: number, value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
}

const envelope = (apiVersion: string, kind: string, raw: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from('k8s\0'), field(1, Buffer.concat([field(1, apiVersion), field(2, kind)])), field(2, raw)]);

describe('objects in protobuf', () => {
  it.each(recorded)('E4 $command', (each) => {
    const model = modelOf(each.object);
    const decoded = decode(each);
    toWireForm(model, decoded);
    const expected = structuredClone(each.object);
    toWireForm(model, expected);
    expect(withoutEmpty(decoded)).toEqual(withoutEmpty(expected));
  });

  it('E4 every field of every schema has a number', () => {
    const known = new Map<string, ReadonlySet<string>>();
    for (const [group, text] of [...Object.entries(coreFields), ...Object.entries(groupFields)]) {
      for (const line of text.trim().replaceAll('\n  ', ' ').split('\n')) {
        const [name = '', ...fields] = line.split(' ');
        known.set(`${group}.${name}`, new Set(fields.map((each) => each.replace(/^\d+=/, ''))));
      }
    }
    const has = (message: string, property: string): boolean =>
      known.get(message)?.has(property) === true ||
      [...(known.get(message) ?? [])].some(
        (each) =>
          each.startsWith('~') && has(`${message.slice(0, message.lastIndexOf('.'))}.${each.slice(1)}`, property),
      );
    const missing: string[] = [];
    for (const [name, { properties = {} }] of Object.entries(schemaSource().schemas)) {
      if ((name.endsWith('List') && !known.has(name)) || name.includes('.apiextensions.')) continue;
      const fields = Object.keys(properties).filter((each) => each !== 'kind' && each !== 'apiVersion');
      missing.push(...fields.filter((each) => !has(name, each)).map((each) => `${name}.${each}`));
    }
    expect(missing).toEqual([]);
  });

  it('E4 garbage is told as such and nothing else happens', () => {
    const random = new SeededRandom('protobuf');
    let refused = 0;
    for (let round = 0; round < 4000; round++) {
      const each = recorded[round % recorded.length];
      if (each === undefined) break;
      const bytes = Buffer.from(each.body, 'base64');
      for (let times = random.below(3) + 1; times > 0; times--) bytes[random.below(bytes.length)] = random.below(256);
      try {
        decode(each, bytes.subarray(0, bytes.length - random.below(4)));
      } catch (error) {
        expect(error).toBeInstanceOf(ProtobufError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });
});

describe('requests in protobuf', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startServer(testRows);
  });
  afterAll(() => fixture.close());

  const CM = '/api/v1/namespaces/ns/configmaps';

  async function send(method: string, url: string, body: Uint8Array) {
    const answer = await fixture.server.handle({
      method,
      url,
      headers: { 'content-type': 'application/vnd.kubernetes.protobuf', accept: 'application/json' },
      body,
      credentials: { type: 'network', remoteAddress: '' },
      signal: new AbortController().signal,
    });
    if (answer.type !== 'object') throw new Error(answer.type);
    return { code: answer.code, object: answer.object };
  }

  const meta = (name: string): Buffer => field(1, field(1, name));
  const entry = (key: string, value: string): Buffer => field(2, Buffer.concat([field(1, key), field(2, value)]));

  it('E4 an object is created as from JSON; fields that nobody knows are passed over', async () => {
    const raw = Buffer.concat([meta('a'), entry('k', 'v'), entry('__proto__', 'w'), field(15, 'later')]);
    const { code, object } = await send('POST', CM, envelope('v1', 'ConfigMap', raw));
    expect([code, object.metadata.name]).toEqual([201, 'a']);
    expect(JSON.stringify(object.data)).toBe('{"__proto__":"w","k":"v"}');
  });

  it('E4 another kind is refused, and what is no protobuf', async () => {
    const other = await send('POST', CM, envelope('v1', 'Secret', meta('a')));
    expect([other.code, other.object.message]).toEqual([
      400,
      'Secret in version "v1" cannot be handled as a ConfigMap: no kind "Secret" is registered for version "v1" in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"',
    ]);
    const garbage = await send('POST', CM, Buffer.from('{}'));
    expect(garbage.code).toBe(400);
    expect(garbage.object.message).toContain(
      'does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    );
  });

  it('E4 deletions carry their options', async () => {
    await fixture.call('POST', CM, { metadata: { name: 'kept' } });
    const preconditions = envelope('v1', 'DeleteOptions', field(2, field(1, 'another-uid')));
    const refused = await send('DELETE', `${CM}/kept`, preconditions);
    expect([refused.code, refused.object.reason]).toEqual([409, 'Conflict']);
    const deleted = await send('DELETE', `${CM}/kept`, envelope('v1', 'DeleteOptions', Buffer.alloc(0)));
    expect(deleted.code).toBe(200);
  });
});
