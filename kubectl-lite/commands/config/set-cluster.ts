/** `config set-cluster` and `config set-context`. */
import type { Leaf } from '../../command-line/command.ts';
import { bool, text } from '../../command-line/flag.ts';
import { Failure } from '../../failure.ts';
import { certificate, checkFile, filesOf, nameOrHelp, shownWithHelp, upsert } from './config-files.ts';

export const setCluster: Leaf = {
  usage:
    'NAME [--server=SERVER] [--certificate-authority=FILE] [--insecure-skip-tls-verify=true] [--tls-server-name=NAME]',
  summary: 'make or change a cluster',
  flags: [bool('embed-certs', 'keep the content of files'), text('proxy-url', 'a proxy to go through')],
  async run(context, flags) {
    const name = await nameOrHelp(context, flags, setCluster);
    const authority = flags.given('certificate-authority') ?? '';
    const insecure = flags.bool('insecure-skip-tls-verify');
    const embed = flags.bool('embed-certs');
    if (name === '') throw new Failure('you must specify a non-empty cluster name');
    if (insecure && authority !== '')
      throw new Failure('you cannot specify a certificate authority and insecure mode at the same time');
    if (embed) {
      if (authority === '') throw new Failure('you must specify a --certificate-authority to embed');
      checkFile('certificate-authority', authority);
    }
    upsert(await filesOf(context), 'clusters', name, (before) => ({
      server: '',
      ...before,
      ...(flags.changed('server') ? { server: flags.text('server') } : {}),
      ...(flags.changed('tls-server-name') ? { 'tls-server-name': flags.text('tls-server-name') || undefined } : {}),
      ...(flags.changed('insecure-skip-tls-verify') ? { 'insecure-skip-tls-verify': insecure || undefined } : {}),
      // Either the server is known by its authority, or it is not checked.
      ...(insecure ? { 'certificate-authority': undefined, 'certificate-authority-data': undefined } : {}),
      ...(authority === ''
        ? {}
        : {
            ...certificate('certificate-authority', authority, embed),
            'insecure-skip-tls-verify': undefined,
          }),
      ...(flags.changed('proxy-url') ? { 'proxy-url': flags.text('proxy-url') || undefined } : {}),
    }));
    context.print(`Cluster ${JSON.stringify(name)} set.\n`);
  },
};

export const setContext: Leaf = {
  usage: '[NAME | --current] [--cluster=NAME] [--user=NAME] [--namespace=NAME]',
  summary: 'make or change a context',
  flags: [bool('current', 'the context in use')],
  async run(context, flags) {
    const [name = '', ...others] = flags.args;
    if (others.length > 0) await shownWithHelp(context, setContext, `unexpected args: [${flags.args.join(' ')}]`);
    const isCurrent = flags.bool('current');
    if (name === '' && !isCurrent) throw new Failure('you must specify a non-empty context name or --current');
    if (name !== '' && isCurrent) throw new Failure('you cannot specify both a context name and --current');
    const files = await filesOf(context);
    const current = files.map(({ config }) => config['current-context'] ?? '').find((each) => each !== '') ?? '';
    const target = isCurrent ? current : name;
    if (target === '') throw new Failure('no current context is set');
    const { cluster, user, namespace } = context.flags;
    const there = upsert(files, 'contexts', target, (before) => ({
      cluster: '',
      user: '',
      ...before,
      ...(cluster === undefined ? {} : { cluster }),
      ...(user === undefined ? {} : { user }),
      ...(namespace === undefined ? {} : { namespace: namespace || undefined }),
    }));
    context.print(`Context ${JSON.stringify(target)} ${there ? 'modified' : 'created'}.\n`);
  },
};
