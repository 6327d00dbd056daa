/**
 * A KMS plugin, version 2, as its vendors write them: gRPC on a Unix socket, by Node's HTTP/2 and protobufjs, which the
 * server itself does not use. Its keys can be changed, and it can be made to fail.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import http2 from 'node:http2';
import protobuf from 'protobufjs';

const PROTO = `syntax = "proto3"; package v2;
message StatusRequest {}
message StatusResponse { string version = 1; string healthz = 2; string key_id = 3; }
message DecryptRequest { bytes ciphertext = 1; string uid = 2; string key_id = 3; map<string, bytes> annotations = 4; }
message DecryptResponse { bytes plaintext = 1; }
message EncryptRequest { bytes plaintext = 1; string uid = 2; }
message EncryptResponse { bytes ciphertext = 1; string key_id = 2; map<string, bytes> annotations = 3; }
message EncryptedObject { bytes encryptedData = 1; string keyID = 2; bytes encryptedDEKSource = 3; map<string, bytes> annotations = 4; int32 encryptedDEKSourceType = 5; }`;

export const kmsMessages = protobuf.parse(PROTO, { keepCase: true }).root;

interface Call {
  readonly method: string;
  readonly uid: string;
}

type Fields = Record<string, unknown>;

export class KmsPlugin {
  /** By id; the plugin knows old ones, too. */
  readonly keys = new Map<string, Buffer>();
  readonly calls: Call[] = [];
  keyId = '';
  healthz = 'ok';
  version = 'v2';
  /** Answers every call with this gRPC status. */
  failure: string | undefined;
  annotations: Record<string, Buffer> = { 'version.kms.example.com': Buffer.from('1') };
  readonly #server = http2.createServer();
  readonly #sessions = new Set<http2.ServerHttp2Session>();

  constructor(keyId: string) {
    this.rotate(keyId);
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
    });
    this.#server.on('stream', (stream, headers) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('error', () => {});
      stream.on('end', () => this.#answer(stream, String(headers[':path']), Buffer.concat(parts)));
    });
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, resolve);
    });
  }

  /** Connections end with it. */
  async close(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  rotate(keyId: string): void {
    this.keyId = keyId;
    if (!this.keys.has(keyId)) this.keys.set(keyId, randomBytes(32));
  }

  #answer(stream: http2.ServerHttp2Stream, path: string, body: Buffer): void {
    const method = path.split('/').at(-1) ?? '';
    const trailers: http2.OutgoingHttpHeaders = { 'grpc-status': '0' };
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    try {
      if (this.failure !== undefined) throw new Error(this.failure);
      const asked = kmsMessages.lookupType(`v2.${method}Request`).decode(body.subarray(5)) as unknown as Fields;
      this.calls.push({ method, uid: String(asked.uid ?? '') });
      const type = kmsMessages.lookupType(`v2.${method}Response`);
      const bytes = type.encode(type.create(this.#act(method, asked))).finish();
      const header = Buffer.alloc(5);
      header.writeUInt32BE(bytes.length, 1);
      stream.write(Buffer.concat([header, bytes]));
    } catch (thrown) {
      trailers['grpc-status'] = '13';
      trailers['grpc-message'] = encodeURIComponent(thrown instanceof Error ? thrown.message : String(thrown));
    }
    stream.end();
  }

  #act(method: string, asked: Fields): Fields {
    switch (method) {
      case 'Status':
        return { version: this.version, healthz: this.healthz, key_id: this.keyId };
      case 'Encrypt': {
        const nonce = randomBytes(12);
        const cipher = createCipheriv('aes-256-gcm', this.#key(this.keyId), nonce);
        const sealed = Buffer.concat([cipher.update(asked.plaintext as Uint8Array), cipher.final()]);
        return {
          ciphertext: Buffer.concat([nonce, cipher.getAuthTag(), sealed]),
          key_id: this.keyId,
          annotations: this.annotations,
        };
      }
      case 'Decrypt': {
        const bytes = Buffer.from(asked.ciphertext as Uint8Array);
        const given = asked.annotations as Record<string, Uint8Array>;
        for (const [name, value] of Object.entries(this.annotations)) {
          if (!value.equals(given[name] ?? Buffer.alloc(0))) throw new Error(`annotation ${name} is missing`);
        }
        const decipher = createDecipheriv('aes-256-gcm', this.#key(String(asked.key_id)), bytes.subarray(0, 12));
        decipher.setAuthTag(bytes.subarray(12, 28));
        return { plaintext: Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]) };
      }
      default:
        throw new Error(`no method ${method}`);
    }
  }

  #key(id: string): Buffer {
    const key = this.keys.get(id);
    if (key === undefined) throw new Error(`no key ${id}`);
    return key;
  }
}
