/** `proxy`: lets programs of this machine reach the API server without credentials of their own. */
import fs from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { codeOf, messageOf } from '../../base/errors.ts';
import type { Leaf } from '../command-line/command.ts';
import { bool, duration, integer, text } from '../command-line/flag.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { Exit, Failure } from '../failure.ts';

const DEFAULT_PORT = 8001;

export const proxy: Leaf = {
  usage: '[--port=PORT] [--www=DIRECTORY] [--www-prefix=PREFIX] [--api-prefix=PREFIX] [flags]',
  summary: 'let programs of this machine reach the API server',
  about: 'Connections that change their protocol (exec, attach, port-forward) are not passed on.',
  flags: [
    integer('port,p', 'the port to listen on; 0: any', { initial: DEFAULT_PORT }),
    text('address', 'the address to listen on', { initial: '127.0.0.1' }),
    text('unix-socket,u', 'a socket to listen on instead'),
    text('api-prefix', 'where the API is', { initial: '/' }),
    text('www,w', 'a directory whose files to serve, too'),
    text('www-prefix,P', 'where those are', { initial: '/static/' }),
    text('accept-hosts', 'patterns of the names that it answers to', {
      initial: '^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$',
    }),
    text('accept-paths', 'patterns of the paths that it passes on', { initial: '^.*' }),
    text('reject-paths', 'patterns of those that it does not', {
      initial: '^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach',
    }),
    text('reject-methods', 'patterns of the methods that it does not pass on', { initial: '^$' }),
    bool('disable-filter', 'pass everything on: dangerous where others reach the port'),
    duration('keepalive', 'how often to see whether connections still hold; 0: never'),
    bool('append-server-path', "put the path of the kubeconfig's server before each"),
  ],
  run,
};

async function run(context: Context, flags: FlagSet): Promise<void> {
  const { server } = context.connection;
  const serverPath = new URL(server).pathname;
  if (!flags.bool('append-server-path') && serverPath !== '/')
    context.host.err(
      `Your kube context contains a server path ${serverPath}, use --append-server-path to automatically append the path to each request\n`,
    );
  if (flags.bool('disable-filter') && flags.text('unix-socket') === '')
    context.host.err('Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious\n');
  const { requestFilter } = await import('../proxy/filter.ts');
  const filter = flags.bool('disable-filter')
    ? undefined
    : requestFilter({
        acceptPaths: flags.text('accept-paths'),
        rejectPaths: flags.text('reject-paths'),
        acceptHosts: flags.text('accept-hosts'),
        rejectMethods: flags.text('reject-methods'),
      });
  if (flags.number('port') !== DEFAULT_PORT && flags.text('unix-socket') !== '')
    throw new Failure('cannot set --unix-socket and --port at the same time');
  const { proxyServer } = await import('../proxy/server.ts');
  const listening = proxyServer(context.rest, {
    filter,
    apiPrefix: closed(flags.text('api-prefix')),
    staticPrefix: closed(flags.text('www-prefix')),
    serveFile: await filesOf(context, flags.text('www')),
    appendServerPath: flags.bool('append-server-path'),
  });
  const keepAliveMs = flags.number('keepalive');
  if (keepAliveMs > 0) listening.on('connection', (socket) => socket.setKeepAlive(true, keepAliveMs));
  context.print(`Starting to serve on ${await listen(listening, flags)}\n`);
  await new Promise<void>((resolve) => {
    if (context.host.signal.aborted) resolve();
    context.host.signal.addEventListener('abort', () => resolve());
  });
  listening.close().closeAllConnections();
  throw new Exit(130);
}

const closed = (prefix: string): string => (prefix.endsWith('/') ? prefix : `${prefix}/`);

async function filesOf(context: Context, folder: string) {
  if (folder === '') return undefined;
  const stat = fs.statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined)
    context.host.err(`Failed to stat static file directory ${folder}: stat ${folder}: no such file or directory\n`);
  else if (!stat.isDirectory()) context.host.err(`Static file directory ${folder} is not a directory\n`);
  return (await import('../proxy/static-files.ts')).filesOf(folder);
}

/** Where it listens. @throws Failure when it cannot */
async function listen(server: Server, flags: FlagSet): Promise<string> {
  const file = flags.text('unix-socket');
  const [port, host] = [flags.number('port'), flags.text('address')];
  if (file === '' && (port < 0 || port > 65535)) throw new Failure(`listen tcp: address ${port}: invalid port`);
  // Nobody else may use the socket, from its first moment on.
  if (file !== '') forgetSocket(file);
  const maskBefore = process.umask(0o077);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(file === '' ? { port, host } : { path: file }, resolve);
    });
  } catch (thrown) {
    const said: Readonly<Record<string, string>> = {
      EADDRINUSE: 'address already in use',
      EACCES: 'permission denied',
      EADDRNOTAVAIL: 'cannot assign requested address',
    };
    const where = file === '' ? `tcp ${host}:${port}` : `unix ${file}`;
    throw new Failure(`listen ${where}: bind: ${said[codeOf(thrown) ?? ''] ?? messageOf(thrown)}`);
  } finally {
    process.umask(maskBefore);
  }
  if (file !== '') return file;
  const { address, port: bound, family } = server.address() as AddressInfo;
  return family === 'IPv6' ? `[${address}]:${bound}` : `${address}:${bound}`;
}

/** A socket that an earlier run left; anything else there stays, and listening fails. */
function forgetSocket(file: string): void {
  if (fs.lstatSync(file, { throwIfNoEntry: false })?.isSocket() === true) fs.rmSync(file);
}
