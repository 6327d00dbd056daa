/**
 * Whether a value is what a schema says (k8s.io/kube-openapi/pkg/validation/validate). Formats of texts are not looked at.
 */
import { deepEqual } from '../../../base/deep-equal.ts';
import type { FieldErrors } from '../../machinery/field-errors.ts';
import { showValue } from '../../machinery/field-errors.ts';
import { goRegexp } from '../validation/go-regexp.ts';
import { additionalOf, itemsOf, propertiesOf, propertyOf, type Schema } from './json-schema.ts';

interface Problem {
  readonly message: string;
  report(errors: FieldErrors): void;
}

/** What was found, and how much of the schema fits: by that the best of several alternatives is chosen. */
class Result {
  readonly problems: Problem[] = [];
  matches = 0;

  add(message: string, report: (errors: FieldErrors) => void): void {
    if (!this.problems.some((problem) => problem.message === message)) this.problems.push({ message, report });
  }

  merge(other: Result | undefined): void {
    for (const { message, report } of other?.problems ?? []) this.add(message, report);
    this.matches += other?.matches ?? 0;
  }

  get valid(): boolean {
    return this.problems.length === 0;
  }
}

/** @param path of the value in the object whose errors these are */
export function checkValue(value: unknown, schema: Schema, path: string, errors: FieldErrors): void {
  for (const problem of new ValueCheck(path).check(value, schema, '').problems) problem.report(errors);
}

