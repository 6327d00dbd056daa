/** `pods/log`: what a container wrote. The node keeps it; the API server checks the request and passes it on. */
import { FieldErrors } from '../../machinery/field-errors.ts';
import { queryParameter } from '../../machinery/openapi-parameters.ts';
import type { SpecialRequest, SubresourceRow } from '../../machinery/resource-row.ts';
import { badRequest, invalid } from '../../machinery/status.ts';
import { chooseContainer, getPod, kubeletAddress, type Pod, plainError } from './pod-node-connection.ts';

export interface PodLogOptions {
  readonly container: string;
  readonly follow: boolean;
  /** Of the container's last instance but one. */
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  readonly sinceSeconds: number | undefined;
  /** RFC 3339. */
  readonly sinceTime: string | undefined;
}

/** Serves logs of pods: the bytes as they come, or undefined when the pod's node cannot be reached. */
export type PodLogs = (
  pod: Pod,
  options: PodLogOptions,
  signal: AbortSignal,
) => AsyncIterable<Uint8Array> | undefined | Promise<AsyncIterable<Uint8Array> | undefined>;

const logParameters = [
  queryParameter('container', 'string', 'The container; may be left out where there is only one.'),
  queryParameter('follow', 'boolean', 'Go on with what is written from now on.'),
  queryParameter('insecureSkipTLSVerifyBackend', 'boolean', "Do not check the node's certificate."),
  queryParameter('limitBytes', 'integer', 'The most bytes to send.'),
  queryParameter('previous', 'boolean', "The log of the container's instance before this one."),
  queryParameter('sinceSeconds', 'integer', 'Only what was written in the last so many seconds.'),
  queryParameter('stream', 'string', 'Which of the streams to send: All, Stdout or Stderr.'),
  queryParameter('tailLines', 'integer', 'Only so many lines from the end.'),
  queryParameter('timestamps', 'boolean', 'Begin each line with the time at which it was written.'),
];

export function podLog(podLogs: PodLogs | undefined): SubresourceRow {
  return {
    type: 'special',
    verbs: ['get'],
    group: '',
    version: 'v1',
    kind: 'Pod',
    model: 'V1Pod',
    text: { parameters: logParameters },
    async handle(request, services) {
      const options = readOptions(request);
      const pod = await getPod(request, services);
      const container = chooseContainer(pod, options.container);
      if (pod.spec.nodeName === undefined) return { code: 204, contentType: 'text/plain', body: '' };
      const body = await podLogs?.(pod, { ...options, container }, request.signal);
      if (body !== undefined) return { code: 200, contentType: 'text/plain', body };
      const address = await kubeletAddress(pod.spec.nodeName, services);
      const path = `/containerLogs/${pod.metadata.namespace}/${pod.metadata.name}/${container}`;
      const query = kubeletQuery(options);
      throw plainError(`Get "https://${address}${path}${query}": dial tcp ${address}: connect: connection refused`);
    },
  };
}

function readOptions({ query, name }: SpecialRequest): PodLogOptions {
  const options: PodLogOptions = {
    container: query.get('container') ?? '',
    follow: readBoolean(query, 'follow'),
    previous: readBoolean(query, 'previous'),
    timestamps: readBoolean(query, 'timestamps'),
    tailLines: readInteger(query, 'tailLines'),
    limitBytes: readInteger(query, 'limitBytes'),
    sinceSeconds: readInteger(query, 'sinceSeconds'),
    sinceTime: query.get('sinceTime') ?? undefined,
  };
  const errors = new FieldErrors();
  const { tailLines, limitBytes, sinceSeconds, sinceTime } = options;
  if (tailLines !== undefined && tailLines < 0) {
    errors.invalid('tailLines', tailLines, 'must be greater than or equal to 0');
  }
  if (limitBytes !== undefined && limitBytes < 1) errors.invalid('limitBytes', limitBytes, 'must be greater than 0');
  if (sinceSeconds !== undefined && sinceTime !== undefined) {
    errors.forbidden('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified');
  } else if (sinceSeconds !== undefined && sinceSeconds < 1) {
    errors.invalid('sinceSeconds', sinceSeconds, 'must be greater than 0');
  }
  if (query.has('stream')) errors.forbidden('stream', 'may not be specified');
  if (!errors.empty) throw invalid('', 'PodLogOptions', name, errors.list);
  return options;
}

/** As upstream reads booleans of a query: absent, `0` and `false` are false. */
function readBoolean(query: URLSearchParams, name: string): boolean {
  const value = query.get(name)?.toLowerCase();
  return value !== undefined && value !== 'false' && value !== '0';
}

function readInteger(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^[+-]?\d+$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

function kubeletQuery(options: PodLogOptions): string {
  const query = new URLSearchParams();
  if (options.follow) query.set('follow', 'true');
  if (options.limitBytes !== undefined) query.set('limitBytes', String(options.limitBytes));
  if (options.previous) query.set('previous', 'true');
  if (options.sinceSeconds !== undefined) query.set('sinceSeconds', String(options.sinceSeconds));
  if (options.sinceTime !== undefined) query.set('sinceTime', options.sinceTime);
  if (options.tailLines !== undefined) query.set('tailLines', String(options.tailLines));
  if (options.timestamps) query.set('timestamps', 'true');
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
