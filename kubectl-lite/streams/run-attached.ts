/** `run --attach`: what a pod says until it ends, its exit code, and with `--rm` the end of all that was made for it. */
import type { FlagSet } from '../command-line/flag-set.ts';
import type { Context } from '../context.ts';
import { pathOf, qualified } from '../discovery.ts';
import type { KubeObject } from '../documents.ts';
import { Failure } from '../failure.ts';
import type { Pod } from '../writing/pods.ts';
import { attachOrLog, podWhen } from './attaching.ts';

/** Until the pod has ended, where it does end. @throws Failure with the pod's exit code, where that is not 0 */
export async function untilEnded(context: Context, flags: FlagSet, pod: Pod): Promise<void> {
  const timeoutMs = flags.number('pod-running-timeout');
  const begun = await podWhen(context, pod, timeoutMs, (each) =>
    phaseOf(each) === 'Running' ? isReady(each) : hasEnded(each),
  );
  const [container] = begun.spec?.containers ?? [];
  if (container === undefined) return;
  await attachOrLog(context, begun, container, hasEnded(begun), {
    stdin: flags.bool('stdin'),
    tty: flags.bool('tty'),
    quiet: flags.bool('quiet'),
  });
  const restart = flags.text('restart');
  if (flags.bool('leave-stdin-open') || (restart !== 'Never' && restart !== 'OnFailure')) return;
  // A container that starts again after a failure has ended only where it succeeded.
  const last = await podWhen(context, pod, timeoutMs, (each) =>
    restart === 'Never' ? hasEnded(each) : phaseOf(each) === 'Succeeded',
  );
  if (phaseOf(last) === 'Failed') throw failed(last);
}

function phaseOf({ status }: Pod): string {
  return status?.phase ?? '';
}

function hasEnded(pod: Pod): boolean {
  return phaseOf(pod) === 'Succeeded' || phaseOf(pod) === 'Failed';
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: has }) => type === 'Ready' && has === 'True') === true;
}

class ExitFailure extends Failure {
  override readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }

  override get alone(): string {
    return this.message;
  }
}

function failed({ metadata: { namespace = '', name = '' }, status }: Pod): Failure {
  const terminated = status?.containerStatuses?.[0]?.state?.terminated;
  const exitCode = terminated?.exitCode ?? 0;
  if (terminated === undefined || exitCode === 0)
    return new Failure(`pod ${namespace}/${name} failed with unknown exit code`);
  const { reason = '', message = '' } = terminated;
  return new ExitFailure(`pod ${namespace}/${name} terminated (${reason})\n${message}`, exitCode);
}

/** Deletes in the order of making; what cannot be deleted is left. */
export async function deleted(context: Context, objects: readonly KubeObject[], quiet: boolean): Promise<void> {
  const resources = await context.resources();
  for (const { apiVersion, kind, metadata } of objects) {
    const resource = await resources.ofKind(apiVersion, kind);
    if (resource === undefined) continue;
    const { namespace = '', name = '' } = metadata;
    try {
      await context.rest.json({
        method: 'DELETE',
        path: pathOf(resource, namespace, name),
        body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' },
      });
    } catch (thrown) {
      if (thrown instanceof Failure) return;
      throw thrown;
    }
    if (!quiet) context.print(`${qualified(resource)} "${name}" deleted\n`);
  }
}
