/**
 * CEL expressions (https://cel.dev) over one variable: compiled and type-checked once, when a configuration is read, and
 * evaluated many times. An expression that does not compile, or is of another type than it has to be, is said there.
 */
import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { messageOf } from '../../../base/errors.ts';
import { LINEAR_MATCHES, registerKubernetesFunctions } from './cel-functions.ts';

/** Fields with their types; a nested one is an object of its own. */
export interface CelSchema {
  readonly [field: string]: string | CelSchema;
}

export interface CelVariable {
  readonly name: string;
  /** `map<string, dyn>`, or the fields of an object. */
  readonly type: string | CelSchema;
}

export interface CelExpression {
  readonly text: string;
  /** Throws when it cannot be evaluated with this value (a key is missing, types do not fit). */
  evaluate(value: unknown): unknown;
  /** Whether it reads this field of the variable itself: `claims.email`, `claims.?email`, `claims["email"]`. */
  reads(field: string): boolean;
}

/** Compiles expressions over `variable`. Environments are costly: make one for all expressions over it. */
export class CelCompiler {
  readonly #variable: CelVariable;
  readonly #environment: Environment;

  constructor(variable: CelVariable) {
    this.#variable = variable;
    const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
    this.#environment = registerKubernetesFunctions(
      typeof variable.type === 'string'
        ? environment.registerVariable(variable.name, variable.type)
        : environment.registerVariable({ name: variable.name, schema: variable.type }),
    );
  }

  /** `types`: what it may evaluate to; absent: anything. Answers why it cannot be, in words. */
  compile(text: string, types?: readonly string[]): CelExpression | string {
    let parsed: ReturnType<Environment['parse']>;
    try {
      parsed = this.#environment.parse(text);
    } catch (thrown) {
      return `compilation failed: ${firstLine(thrown)}`;
    }
    visit(parsed.ast, useLinearMatches);
    const checked = parsed.check();
    if (!checked.valid) return `compilation failed: ${firstLine(checked.error)}`;
    const type = checked.type ?? 'dyn';
    if (types !== undefined && !types.some((each) => type === each || type.startsWith(`${each}<`))) {
      return types.length === 1 ? `must evaluate to ${types[0]}` : `must evaluate to one of [${types.join(' ')}]`;
    }
    const { name } = this.#variable;
    return {
      text,
      evaluate: (value) => parsed({ [name]: value }),
      reads(field) {
        let found = false;
        visit(parsed.ast, (node) => {
          found ||= readsField(node, name, field);
        });
        return found;
      },
    };
  }
}

function visit(value: unknown, see: (node: ASTNode) => void): void {
  if (Array.isArray(value)) for (const each of value) visit(each, see);
  else if (isNode(value)) {
    see(value);
    visit(value.args, see);
  }
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

function useLinearMatches(node: ASTNode): void {
  if (node.op !== 'rcall') return;
  const call = node.args as [string, ...unknown[]];
  if (call[0] === 'matches') call[0] = LINEAR_MATCHES;
}

function readsField(node: ASTNode, variable: string, field: string): boolean {
  if (!['.', '.?', '[]', '[?]'].includes(node.op)) return false;
  const [operand, key] = node.args as [ASTNode, ASTNode | string];
  if (operand.op !== 'id' || operand.args !== variable) return false;
  return typeof key === 'string' ? key === field : key.op === 'value' && key.args === field;
}

function firstLine(thrown: unknown): string {
  return messageOf(thrown).split('\n')[0] ?? '';
}
