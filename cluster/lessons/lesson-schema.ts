/** The form of a lesson's file, as a JSON schema. Where it says nothing, the types of `lesson.ts` and `check-spec.ts` do. */
import type { CheckKind } from './checks/check-spec.ts';

const text = { type: 'string', minLength: 1 } as const;
const count = { type: 'integer', minimum: 0 } as const;
const flag = { type: 'boolean' } as const;

function object(required: Readonly<Record<string, object>>, optional: Readonly<Record<string, object>> = {}): object {
  return {
    type: 'object',
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  };
}

const words = object({ en: text, vi: text });

/** The fields of each kind of check: those it must have, and those it may have. */
const checks: Readonly<
  Record<CheckKind, readonly [Readonly<Record<string, object>>, Readonly<Record<string, object>>?]>
> = {
  value: [{ key: text }, { path: text, equals: { type: 'string' }, gone: flag }],
  changed: [{ key: text, times: count }],
  request: [{ verb: text, resource: text, code: count }, { name: text }],
  watched: [{ resource: text, name: text, events: count }],
  ready: [{ deployment: text, pods: count }, { image: text }],
  replaced: [{ deployment: text, pods: count }],
  moved: [{ deployment: text, from: text }],
  'node-ready': [{ node: text, ready: flag }],
  fault: [{ type: text, state: { enum: ['struck', 'healed'] } }, { targets: count }],
  'leader-changed': [{ times: count }],
  'writes-kept': [{ acknowledged: count }],
  'writes-refused': [{ seconds: { type: 'number', minimum: 0 } }],
  restarts: [{ pod: text, times: count }, { waiting: text }],
  availability: [{ deployment: text, least: count }],
  scheduled: [{ pod: text }, { node: text, refusedFor: text }],
  snapshot: [{ file: text }],
  restored: [{ directory: text, key: text }],
  elsewhere: [{ endpoint: text, key: text }],
  serving: [{ url: text, ready: flag }],
};

const check = {
  type: 'object',
  required: ['kind'],
  discriminator: { propertyName: 'kind' },
  oneOf: Object.entries(checks).map(([kind, [required, optional]]) =>
    object({ kind: { const: kind }, ...required }, optional),
  ),
};

const variable = {
  anyOf: [
    object({ podOf: text }),
    object({ nodeOf: text }),
    object({ member: { enum: ['leader', 'follower', 'other-follower'] } }),
    object({ key: text, path: text }),
    object({ port: { const: 'free' } }),
  ],
};

const step = object(
  { name: text, text: words },
  {
    variables: { type: 'object', propertyNames: { pattern: '^[A-Z][A-Z0-9_]*$' }, additionalProperties: variable },
    predict: object({
      question: words,
      options: { type: 'array', items: words, minItems: 2 },
      answer: count,
      because: words,
    }),
    ask: object({ question: words, answer: variable }),
    type: { type: 'array', items: text },
    check: { type: 'array', items: check },
    hint: words,
    afterwards: words,
  },
);

export const lessonSchema = object(
  {
    title: words,
    minutes: { type: 'integer', minimum: 1, maximum: 10 },
    about: words,
    steps: { type: 'array', items: step, minItems: 1 },
  },
  {
    members: { type: 'integer', minimum: 1, maximum: 5 },
    files: { type: 'object', additionalProperties: text },
    setup: { type: 'array', items: text },
    writer: flag,
  },
);
