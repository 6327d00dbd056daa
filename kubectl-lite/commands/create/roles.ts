/** `create role|clusterrole|rolebinding|clusterrolebinding`. */
import { array, list, text } from '../../command-line/flag.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import type { Context } from '../../context.ts';
import { NotServed, type Resources } from '../../discovery.ts';
import { ConnectionFailure, Failure } from '../../failure.ts';
import { creation, metadataOf } from './creation.ts';
import { labelsOf } from './simple.ts';

const GROUP = 'rbac.authorization.k8s.io';
const API_VERSION = `${GROUP}/v1`;

const STANDARD_VERBS = new Set(
  '* get list watch create update patch delete deletecollection use bind escalate impersonate approve sign proxy'.split(
    ' ',
  ),
);

const ruleFlags = [
  list('verb', 'what may be done; may be repeated'),
  list('resource', 'with what: TYPE[.GROUP][/SUBRESOURCE]; may be repeated'),
  array('resource-name', 'only with objects of these names; may be repeated'),
];

export const role = creation({
  usage: 'NAME --verb=VERB --resource=RESOURCE[.GROUP][/SUBRESOURCE] [flags]',
  summary: 'make a role',
  flags: ruleFlags,
  async build(context, flags, name) {
    const verbs = verbsOf(context, flags);
    if (verbs.length === 0) throw new Failure('at least one verb must be specified');
    if (flags.texts('resource').length === 0) throw new Failure('at least one resource must be specified');
    const rules = await resourceRules(context, flags, verbs);
    return { kind: 'Role', apiVersion: API_VERSION, metadata: metadataOf(context, name), rules };
  },
});

export const clusterRole = creation({
  usage: 'NAME --verb=VERB (--resource=RESOURCE | --non-resource-url=PATH) [flags]',
  summary: 'make a cluster role',
  flags: [
    ...ruleFlags,
    list('non-resource-url', 'a path; may be repeated'),
    text('aggregation-rule', 'labels of the roles that it is made of'),
  ],
  async build(context, flags, name) {
    const metadata = { name };
    const labels = flags.text('aggregation-rule');
    if (labels !== '') {
      if (flags.texts('verb').length > 0) throw new Failure('aggregation rule must be specified without verbs');
      const clusterRoleSelectors = [{ matchLabels: labelsOf(labels) }];
      return {
        kind: 'ClusterRole',
        apiVersion: API_VERSION,
        metadata,
        rules: null,
        aggregationRule: { clusterRoleSelectors },
      };
    }
    const verbs = verbsOf(context, flags);
    const paths = flags.texts('non-resource-url');
    if (verbs.length === 0) throw new Failure('at least one verb must be specified');
    if (flags.texts('resource').length === 0 && paths.length === 0)
      throw new Failure('one of resource or nonResourceURL must be specified');
    const rules: object[] = flags.texts('resource').length === 0 ? [] : await resourceRules(context, flags, verbs);
    if (paths.length > 0) rules.push({ verbs, nonResourceURLs: paths });
    return { kind: 'ClusterRole', apiVersion: API_VERSION, metadata, rules };
  },
});

function verbsOf(context: Context, flags: FlagSet): string[] {
  const verbs = [...new Set(flags.texts('verb').map((verb) => verb.trim()))];
  if (verbs.includes('*')) return ['*'];
  for (const verb of verbs)
    if (!STANDARD_VERBS.has(verb)) context.host.err(`Warning: '${verb}' is not a standard resource verb\n`);
  return verbs;
}

/** One rule for the resources of one group. */
async function resourceRules(context: Context, flags: FlagSet, verbs: readonly string[]): Promise<object[]> {
  const resources = await context.resources();
  const byGroup = new Map<string, string[]>();
  for (const typed of flags.texts('resource')) {
    const [name = '', subresource] = typed.trim().split(/\/(.*)/s);
    const { group, resource } = await named(resources, name);
    const whole = subresource === undefined ? resource : `${resource}/${subresource}`;
    const before = byGroup.get(group) ?? [];
    if (!before.includes(whole)) byGroup.set(group, [...before, whole]);
  }
  const names = flags.texts('resource-name');
  return [...byGroup].map(([group, list]) => ({
    verbs,
    apiGroups: [group],
    resources: list,
    ...(names.length === 0 ? {} : { resourceNames: names }),
  }));
}

async function named(resources: Resources, name: string): Promise<{ group: string; resource: string }> {
  if (name === '*') return { group: '*', resource: '*' };
  try {
    const found = await resources.resolve(name);
    return { group: found.group, resource: found.name };
  } catch (thrown) {
    // The mapper's own error, which kubectl prints bare.
    if (!(thrown instanceof NotServed)) throw thrown;
    const [type = '', ...group] = name.split('.');
    const where = group.length === 0 ? '' : ` in group "${group.join('.')}"`;
    throw new ConnectionFailure(`the server doesn't have a resource type "${type}"${where}`);
  }
}

const subjectFlags = [
  array('user', 'a user; may be repeated'),
  array('group', 'a group; may be repeated'),
  array('serviceaccount', 'NAMESPACE:NAME; may be repeated'),
];

function subjectsOf(flags: FlagSet): object[] {
  return [
    ...flags.texts('user').map((name) => ({ kind: 'User', apiGroup: GROUP, name })),
    ...flags.texts('group').map((name) => ({ kind: 'Group', apiGroup: GROUP, name })),
    ...flags.texts('serviceaccount').map((account) => {
      const [namespace = '', name = '', ...more] = account.split(':');
      if (namespace === '' || name === '' || more.length > 0)
        throw new Failure('serviceaccount must be <namespace>:<name>');
      return { kind: 'ServiceAccount', name, namespace };
    }),
  ];
}

export const roleBinding = creation({
  usage:
    'NAME (--clusterrole=NAME | --role=NAME) [--user=NAME] [--group=NAME] [--serviceaccount=NAMESPACE:NAME] [flags]',
  summary: 'give a role to users, groups and service accounts, in one namespace',
  flags: [text('clusterrole', 'the cluster role'), text('role', 'the role'), ...subjectFlags],
  build(context, flags, name) {
    const clusterrole = flags.text('clusterrole');
    const own = flags.text('role');
    if ((clusterrole === '') === (own === ''))
      throw new Failure('exactly one of clusterrole or role must be specified');
    const roleRef =
      own === ''
        ? { apiGroup: GROUP, kind: 'ClusterRole', name: clusterrole }
        : { apiGroup: GROUP, kind: 'Role', name: own };
    const subjects = subjectsOf(flags);
    return {
      kind: 'RoleBinding',
      apiVersion: API_VERSION,
      metadata: metadataOf(context, name),
      ...(subjects.length === 0 ? {} : { subjects }),
      roleRef,
    };
  },
});

export const clusterRoleBinding = creation({
  usage: 'NAME --clusterrole=NAME [--user=NAME] [--group=NAME] [--serviceaccount=NAMESPACE:NAME] [flags]',
  summary: 'give a cluster role to users, groups and service accounts, everywhere',
  flags: [text('clusterrole', 'the cluster role', { required: true }), ...subjectFlags],
  build(_context, flags, name) {
    const subjects = subjectsOf(flags);
    return {
      kind: 'ClusterRoleBinding',
      apiVersion: API_VERSION,
      metadata: { name },
      ...(subjects.length === 0 ? {} : { subjects }),
      roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: flags.text('clusterrole') },
    };
  },
});
