/** `auth can-i VERB TYPE`: what the caller may do. */
import type { Leaf } from '../../command-line/command.ts';
import { bool, text } from '../../command-line/flag.ts';
import { allNamespacesFlag } from '../../command-line/flag-groups.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import type { Context } from '../../context.ts';
import { NotServed, type Resource } from '../../discovery.ts';
import { ConnectionFailure, Exit, Failure } from '../../failure.ts';
import { alignTabs, TABLE_COLUMNS } from '../../printers/tab-writer.ts';
import { compactRules, type PolicyRule, ruleCells } from '../../writing/policy-rules.ts';

export const canI: Leaf = {
  usage: 'VERB [TYPE | TYPE/NAME | NONRESOURCEURL] [flags]',
  summary: 'tell whether you may do something',
  flags: [
    allNamespacesFlag,
    bool('list', 'show all that you may do'),
    bool('quiet,q', 'only the exit code'),
    bool('no-headers', 'with --list: leave the first line out'),
    text('subresource', 'a subresource: log, scale'),
  ],
  run,
};

interface Review {
  readonly status?: { readonly allowed?: boolean; readonly reason?: string; readonly evaluationError?: string };
}

async function run(context: Context, flags: FlagSet): Promise<void> {
  if (flags.bool('list')) {
    if (flags.args.length > 0) throw new Failure('list option must be specified with no arguments');
    await listRules(context, flags);
    return;
  }
  const [verb, what, third] = flags.args;
  if (verb === undefined || what === undefined || third !== undefined) {
    throw new Failure(
      `you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl-lite auth can-i -h' for help and examples.`,
    );
  }
  const spec = await specOf(context, flags, verb, what);
  const { status } = await context.rest.json<Review>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec },
  });
  const allowed = status?.allowed === true;
  if (!flags.bool('quiet')) {
    const reason = (status?.reason ?? '') === '' ? '' : ` - ${status?.reason ?? ''}`;
    const error = (status?.evaluationError ?? '') === '' ? '' : ` - ${status?.evaluationError ?? ''}`;
    context.print(allowed ? 'yes\n' : `no${reason}${error}\n`);
  }
  if (!allowed) throw new Exit(1);
}

async function specOf(context: Context, flags: FlagSet, verb: string, what: string): Promise<object> {
  const subresource = flags.text('subresource');
  if (what.startsWith('/')) {
    if (subresource !== '') throw new Failure('--subresource can not be used with NonResourceURL');
    return { nonResourceAttributes: { path: what, verb } };
  }
  const [type = '', name] = what.split('/');
  const found = await typeOf(context, flags, type);
  if (
    flags.bool('all-namespaces') === false &&
    found.known !== undefined &&
    !found.known.namespaced &&
    context.connection.namespaceGiven
  ) {
    const group = found.group === '' ? '' : ` in group '${found.group}'`;
    context.host.err(`Warning: resource '${found.resource}' is not namespace scoped${group}\n\n`);
  } else if (found.known !== undefined && !found.known.namespaced && !context.connection.namespaceGiven) {
    const group = found.group === '' ? '' : ` in group '${found.group}'`;
    context.host.err(`Warning: resource '${found.resource}' is not namespace scoped${group}\n\n`);
  }
  return {
    resourceAttributes: {
      namespace: flags.bool('all-namespaces') ? '' : context.namespace,
      verb,
      group: found.group,
      resource: found.resource,
      ...(subresource === '' ? {} : { subresource }),
      ...(name === undefined ? {} : { name }),
    },
  };
}

async function typeOf(
  context: Context,
  flags: FlagSet,
  type: string,
): Promise<{ group: string; resource: string; known?: Resource }> {
  if (type === '*') return { group: '*', resource: '*' };
  try {
    const known = await (await context.resources()).resolve(type);
    return { group: known.group, resource: known.name, known };
  } catch (thrown) {
    if (!(thrown instanceof NotServed))
      throw thrown instanceof Failure ? thrown : new ConnectionFailure(String(thrown));
    const [resource = '', ...rest] = type.split('.');
    const group = rest.join('.');
    if (!flags.bool('quiet')) {
      const where = group === '' ? '' : ` in group '${group}'`;
      context.host.err(`Warning: the server doesn't have a resource type '${resource}'${where}\n\n`);
    }
    return { group, resource };
  }
}

interface RulesReview {
  readonly status?: {
    readonly incomplete?: boolean;
    readonly evaluationError?: string;
    readonly resourceRules?: readonly PolicyRule[] | null;
    readonly nonResourceRules?: readonly PolicyRule[] | null;
  };
}

async function listRules(context: Context, flags: FlagSet): Promise<void> {
  const { status } = await context.rest.json<RulesReview>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    body: {
      kind: 'SelfSubjectRulesReview',
      apiVersion: 'authorization.k8s.io/v1',
      spec: { namespace: context.namespace },
    },
  });
  if (status?.incomplete === true)
    context.host.err(`warning: the list may be incomplete: ${status.evaluationError ?? ''}\n`);
  const rules = compactRules([...(status?.resourceRules ?? []), ...(status?.nonResourceRules ?? [])]);
  const lines = rules.map((rule) => ruleCells(rule).join('\t'));
  const head = flags.bool('no-headers') ? [] : ['Resources\tNon-Resource URLs\tResource Names\tVerbs'];
  context.print(alignTabs([...head, ...lines].map((line) => `${line}\n`).join(''), TABLE_COLUMNS));
}
