/** `auth whoami`: who the server takes the caller for. */
import type { Leaf } from '../../command-line/command.ts';
import { printFlags } from '../../command-line/flag-groups.ts';
import { Failure, ServerFailure } from '../../failure.ts';
import { printerOf } from '../../printers/choose.ts';
import { alignTabs, TABLE_COLUMNS } from '../../printers/tab-writer.ts';

interface SelfReview {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: Record<string, unknown>;
  readonly status?: {
    readonly userInfo?: {
      readonly username?: string;
      readonly uid?: string;
      readonly groups?: readonly string[];
      readonly extra?: Readonly<Record<string, readonly string[]>>;
    };
  };
}

export const whoami: Leaf = {
  usage: '[flags]',
  summary: 'tell who the server takes you for',
  flags: printFlags,
  async run(context, flags) {
    let review: SelfReview;
    try {
      review = await context.rest.json<SelfReview>({
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        body: {
          kind: 'SelfSubjectReview',
          apiVersion: 'authentication.k8s.io/v1',
          metadata: { creationTimestamp: null },
          status: { userInfo: {} },
        },
      });
    } catch (thrown) {
      if (thrown instanceof ServerFailure && thrown.code === 404)
        throw new Failure(
          'the selfsubjectreviews API is not enabled in the cluster\nenable APISelfSubjectReview feature gate and authentication.k8s.io/v1alpha1 or authentication.k8s.io/v1beta1 or authentication.k8s.io/v1 API',
        );
      throw thrown;
    }
    const printer = await printerOf(flags);
    if (printer !== undefined) {
      const { kind, apiVersion, metadata, status } = review;
      context.print(printer({ kind, apiVersion, metadata: { creationTimestamp: null, ...metadata }, status }));
      return;
    }
    const { username = '', uid = '', groups = [], extra = {} } = review.status?.userInfo ?? {};
    const rows = [
      ['ATTRIBUTE', 'VALUE'],
      ['Username', username],
      ...(uid === '' ? [] : [['UID', uid]]),
      ...(groups.length === 0 ? [] : [['Groups', `[${groups.join(' ')}]`]]),
      ...Object.entries(extra)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, values]) => [`Extra: ${key}`, `[${values.join(' ')}]`]),
    ];
    context.print(alignTabs(rows.map((cells) => `${cells.join('\t')}\n`).join(''), TABLE_COLUMNS));
  },
};
