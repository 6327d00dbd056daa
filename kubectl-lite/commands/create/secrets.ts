/** `create secret generic|tls|docker-registry`. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import { messageOf } from '../../../base/errors.ts';
import type { Group } from '../../command-line/command.ts';
import { bool, list, text } from '../../command-line/flag.ts';
import { Failure } from '../../failure.ts';
import { goFileError } from '../../kubeconfig.ts';
import { goJson } from '../../printers/objects.ts';
import { dataFlags, entriesOf, hashOf } from './config-data.ts';
import { creation, metadataOf } from './creation.ts';

const encoded = (entries: ReadonlyMap<string, Buffer>): Record<string, string> =>
  Object.fromEntries([...entries].map(([key, value]) => [key, value.toString('base64')]));

function named(name: string, hash: boolean, type: string, data: Record<string, string>): string {
  return hash
    ? `${name}-${hashOf({ data: Object.keys(data).length === 0 ? '' : data, kind: 'Secret', name, type })}`
    : name;
}

const generic = creation({
  usage: 'NAME [--type=TYPE] [--from-file=[KEY=]FILE] [--from-literal=KEY=VALUE] [--from-env-file=FILE] [flags]',
  summary: 'make a secret from literals and files',
  flags: [...dataFlags, text('type', "the secret's type")],
  build(context, flags, name) {
    const data = encoded(entriesOf(flags, 'Secret', name));
    const type = flags.text('type');
    return {
      kind: 'Secret',
      apiVersion: 'v1',
      metadata: metadataOf(context, named(name, flags.bool('append-hash'), type, data)),
      ...(Object.keys(data).length === 0 ? {} : { data }),
      ...(type === '' ? {} : { type }),
    };
  },
});

const tls = creation({
  usage: 'NAME --cert=FILE --key=FILE [flags]',
  summary: 'make a secret of a certificate and its key',
  flags: [
    text('cert', 'the certificate, PEM'),
    text('key', 'its key, PEM'),
    bool('append-hash', 'append a hash to the name'),
  ],
  build(context, flags, name) {
    if (flags.text('cert') === '' || flags.text('key') === '') throw new Failure('key and cert must be specified');
    const cert = read(flags.text('cert'));
    const key = read(flags.text('key'));
    checkPair(cert, key);
    const data = encoded(
      new Map([
        ['tls.crt', cert],
        ['tls.key', key],
      ]),
    );
    const type = 'kubernetes.io/tls';
    const metadata = metadataOf(context, named(name, flags.bool('append-hash'), type, data));
    return { kind: 'Secret', apiVersion: 'v1', metadata, data, type };
  },
});

function read(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (thrown) {
    throw new Failure(`Cannot read file ${file}, ${goFileError(thrown, 'open', file)}`);
  }
}

function checkPair(cert: Buffer, key: Buffer): void {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch {
    throw new Failure('tls: failed to find any PEM data in certificate input');
  }
  try {
    if (certificate.checkPrivateKey(createPrivateKey(key))) return;
  } catch (thrown) {
    throw new Failure(
      /PEM|no start line|DECODER/i.test(messageOf(thrown))
        ? 'tls: failed to find any PEM data in key input'
        : `tls: ${messageOf(thrown)}`,
    );
  }
  throw new Failure('tls: private key does not match public key');
}

const dockerRegistry = creation({
  usage: 'NAME --docker-username=USER --docker-password=PASSWORD [--docker-server=SERVER] [flags]',
  summary: 'make a secret for an image registry',
  flags: [
    text('docker-username', 'the user'),
    text('docker-password', 'the password'),
    text('docker-email', 'the e-mail address'),
    text('docker-server', 'the registry', { initial: 'https://index.docker.io/v1/' }),
    list('from-file', 'a docker configuration file'),
    bool('append-hash', 'append a hash to the name'),
  ],
  build(context, flags, name) {
    const type = 'kubernetes.io/dockerconfigjson';
    let content: Buffer;
    const [file] = flags.texts('from-file');
    if (file !== undefined) content = read(file.replace(/^\.dockerconfigjson=/, ''));
    else {
      const username = flags.text('docker-username');
      const password = flags.text('docker-password');
      const server = flags.text('docker-server');
      if (username === '' || password === '' || server === '')
        throw new Failure(
          'either --from-file or the combination of --docker-username, --docker-password and --docker-server is required',
        );
      const email = flags.text('docker-email');
      const auth = Buffer.from(`${username}:${password}`).toString('base64');
      content = Buffer.from(
        goJson({ auths: { [server]: { username, password, ...(email === '' ? {} : { email }), auth } } }),
      );
    }
    const data = { '.dockerconfigjson': content.toString('base64') };
    const metadata = metadataOf(context, named(name, flags.bool('append-hash'), type, data));
    return { kind: 'Secret', apiVersion: 'v1', metadata, data, type };
  },
});

export const secret: Group = {
  summary: 'make a secret',
  subcommands: {
    generic: { summary: 'of literals and files', load: async () => generic },
    tls: { summary: 'of a certificate and its key', load: async () => tls },
    'docker-registry': { summary: 'for an image registry', load: async () => dockerRegistry },
  },
};
