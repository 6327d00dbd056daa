/** What all of `create KIND NAME` share: build the object, make it or only show it, and say so. */
import { type Leaf, onlyName } from '../../command-line/command.ts';
import type { Flag } from '../../command-line/flag.ts';
import { creationFlags } from '../../command-line/flag-groups.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import type { Context } from '../../context.ts';
import { pathOf } from '../../discovery.ts';
import type { KubeObject } from '../../documents.ts';
import { Failure } from '../../failure.ts';
import { printerOf } from '../../printers/choose.ts';
import { goJson, objectName, presentable } from '../../printers/objects.ts';
import { dryRunOf, dryRunSuffix, writeQuery } from '../../writing/dry-run.ts';
import { withConfiguration } from '../../writing/patching.ts';
import { typedForm } from '../../writing/typed-form.ts';

export interface Creation {
  readonly usage: string;
  readonly summary: string;
  readonly flags: readonly Flag[];
  /** @throws Failure for flags that do not make an object */
  build(
    context: Context,
    flags: FlagSet,
    name: string,
  ):
    | Promise<Record<string, unknown> & { metadata: Record<string, unknown> }>
    | (Record<string, unknown> & { metadata: Record<string, unknown> });
}

export function creation({ usage, summary, flags: own, build }: Creation): Leaf {
  return {
    usage,
    summary,
    flags: [...own, ...creationFlags('kubectl-create')],
    async run(context, flags) {
      const name = onlyName(context, nameArguments(flags));
      await createAndTell(context, flags, (await build(context, flags, name)) as never, 'created', creationFailure);
    },
  };
}

/** Words before a `--`; what follows it is a command for a container. */
export function nameArguments(flags: FlagSet): readonly string[] {
  return flags.argsBeforeDash === undefined ? flags.args : flags.args.slice(0, flags.argsBeforeDash);
}

export function commandArguments(flags: FlagSet): readonly string[] {
  return flags.argsBeforeDash === undefined ? [] : flags.args.slice(flags.argsBeforeDash);
}

/** `metadata` with the namespace only where a flag named it, as kubectl's typed objects have it. */
export function metadataOf(
  context: Context,
  name: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  const { namespaceGiven } = context.connection;
  return { name, ...(namespaceGiven ? { namespace: context.namespace } : {}), ...more };
}

/** Makes the object, unless it is only to be shown, and tells it. */
export async function createAndTell(
  context: Context,
  flags: FlagSet,
  object: KubeObject,
  operation: string,
  failing?: Failing,
): Promise<KubeObject> {
  const made = await createOne(context, flags, object, failing);
  await tell(context, flags, made, operation, dryRunSuffix(dryRunOf(flags)));
  return made;
}

/** Turns what the server said against an object into what is told. */
type Failing = (thrown: unknown, object: KubeObject) => unknown;

/** The object as the server made it, or as it would be sent with `--dry-run=client`. */
export async function createOne(
  context: Context,
  flags: FlagSet,
  object: KubeObject,
  failing: Failing = (thrown) => thrown,
): Promise<KubeObject> {
  const dryRun = dryRunOf(flags);
  const typed = typedForm(object) as KubeObject;
  const sent = flags.bool('save-config') ? withConfiguration(typed) : typed;
  if (dryRun === 'client') return sent;
  const resource = await (await context.resources()).ofKind(object.apiVersion, object.kind);
  if (resource === undefined)
    throw new Failure(`no matches for kind "${object.kind}" in version "${object.apiVersion}"`);
  try {
    const answer = await context.rest.json<KubeObject>({
      method: 'POST',
      path: pathOf(resource, context.namespace),
      query: writeQuery(flags, dryRun),
      body: sent,
    });
    return typedForm(answer) as KubeObject;
  } catch (thrown) {
    throw failing(thrown, object);
  }
}

/** kubectl says of some kinds what it failed to do; of secrets, without a colon. */
function creationFailure(thrown: unknown, { kind, spec }: KubeObject): unknown {
  const told: Readonly<Record<string, string>> = {
    Deployment: 'failed to create deployment: ',
    ConfigMap: 'failed to create configmap: ',
    Secret: 'failed to create secret ',
    ServiceAccount: 'failed to create serviceaccount: ',
    Ingress: 'failed to create ingress: ',
    Job: 'failed to create job: ',
    CronJob: 'failed to create cronjob: ',
    ResourceQuota: 'failed to create quota: ',
    RoleBinding: 'failed to create rolebinding: ',
    ClusterRoleBinding: 'failed to create clusterrolebinding: ',
    PriorityClass: 'failed to create priorityclass: ',
    Service: `failed to create ${(spec as { type?: string } | undefined)?.type} service: `,
    PodDisruptionBudget: 'failed to create poddisruptionbudgets: ',
  };
  const doing = told[kind];
  if (doing === undefined || !(thrown instanceof Failure)) return thrown;
  const { message } = thrown;
  return new Failure(`${doing}${message === '' ? thrown.alone : message}`);
}

export async function tell(
  context: Context,
  flags: FlagSet,
  object: KubeObject,
  operation: string,
  suffix: string,
): Promise<void> {
  const printer = await printerOf(flags);
  if (printer === undefined) context.print(`${objectName(object)} ${operation}${suffix}\n`);
  else if (flags.text('output') === 'json')
    context.print(`${goJson(presentable(object, flags.bool('show-managed-fields')), 4)}\n`);
  else context.print(printer(object));
}
