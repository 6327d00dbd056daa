/** `certificate approve|deny`: says of requests for certificates whether they shall be signed. */
import type { Group, Leaf } from '../command-line/command.ts';
import { bool } from '../command-line/flag.ts';
import { fileFlags, printFlags } from '../command-line/flag-groups.ts';
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { asFailure, Failure, isConflict, isNotFound, throwGathered } from '../failure.ts';
import { fetched, type Info, selectionFlags, targetsOf } from '../selection.ts';
import { reporter } from '../writing/report.ts';

interface Verdict {
  readonly type: 'Approved' | 'Denied';
  readonly opposite: 'Approved' | 'Denied';
  readonly reason: string;
  readonly message: string;
}

interface Request extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string }[] };
}

const KIND = 'CertificateSigningRequest';
const GROUP = 'certificates.k8s.io';
const CONFLICT_RETRIES = 10;

function verdictLeaf(summary: string, operation: string, verdict: Verdict): Leaf {
  return {
    usage: '(-f FILE | NAME) [flags]',
    summary,
    flags: [
      ...fileFlags,
      ...printFlags,
      bool('force', `write it also where the request is ${verdict.type.toLowerCase()}`),
    ],
    run: (context, flags) => judge(context, flags, verdict, operation),
  };
}

async function judge(context: Context, flags: FlagSet, verdict: Verdict, operation: string): Promise<void> {
  if (flags.args.length === 0 && flags.texts('filename').length === 0 && !flags.changed('kustomize'))
    throw new Failure('one or more CSRs must be specified as <name> or -f <filename>');
  const report = await reporter(context, flags, 'none');
  const args = flags.args.map((name) => (name.includes('/') ? name : `certificatesigningrequests/${name}`));
  const selection = { ...selectionFlags(flags), args, continueOnError: true };
  const { targets, failures } = await targetsOf(context, selection);
  const all = [...failures];
  let found = 0;
  for (const target of targets) {
    try {
      report(await judged(context, target, verdict, flags.bool('force')), operation);
      found++;
    } catch (thrown) {
      all.push(asFailure(thrown));
    }
  }
  throwGathered(all);
  if (found === 0) context.print('No resources found\n');
}

/** The request as it was found: what is printed is not what was written. */
async function judged(
  context: Context,
  target: Info<KubeObject | undefined>,
  verdict: Verdict,
  force: boolean,
): Promise<KubeObject> {
  const { resource } = target;
  if (resource.namespaced && target.source !== '')
    throw new Failure(
      `no namespace set on resource ${resource.group}/${resource.version}, Resource=${resource.name} "${target.name}"`,
    );
  let { object } = await fetched(context, target);
  if (resource.kind !== KIND || resource.group !== GROUP)
    throw new Failure(
      `can only handle ${KIND}.${GROUP} objects, got ${[resource.kind, resource.group].filter(Boolean).join('.')}`,
    );
  for (let attempt = 0; ; attempt++) {
    const request = await requestNamed(context, target, object);
    const conditions = request.status?.conditions ?? [];
    if (conditions.some(({ type }) => type === verdict.opposite))
      throw new Failure(`certificate signing request ${JSON.stringify(target.name)} is already ${verdict.opposite}`);
    const has = conditions.some(({ type }) => type === verdict.type);
    if (has && !force) return object;
    try {
      await context.rest.json({
        method: 'PUT',
        path: pathOf(resource, '', target.name, 'approval'),
        body: has ? request : withCondition(request, verdict, context.host.clock.nowMs()),
      });
      return object;
    } catch (thrown) {
      if (!isConflict(thrown) || attempt >= CONFLICT_RETRIES) throw thrown;
      object = (await fetched(context, target)).object;
    }
  }
}

async function requestNamed(context: Context, { name }: Info<unknown>, found: KubeObject): Promise<Request> {
  if (found.apiVersion === `${GROUP}/v1`) return found as Request;
  try {
    return await context.rest.json<Request>({
      path: `/apis/${GROUP}/v1/certificatesigningrequests/${encodeURIComponent(name)}`,
    });
  } catch (thrown) {
    throw isNotFound(thrown)
      ? new Failure(`could not find v1 version of ${name}: ${(thrown as Failure).message}`)
      : thrown;
  }
}

function withCondition(request: Request, { type, reason, message }: Verdict, nowMs: number): KubeObject {
  const lastUpdateTime = new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const condition = { type, status: 'True', reason, message, lastUpdateTime, lastTransitionTime: null };
  return { ...request, status: { ...request.status, conditions: [...(request.status?.conditions ?? []), condition] } };
}

const approve = verdictLeaf('approve requests for certificates', 'approved', {
  type: 'Approved',
  opposite: 'Denied',
  reason: 'KubectlApprove',
  message: 'This CSR was approved by kubectl certificate approve.',
});

const deny = verdictLeaf('deny requests for certificates', 'denied', {
  type: 'Denied',
  opposite: 'Approved',
  reason: 'KubectlDeny',
  message: 'This CSR was denied by kubectl certificate deny.',
});

export const certificate: Group = {
  summary: 'approve and deny requests for certificates',
  subcommands: {
    approve: { summary: approve.summary, load: async () => approve },
    deny: { summary: deny.summary, load: async () => deny },
  },
  bare: { to: 'out', fails: false },
};
