/**
 * Validation errors with the path of their field, as kube-apiserver words them
 * (k8s.io/apimachinery/pkg/util/validation/field). A row's validation fills a list; the machinery makes the 422 of it.
 */

export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTooFew'
  | 'InternalError'
  | 'FieldValueTypeInvalid';

export interface FieldError {
  readonly type: FieldErrorType;
  /** `spec.containers[0].name`; `<nil>`-like roots are ''. */
  readonly field: string;
  /** Without the field: `Invalid value: "x": must be …`. */
  readonly message: string;
}

/** How a value is shown inside a message: as Go's %#v of strings, numbers and booleans, and JSON of the rest. */
export function showValue(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  // Go's encoder escapes what HTML would take for markup.
  return JSON.stringify(value).replace(/[<>&]/g, (mark) => `\\u00${mark.charCodeAt(0).toString(16)}`);
}

function withDetail(message: string, detail: string): string {
  return detail === '' ? message : `${message}: ${detail}`;
}

/** Collects errors in the order in which they are found. */
export class FieldErrors {
  readonly list: FieldError[] = [];

  get empty(): boolean {
    return this.list.length === 0;
  }

  required(field: string, detail = ''): void {
    this.#add('FieldValueRequired', field, detail === '' ? 'Required value' : `Required value: ${detail}`);
  }

  invalid(field: string, value: unknown, detail: string): void {
    this.#add('FieldValueInvalid', field, withDetail(`Invalid value: ${showValue(value)}`, detail));
  }

  /** Of something that is too much to show. */
  invalidWhole(field: string, detail: string): void {
    this.#add('FieldValueInvalid', field, `Invalid value: ${detail}`);
  }

  notSupported(field: string, value: unknown, supported: readonly string[]): void {
    const values = supported.map((each) => JSON.stringify(each)).join(', ');
    this.#add(
      'FieldValueNotSupported',
      field,
      `Unsupported value: ${showValue(value)}${values === '' ? '' : `: supported values: ${values}`}`,
    );
  }

  duplicate(field: string, value: unknown, detail = ''): void {
    this.#add('FieldValueDuplicate', field, withDetail(`Duplicate value: ${showValue(value)}`, detail));
  }

  forbidden(field: string, detail: string): void {
    this.#add('FieldValueForbidden', field, detail === '' ? 'Forbidden' : `Forbidden: ${detail}`);
  }

  notFound(field: string, value: unknown, detail = ''): void {
    this.#add('FieldValueNotFound', field, withDetail(`Not found: ${showValue(value)}`, detail));
  }

  tooLong(field: string, maxLength: number, unit: 'byte' | 'character' = 'byte'): void {
    const units = maxLength === 1 ? unit : `${unit}s`;
    this.#add('FieldValueTooLong', field, `Too long: may not be more than ${maxLength} ${units}`);
  }

  tooMany(field: string, actual: number, maxItems: number): void {
    const items = maxItems === 1 ? 'item' : 'items';
    this.#add('FieldValueTooMany', field, `Too many: ${actual}: must have at most ${maxItems} ${items}`);
  }

  tooFew(field: string, actual: number, minItems: number): void {
    const items = minItems === 1 ? 'item' : 'items';
    this.#add('FieldValueTooFew', field, `Too few: ${actual}: must have at least ${minItems} ${items}`);
  }

  /** Something that is nobody's fault. */
  internal(field: string, detail: string): void {
    this.#add('InternalError', field, `Internal error: ${detail}`);
  }

  typeInvalid(field: string, value: unknown, detail: string): void {
    this.#add('FieldValueTypeInvalid', field, `Invalid value: ${showValue(value)}: ${detail}`);
  }

  #add(type: FieldErrorType, field: string, message: string): void {
    this.list.push({ type, field, message });
  }
}
