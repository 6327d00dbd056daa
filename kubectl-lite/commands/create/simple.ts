/** `create namespace|serviceaccount|quota|priorityclass|poddisruptionbudget`. */
import { parseQuantity, quantityComplaint } from '../../../base/quantity.ts';
import { bool, integer, text } from '../../command-line/flag.ts';
import { Failure } from '../../failure.ts';
import { creation, metadataOf } from './creation.ts';

export const namespace = creation({
  usage: 'NAME [flags]',
  summary: 'make a namespace',
  flags: [],
  build: (_context, _flags, name) => ({ kind: 'Namespace', apiVersion: 'v1', metadata: { name } }),
});

export const serviceAccount = creation({
  usage: 'NAME [flags]',
  summary: 'make a service account',
  flags: [],
  build: (context, _flags, name) => ({ kind: 'ServiceAccount', apiVersion: 'v1', metadata: metadataOf(context, name) }),
});

export const quota = creation({
  usage: 'NAME [--hard=key=value,...] [--scopes=...] [flags]',
  summary: 'make a resource quota',
  flags: [text('hard', 'limits: cpu=1,memory=1Gi,pods=2'), text('scopes', 'scopes, with commas between')],
  build(context, flags, name) {
    const hard = flags.text('hard');
    const scopes = flags.text('scopes');
    return {
      kind: 'ResourceQuota',
      apiVersion: 'v1',
      metadata: metadataOf(context, name),
      spec: {
        ...(hard === '' ? {} : { hard: limitsOf(hard) }),
        ...(scopes === '' ? {} : { scopes: scopes.split(',') }),
      },
    };
  },
});

function limitsOf(list: string): Record<string, string> {
  return Object.fromEntries(
    list.split(',').map((pair) => {
      const [key = '', amount, ...more] = pair.split('=');
      if (amount === undefined || more.length > 0)
        throw new Failure(`Invalid argument syntax ${pair}, expected <resource>=<value>`);
      const quantity = parseQuantity(amount);
      if (quantity === undefined) throw new Failure(quantityComplaint(amount) ?? `invalid quantity ${amount}`);
      return [key, quantity.toString()];
    }),
  );
}

export const priorityClass = creation({
  usage: 'NAME --value=N [flags]',
  summary: 'make a priority class',
  flags: [
    integer('value', 'the priority'),
    bool('global-default', 'for pods that name no class'),
    text('description', 'when to use it'),
    text('preemption-policy', 'PreemptLowerPriority or Never', { initial: 'PreemptLowerPriority' }),
  ],
  build: (_context, flags, name) => ({
    kind: 'PriorityClass',
    apiVersion: 'scheduling.k8s.io/v1',
    metadata: { name },
    value: flags.number('value'),
    ...(flags.bool('global-default') ? { globalDefault: true } : {}),
    ...(flags.text('description') === '' ? {} : { description: flags.text('description') }),
    preemptionPolicy: flags.text('preemption-policy'),
  }),
});

export const podDisruptionBudget = creation({
  usage: 'NAME --selector=SELECTOR (--min-available=N | --max-unavailable=N) [flags]',
  summary: 'make a pod disruption budget',
  flags: [
    text('selector', 'labels of the pods'),
    text('min-available', 'how many must stay: a number or a percentage'),
    text('max-unavailable', 'how many may go: a number or a percentage'),
  ],
  async build(context, flags, name) {
    const selector = flags.text('selector');
    const least = flags.text('min-available');
    const most = flags.text('max-unavailable');
    if (selector === '') throw new Failure('a selector must be specified');
    if (least === '' && most === '') throw new Failure('one of min-available or max-unavailable must be specified');
    if (least !== '' && most !== '') throw new Failure('min-available and max-unavailable cannot be both specified');
    return {
      kind: 'PodDisruptionBudget',
      apiVersion: 'policy/v1',
      metadata: metadataOf(context, name),
      spec: {
        ...(least === '' ? {} : { minAvailable: numberOrText(least) }),
        selector: { matchLabels: labelsOf(selector) },
        ...(most === '' ? {} : { maxUnavailable: numberOrText(most) }),
      },
    };
  },
});

export function numberOrText(value: string): number | string {
  return /^-?\d+$/.test(value) ? Number(value) : value;
}

export function labelsOf(selector: string): Record<string, string> {
  return Object.fromEntries(
    selector.split(',').map((pair) => {
      const [key = '', value] = pair.split(/==?/);
      if (value === undefined)
        throw new Failure(`couldn't parse the selector string "${selector}": found '${pair}', expected: '='`);
      return [key.trim(), value.trim()];
    }),
  );
}
