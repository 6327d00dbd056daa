/** `create -f`: makes each object; and the table of `create KIND`. */
import { type Group, type Leaf, usageError } from '../../command-line/command.ts';
import { bool, text } from '../../command-line/flag.ts';
import { creationFlags, fileFlags, selectorFlag } from '../../command-line/flag-groups.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import type { Context } from '../../context.ts';
import { pathOf } from '../../discovery.ts';
import type { KubeObject } from '../../documents.ts';
import { asFailure, Failure, failureDuring, throwGathered } from '../../failure.ts';
import { selectionFlags, targetsOf } from '../../selection.ts';
import { dryRunOf, writeQuery } from '../../writing/dry-run.ts';
import { withConfiguration } from '../../writing/patching.ts';
import { reporter } from '../../writing/report.ts';

const self: Leaf = {
  usage: '-f FILE [flags]',
  summary: 'make objects, from files, standard input or flags',
  flags: [
    ...fileFlags,
    ...creationFlags('kubectl-create'),
    selectorFlag,
    bool('edit', 'edit the objects before they are made'),
    bool('windows-line-endings', 'with --edit: lines end as on Windows'),
    text('raw', 'send the file as it is to this path'),
  ],
  run: createFromFiles,
};

async function createFromFiles(context: Context, flags: FlagSet): Promise<void> {
  if (flags.texts('filename').length === 0 && !flags.changed('kustomize')) {
    if (flags.args.length > 0) throw usageError(context, `Unexpected args: [${flags.args.join(' ')}]`);
    throw new Failure('must specify one of -f and -k');
  }
  if (flags.args.length > 0) throw usageError(context, `Unexpected args: [${flags.args.join(' ')}]`);
  if (flags.changed('raw')) return createRaw(context, flags);
  const dryRun = dryRunOf(flags);
  if (flags.bool('edit')) {
    const { editBeforeCreate } = await import('../edit.ts');
    await editBeforeCreate(context, flags);
    return;
  }
  const query = writeQuery(flags, dryRun);
  const report = await reporter(context, flags, dryRun);
  const { targets, failures } = await targetsOf(context, {
    ...selectionFlags(flags),
    enforceNamespace: true,
    continueOnError: true,
  });
  const all = [...failures];
  let count = 0;
  for (const { resource, namespace, object, source } of targets) {
    if (object === undefined) continue;
    count++;
    try {
      let made = flags.bool('save-config') ? withConfiguration(object) : object;
      if (dryRun !== 'client')
        made = await context.rest.json<KubeObject>({
          method: 'POST',
          path: pathOf(resource, namespace),
          query,
          body: made,
        });
      report(made, 'created');
    } catch (thrown) {
      all.push(asFailure(failureDuring(thrown, `error when creating ${JSON.stringify(source)}`)));
    }
  }
  if (count === 0 && all.length === 0) throw new Failure('no objects passed to create');
  throwGathered(all);
}

async function createRaw(context: Context, flags: FlagSet): Promise<void> {
  const { sourcesOf } = await import('../../documents.ts');
  const [source] = sourcesOf(flags.texts('filename'), false, context.host.stdin).sources;
  const body = source === undefined ? '' : await source.read();
  for await (const chunk of context.rest.chunks({ method: 'POST', path: flags.text('raw'), body }))
    context.print(chunk);
}

export const create: Group = {
  summary: self.summary,
  self,
  subcommands: {
    namespace: {
      summary: 'a namespace',
      aliases: ['ns'],
      load: async () => (await import('./simple.ts')).namespace,
    },
    deployment: {
      summary: 'a deployment of an image',
      aliases: ['deploy'],
      load: async () => (await import('./workloads.ts')).deployment,
    },
    job: { summary: 'a job of an image, or from a cron job', load: async () => (await import('./workloads.ts')).job },
    cronjob: {
      summary: 'a cron job',
      aliases: ['cj'],
      load: async () => (await import('./workloads.ts')).cronJob,
    },
    configmap: {
      summary: 'a config map from literals and files',
      aliases: ['cm'],
      load: async () => (await import('./config-data.ts')).configMap,
    },
    secret: { summary: 'a secret', load: async () => (await import('./secrets.ts')).secret },
    service: { summary: 'a service', aliases: ['svc'], load: async () => (await import('./services.ts')).service },
    serviceaccount: {
      summary: 'a service account',
      aliases: ['sa'],
      load: async () => (await import('./simple.ts')).serviceAccount,
    },
    token: { summary: 'a token of a service account', load: async () => (await import('./token.ts')).token },
    role: { summary: 'a role', load: async () => (await import('./roles.ts')).role },
    clusterrole: { summary: 'a cluster role', load: async () => (await import('./roles.ts')).clusterRole },
    rolebinding: { summary: 'a role binding', load: async () => (await import('./roles.ts')).roleBinding },
    clusterrolebinding: {
      summary: 'a cluster role binding',
      load: async () => (await import('./roles.ts')).clusterRoleBinding,
    },
    ingress: { summary: 'an ingress', aliases: ['ing'], load: async () => (await import('./ingress.ts')).ingress },
    quota: {
      summary: 'a resource quota',
      aliases: ['resourcequota'],
      load: async () => (await import('./simple.ts')).quota,
    },
    priorityclass: {
      summary: 'a priority class',
      aliases: ['pc'],
      load: async () => (await import('./simple.ts')).priorityClass,
    },
    poddisruptionbudget: {
      summary: 'a pod disruption budget',
      aliases: ['pdb'],
      load: async () => (await import('./simple.ts')).podDisruptionBudget,
    },
  },
};
