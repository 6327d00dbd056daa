/**
 * The messages of the KMS API, version 2 (k8s.io/kms/apis/v2/api.proto), and the form in which values that it guards are
 * kept (k8s.io/apiserver/pkg/storage/value/encrypt/envelope/kmsv2/v2/api.proto).
 */
import { MessageReader, MessageWriter } from '../../../machinery/protobuf-wire.ts';

export type Annotations = ReadonlyMap<string, Uint8Array>;

export interface KmsStatus {
  readonly version: string;
  readonly healthz: string;
  readonly keyId: string;
}

/** A key that is encrypted with another, which only the plugin has. */
export interface SealedSeed {
  readonly ciphertext: Uint8Array;
  readonly keyId: string;
  readonly annotations: Annotations;
}

/** How the data key comes from the seed: it is it, or is derived anew for each value. */
export const seedTypes = { key: 0, derived: 1 } as const;

export interface EncryptedObject {
  readonly data: Uint8Array;
  readonly seed: SealedSeed;
  readonly seedType: number;
}

const NOTHING: Uint8Array = new Uint8Array();

export function encodeEncrypt(plaintext: Uint8Array, uid: string): Uint8Array {
  return new MessageWriter().bytes(1, plaintext).text(2, uid).finish();
}

export function encodeDecrypt({ ciphertext, keyId, annotations }: SealedSeed, uid: string): Uint8Array {
  const message = new MessageWriter().bytes(1, ciphertext).text(2, uid).text(3, keyId);
  return writeMap(message, 4, annotations).finish();
}

export function decodeStatus(bytes: Uint8Array): KmsStatus {
  const fields = fieldsOf(bytes);
  return { version: fields.text(1), healthz: fields.text(2), keyId: fields.text(3) };
}

export function decodeEncrypted(bytes: Uint8Array): SealedSeed {
  const fields = fieldsOf(bytes);
  return { ciphertext: fields.bytes(1), keyId: fields.text(2), annotations: fields.map(3) };
}

export function decodeDecrypted(bytes: Uint8Array): Uint8Array {
  return fieldsOf(bytes).bytes(1);
}

export function encodeObject({ data, seed, seedType }: EncryptedObject): Uint8Array {
  const message = new MessageWriter().bytes(1, data).text(2, seed.keyId).bytes(3, seed.ciphertext);
  writeMap(message, 4, seed.annotations);
  return (seedType === 0 ? message : message.integer(5, seedType)).finish();
}

/** Throws for what is no such message. */
export function decodeObject(bytes: Uint8Array): EncryptedObject {
  const fields = fieldsOf(bytes);
  return {
    data: fields.bytes(1),
    seed: { keyId: fields.text(2), ciphertext: fields.bytes(3), annotations: fields.map(4) },
    seedType: fields.number(5),
  };
}

function writeMap(message: MessageWriter, field: number, map: Annotations): MessageWriter {
  for (const [key, value] of map) message.message(field, new MessageWriter().text(1, key).bytes(2, value));
  return message;
}

/** Fields by number; one that is not there is empty, as proto3 has it, and of several the last counts. */
function fieldsOf(bytes: Uint8Array): Fields {
  const reader = new MessageReader(bytes);
  const delimited = new Map<number, Uint8Array[]>();
  const numbers = new Map<number, number>();
  while (!reader.atEnd) {
    const [number, type] = reader.tag();
    if (type === 2) delimited.set(number, [...(delimited.get(number) ?? []), reader.bytes()]);
    else if (type === 0) numbers.set(number, reader.integer());
    else reader.skip(type);
  }
  return new Fields(delimited, numbers);
}

class Fields {
  readonly #delimited: ReadonlyMap<number, readonly Uint8Array[]>;
  readonly #numbers: ReadonlyMap<number, number>;

  constructor(delimited: ReadonlyMap<number, readonly Uint8Array[]>, numbers: ReadonlyMap<number, number>) {
    this.#delimited = delimited;
    this.#numbers = numbers;
  }

  bytes(field: number): Uint8Array {
    return this.#delimited.get(field)?.at(-1) ?? NOTHING;
  }

  text(field: number): string {
    return Buffer.from(this.bytes(field)).toString('utf8');
  }

  number(field: number): number {
    return this.#numbers.get(field) ?? 0;
  }

  map(field: number): Annotations {
    const entries = (this.#delimited.get(field) ?? []).map(fieldsOf);
    return new Map(entries.map((entry) => [entry.text(1), entry.bytes(2)]));
  }
}
