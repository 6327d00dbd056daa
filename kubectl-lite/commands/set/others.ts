/** `set selector|serviceaccount|subject`. */
import type { Leaf } from '../../command-line/command.ts';
import { array, text } from '../../command-line/flag.ts';
import { Failure } from '../../failure.ts';
import { podSpecOf } from '../../writing/pod-template.ts';
import { labelsOf } from '../create/simple.ts';
import { changeEach, setFlags } from './set.ts';

export const selector: Leaf = {
  usage: '(-f FILE | TYPE NAME) EXPRESSIONS [flags]',
  summary: "set a service's selector",
  flags: [...setFlags, text('resource-version', 'only at this version')],
  async run(context, flags) {
    const expressions = flags.args.at(-1) ?? '';
    if (flags.args.length < 2 && flags.texts('filename').length === 0)
      throw new Failure('one or more resources must be specified as <resource> <name> or <resource>/<name>');
    const labels = labelsOf(expressions);
    await changeEach(context, flags, flags.args.slice(0, -1), 'selector updated', (info) => {
      if (info.resource.kind !== 'Service') throw new Failure(`setting a selector is only supported for Services`);
      return { ...info.object, spec: { ...(info.object.spec as object), selector: labels } };
    });
  },
};

export const serviceAccount: Leaf = {
  usage: '(-f FILE | TYPE NAME) SERVICE_ACCOUNT [flags]',
  summary: 'set the service account of pods',
  flags: setFlags,
  async run(context, flags) {
    if (flags.args.length === 0) throw new Failure('serviceaccount is required');
    const name = flags.args.at(-1) ?? '';
    await changeEach(context, flags, flags.args.slice(0, -1), 'serviceaccount updated', (info) => {
      const spec = podSpecOf(info.object);
      if (spec === undefined)
        throw new Failure(`the object is not a pod or does not have a pod template: ${info.resource.kind}`);
      spec.serviceAccountName = name;
      return info.object;
    });
  },
};

interface Subject {
  readonly kind: string;
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
}

export const subject: Leaf = {
  usage: '(-f FILE | TYPE NAME) [--user=NAME] [--group=NAME] [--serviceaccount=NAMESPACE:NAME] [flags]',
  summary: 'add users, groups and service accounts to a role binding',
  flags: [
    ...setFlags,
    array('user', 'a user; may be repeated'),
    array('group', 'a group; may be repeated'),
    array('serviceaccount', 'NAMESPACE:NAME; may be repeated'),
  ],
  async run(context, flags) {
    const apiGroup = 'rbac.authorization.k8s.io';
    const added: Subject[] = [
      ...flags.texts('user').map((name) => ({ kind: 'User', apiGroup, name })),
      ...flags.texts('group').map((name) => ({ kind: 'Group', apiGroup, name })),
      ...flags.texts('serviceaccount').map((account) => {
        const [namespace = '', name = ''] = account.split(':');
        if (namespace === '' || name === '') throw new Failure('serviceaccount must be <namespace>:<name>');
        return { kind: 'ServiceAccount', name, namespace };
      }),
    ];
    if (added.length === 0) throw new Failure('you must specify at least one value of user, group or serviceaccount');
    await changeEach(context, flags, flags.args, 'subjects updated', (info) => {
      if (!info.resource.kind.endsWith('RoleBinding'))
        throw new Failure('setting subjects is only supported for RoleBinding/ClusterRoleBinding');
      const before = (info.object.subjects ?? []) as Subject[];
      const isNew = (each: Subject): boolean =>
        !before.some(
          ({ kind, name, namespace }) => kind === each.kind && name === each.name && namespace === each.namespace,
        );
      return { ...info.object, subjects: [...before, ...added.filter(isNew)] };
    });
  },
};
