/** `rollout pause|resume|restart`. */
import type { Leaf } from '../../command-line/command.ts';
import { fieldManager } from '../../command-line/flag-groups.ts';
import type { FlagSet } from '../../command-line/flag-set.ts';
import type { Context } from '../../context.ts';
import { asFailure, Failure, throwGathered } from '../../failure.ts';
import type { Info } from '../../selection.ts';
import { patchObject } from '../../writing/patching.ts';
import { reporter } from '../../writing/report.ts';
import { groupResource, noneFound, rolloutFlags, workloads } from './rollout.ts';

interface Workload {
  readonly spec?: { readonly paused?: boolean };
}

interface Steering {
  readonly done: string;
  /** @throws Failure when the object cannot be steered so */
  patchFor(info: Info, context: Context): object;
}

const RESTARTABLE = new Set(['Deployment', 'DaemonSet', 'StatefulSet']);

function isPaused({ object }: Info): boolean {
  return (object as Workload).spec?.paused === true;
}

function onlyDeployments({ resource }: Info, doing: string): void {
  if (resource.kind !== 'Deployment' || resource.group !== 'apps') throw new Failure(`${doing} is not supported`);
}

function leafOf(summary: string, { done, patchFor }: Steering): Leaf {
  return {
    usage: 'RESOURCE [flags]',
    summary,
    flags: [...rolloutFlags, fieldManager('kubectl-rollout')],
    run: (context, flags) => steer(context, flags, { done, patchFor }),
  };
}

async function steer(context: Context, flags: FlagSet, { done, patchFor }: Steering): Promise<void> {
  const { infos, failures } = await workloads(context, flags);
  const report = await reporter(context, flags, 'none');
  if (infos.length === 0 && failures.length === 0) return noneFound(context);
  const all = [...failures];
  for (const info of infos) {
    try {
      let patch: object;
      try {
        patch = patchFor(info, context);
      } catch (thrown) {
        throw new Failure(`error: ${groupResource(info.resource)} "${info.name}" ${asFailure(thrown).message}`);
      }
      const query = { fieldManager: flags.text('field-manager') };
      const after = await patchObject(context, info, 'strategic', patch, query).catch((thrown) => {
        throw new Failure(`failed to patch: ${asFailure(thrown).message}`);
      });
      report(after, done);
    } catch (thrown) {
      all.push(asFailure(thrown));
    }
  }
  throwGathered(all);
}

export const pause = leafOf('let changes of the template wait', {
  done: 'paused',
  patchFor(info) {
    onlyDeployments(info, 'pausing');
    if (isPaused(info)) throw new Failure('is already paused');
    return { spec: { paused: true } };
  },
});

export const resume = leafOf('roll out what waited', {
  done: 'resumed',
  patchFor(info) {
    onlyDeployments(info, 'resuming');
    if (!isPaused(info)) throw new Failure('is not paused');
    return { spec: { paused: null } };
  },
});

export const restart = leafOf('replace all pods, as a rollout does', {
  done: 'restarted',
  patchFor(info, context) {
    if (!RESTARTABLE.has(info.resource.kind) || info.resource.group !== 'apps')
      throw new Failure('restarting is not supported');
    if (isPaused(info)) throw new Failure("can't restart paused deployment (run rollout resume first)");
    const now = new Date(context.host.clock.nowMs()).toISOString().replace(/\.\d+Z$/, 'Z');
    return { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': now } } } } };
  },
});