class ValueCheck {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** @param name of the value below the root: `.spec.ports[0]`; '' for the root */
  check(value: unknown, schema: Schema, name: string): Result {
    const result = new Result();
    result.merge(this.#type(value, schema, name));
    if (value !== null) {
      result.matches += 1;
      result.merge(this.#clauses(value, schema, name));
      result.matches += 1;
      const kind = this.#ofKind(value, schema, name);
      if (kind !== undefined) {
        result.merge(kind);
        result.matches += 1;
      }
    }
    result.merge(this.#enum(value, schema, name));
    if (value !== null) result.matches += 2;
    return result;
  }

  #ofKind(value: unknown, schema: Schema, name: string): Result | undefined {
    if (typeof value === 'string') return this.#text(value, schema, name);
    if (typeof value === 'number') return this.#number(value, schema, name);
    if (Array.isArray(value)) return this.#list(value, schema, name);
    return typeof value === 'object' ? this.#object(value as Record<string, unknown>, schema, name) : undefined;
  }

  #at(name: string): string {
    const below = name.replace(/^\./, '');
    return below === '' ? this.#root : `${this.#root}.${below}`;
  }

  #invalid(result: Result, name: string, value: unknown, what: string): void {
    const message = `${name} in body ${what}`;
    result.add(message, (errors) => errors.invalid(this.#at(name), value, message));
  }

  /** Of the whole value, by one of its clauses. */
  #unclear(result: Result, message: string): void {
    result.add(message, (errors) => errors.invalid(this.#root, '', message));
  }

  #type(value: unknown, schema: Schema, name: string): Result {
    const result = new Result();
    result.matches += 1;
    const expected = schema.type ? [schema.type] : [];
    const actual = typeOf(value);
    const known = expected.length > 0;
    const isNumeric = expected.includes('number') || expected.includes('integer');
    const fits =
      expected.includes(actual) ||
      (actual === 'integer' && expected.includes('number')) ||
      (value === null && schema.nullable === true) ||
      (schema.format !== undefined && !isNumeric && (actual === 'string' || actual === 'array'));
    if (fits || !known) return result;
    const type = expected.join(',');
    const message = `${name} in body must be of type ${type}: ${JSON.stringify(actual)}`;
    result.add(message, (errors) => errors.typeInvalid(this.#at(name), actual, message));
    return result;
  }

  #enum(value: unknown, schema: Schema, name: string): Result | undefined {
    const values = schema.enum;
    if (values === undefined || values.some((each) => each !== null && deepEqual(each, value))) return undefined;
    const result = new Result();
    const supported = values.map((each) => (typeof each === 'string' ? each : showValue(each)));
    result.add(`${name} in body should be one of [${supported.join(' ')}]`, (errors) =>
      errors.notSupported(this.#at(name), value, supported),
    );
    return result;
  }

  #text(value: string, { maxLength, minLength, pattern }: Schema, name: string): Result {
    const result = new Result();
    const length = [...value].length;
    if (maxLength !== undefined && length > maxLength) {
      result.add(`${name} in body should be at most ${maxLength} chars long`, (errors) =>
        errors.tooLong(this.#at(name), maxLength),
      );
    } else if (minLength !== undefined && length < minLength) {
      this.#invalid(result, name, value, `should be at least ${minLength} chars long`);
    } else if (pattern && goRegexp(pattern)?.test(value) === false) {
      this.#invalid(result, name, value, `should match '${pattern}'`);
    }
    return result;
  }

  #number(value: number, schema: Schema, name: string): Result {
    const { multipleOf, minimum, maximum } = schema;
    const result = new Result();
    result.matches += 1;
    if (schema.type === 'integer' && schema.format === 'int32' && (value > 0x7fffffff || value < -0x80000000)) {
      this.#unclear(result, `Checked value must be of type integer with format int32 in ${name}`);
    }
    if (multipleOf !== undefined) {
      const factor = multipleOf < 1 ? (1 / multipleOf) * value : value / multipleOf;
      if (multipleOf <= 0) {
        const message = `factor MultipleOf declared for ${name} must be positive: ${multipleOf}`;
        result.add(message, (errors) => errors.invalid(this.#at(name), multipleOf, message));
      } else if (Math.abs(factor - Math.round(factor)) > 1e-9) {
        this.#invalid(result, name, value, `should be a multiple of ${multipleOf}`);
      }
    }
    if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum)) {
      const bound = schema.exclusiveMinimum ? 'greater than' : 'greater than or equal to';
      this.#invalid(result, name, value, `should be ${bound} ${minimum}`);
    }
    if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum)) {
      const bound = schema.exclusiveMaximum ? 'less than' : 'less than or equal to';
      this.#invalid(result, name, value, `should be ${bound} ${maximum}`);
    }
    return result;
  }

  #list(value: readonly unknown[], schema: Schema, name: string): Result {
    const { minItems, maxItems } = schema;
    const result = new Result();
    const items = itemsOf(schema);
    if (items !== undefined) {
      for (const [index, item] of value.entries()) result.merge(this.check(item, items, `${name}[${index}]`));
    }
    if (minItems !== undefined && value.length < minItems) {
      this.#invalid(result, name, value.length, `should have at least ${minItems} items`);
    }
    if (maxItems !== undefined && value.length > maxItems) {
      result.add(`${name} in body should have at most ${maxItems} items`, (errors) =>
        errors.tooMany(this.#at(name), value.length, maxItems),
      );
    }
    result.matches += 1;
    return result;
  }

  #object(value: Readonly<Record<string, unknown>>, schema: Schema, name: string): Result {
    const { minProperties, maxProperties, required = [] } = schema;
    const result = new Result();
    const keys = Object.keys(value);
    if (minProperties !== undefined && keys.length < minProperties) {
      this.#invalid(result, name, keys.length, `should have at least ${minProperties} properties`);
    }
    if (maxProperties !== undefined && keys.length > maxProperties) {
      result.add(`${name} in body should have at most ${maxProperties} properties`, (errors) =>
        errors.tooMany(this.#at(name), keys.length, maxProperties),
      );
    }
    const values = additionalOf(schema);
    for (const key of keys.filter((each) => propertyOf(schema, each) === undefined)) {
      if (schema.additionalProperties === false) {
        const message = `${name}.${key} in body is a forbidden property`;
        result.add(message, (errors) => errors.invalid(this.#at(name), key, message));
      } else if (values !== undefined) result.merge(this.check(value[key], values, `${name}.${key}`));
    }
    for (const [key, property] of propertiesOf(schema)) {
      const below = name === '' ? key : `${name}.${key}`;
      if (Object.hasOwn(value, key)) result.merge(this.check(value[key], property, below));
    }
    for (const key of required.filter((each) => !Object.hasOwn(value, each))) {
      result.add(`${name}.${key} in body is required`, (errors) => errors.required(this.#at(`${name}.${key}`)));
    }
    return result;
  }

  #clauses(value: unknown, schema: Schema, name: string): Result {
    const { anyOf = [], oneOf = [], allOf = [], not } = schema;
    const result = new Result();
    const shown = JSON.stringify(name);
    const check = (each: Schema) => this.check(value, each, name);
    if (anyOf.length > 0) {
      const results = anyOf.map(check);
      if (!results.some((each) => each.valid)) {
        this.#unclear(result, `${shown} must validate at least one schema (anyOf)`);
      }
      result.merge(results.find((each) => each.valid) ?? best(results));
    }
    if (oneOf.length > 0) {
      const results = oneOf.map(check);
      const valid = results.filter((each) => each.valid);
      if (valid.length === 1) result.merge(valid[0]);
      else {
        const found = valid.length === 0 ? 'Found none valid' : `Found ${valid.length} valid alternatives`;
        this.#unclear(result, `${shown} must validate one and only one schema (oneOf). ${found}`);
        if (valid.length === 0) result.merge(best(results));
      }
    }
    if (allOf.length > 0) {
      const results = allOf.map(check);
      for (const each of results) result.merge(each);
      const valid = results.filter((each) => each.valid).length;
      if (valid < results.length) {
        const none = valid === 0 ? '. None validated' : '';
        this.#unclear(result, `${shown} must validate all the schemas (allOf)${none}`);
      }
    }
    if (not !== undefined && check(not).valid) this.#unclear(result, `${shown} must not validate the schema (not)`);
    result.matches += 1;
    return result;
  }
}

/** The first of those of which most fits. */
function best(results: readonly Result[]): Result | undefined {
  return results.reduce<Result | undefined>(
    (chosen, each) => (chosen === undefined || each.matches > chosen.matches ? each : chosen),
    undefined,
  );
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
