/**
 * The rules of custom resources' schemas (`x-kubernetes-validations`): whether their expressions compile over the type that
 * the schema describes (k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel, k8s.io/apiserver/pkg/cel/common/schemas.go).
 *
 * A worked example: `{type: object, properties: {a-b: {type: array, items: {type: string}}}}` is a type with one field,
 * `a__dash__b`, a `list<string>`.
 */
import type { V1ValidationRule } from '../../../generated/kubernetes.d.ts';
import { CelChecker, UNKNOWN } from '../../machinery/cel/cel-checker.ts';
import { readCelText } from '../../machinery/cel/cel-tokens.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { additionalOf, itemsOf, propertiesOf, type Schema } from './json-schema.ts';

const TIMESTAMP = 'google.protobuf.Timestamp';
const FORMATS: Readonly<Record<string, string>> = {
  byte: 'bytes',
  date: TIMESTAMP,
  'date-time': TIMESTAMP,
  duration: 'google.protobuf.Duration',
};
const SCALARS: Readonly<Record<string, string>> = { boolean: 'bool', integer: 'int', number: 'double' };

/** Words that no field may be called by in an expression. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import'],
  ...['let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while'],
]);
const ESCAPES: Readonly<Record<string, string>> = { '.': '__dot__', '-': '__dash__', '/': '__slash__' };

type Types = Record<string, Record<string, string>>;

export interface RulePlace {
  readonly isRoot: boolean;
  /** The list or map within which an old value cannot be found for a new one. */
  readonly uncorrelated: string | undefined;
}

/** Compiles the rules of one schema; nothing else may be wrong with it, or with what is in it. */
export function checkExpressions(schema: Schema, place: RulePlace, path: string, errors: FieldErrors): void {
  const rules = schema['x-kubernetes-validations'] ?? [];
  if (rules.length === 0) return;
  const types: Types = {};
  const self = typeOf(schema, place.isRoot, types);
  if (self === undefined) return;
  const checkers = [self, `optional<${self}>`].map((oldSelf) => new CelChecker({ self, oldSelf }, types));
  for (const [index, rule] of rules.entries()) {
    const checker = checkers[rule.optionalOldSelf === true ? 1 : 0];
    if (checker !== undefined)
      checkExpression(rule, checker, place, `${path}.x-kubernetes-validations[${index}]`, errors);
  }
}

function checkExpression(
  rule: V1ValidationRule,
  checker: CelChecker,
  place: RulePlace,
  path: string,
  errors: FieldErrors,
): void {
  if (rule.rule.trim() === '') return;
  const checked = checker.check(rule.rule);
  if ('complaint' in checked) errors.invalid(`${path}.rule`, shown(rule), checked.complaint);
  else if (checked.type !== UNKNOWN && checked.type !== 'bool') {
    errors.invalid(`${path}.rule`, shown(rule), 'cel expression must evaluate to a bool');
  } else if (rule.messageExpression) checkMessage(rule, rule.messageExpression, checker, path, errors);
  const usesOld = !('complaint' in checked) && speaksOfOld(rule.rule);
  if (usesOld && place.uncorrelated !== undefined) {
    const message = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelated}`;
    errors.invalid(`${path}.rule`, rule.rule, message);
  }
  if (!usesOld && rule.optionalOldSelf !== undefined) {
    const message = 'may not be set if oldSelf is not used in rule';
    errors.invalid(`${path}.optionalOldSelf`, rule.optionalOldSelf, message);
  }
}

function checkMessage(
  rule: V1ValidationRule,
  expression: string,
  checker: CelChecker,
  path: string,
  errors: FieldErrors,
): void {
  const checked = checker.check(expression);
  const at = `${path}.messageExpression`;
  if ('complaint' in checked) errors.invalid(at, shown(rule), `messageExpression ${checked.complaint}`);
  else if (checked.type !== UNKNOWN && checked.type !== 'string') {
    errors.invalid(at, shown(rule), 'messageExpression must evaluate to a string');
  }
}

function speaksOfOld(rule: string): boolean {
  const { tokens } = readCelText(rule);
  return tokens.some(({ text }, index) => text === 'oldSelf' && tokens[index - 1]?.text !== '.');
}

/** As Go prints it. */
function shown({ rule, message, messageExpression, reason, fieldPath, optionalOldSelf }: V1ValidationRule): object {
  return {
    Rule: rule,
    Message: message ?? '',
    MessageExpression: messageExpression ?? '',
    Reason: reason ?? null,
    FieldPath: fieldPath ?? '',
    OptionalOldSelf: optionalOldSelf ?? null,
  };
}

/** @param types gets the fields of objects; @returns undefined for what no expression can speak of */
function typeOf(schema: Schema, isResource: boolean, types: Types): string | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) return 'dyn';
  const { type = '', format = '' } = schema;
  switch (type) {
    case 'string':
      return FORMATS[format] ?? 'string';
    case 'array': {
      const items = itemsOf(schema);
      const item =
        items === undefined ? undefined : typeOf(items, items['x-kubernetes-embedded-resource'] === true, types);
      return item === undefined ? undefined : `list<${item}>`;
    }
    case 'object': {
      const values = additionalOf(schema);
      if (values === undefined) return objectType(schema, isResource, types);
      const value = typeOf(values, values['x-kubernetes-embedded-resource'] === true, types);
      return value === undefined ? undefined : `map<string, ${value}>`;
    }
    default:
      return SCALARS[type];
  }
}

function objectType(schema: Schema, isResource: boolean, types: Types): string {
  const name = `selfType${Object.keys(types).length + 1}`;
  const fields: Record<string, string> = {};
  types[name] = fields;
  for (const [property, each] of propertiesOf(schema)) {
    const type = typeOf(each, each['x-kubernetes-embedded-resource'] === true, types);
    if (type !== undefined) fields[escaped(property)] = type;
  }
  if (isResource || schema['x-kubernetes-embedded-resource'] === true) {
    fields.kind = 'string';
    fields.apiVersion = 'string';
    const metadata = `selfType${Object.keys(types).length + 1}`;
    types[metadata] = { name: 'string', generateName: 'string' };
    fields.metadata = metadata;
  }
  return name;
}

function escaped(name: string): string {
  if (RESERVED.has(name)) return `__${name}__`;
  return name.replaceAll(/__|[./-]/g, (found) => ESCAPES[found] ?? '__underscores__');
}
