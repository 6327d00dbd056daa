/** `authorizer.group("").resource("pods").check("get").allowed()` in CEL (k8s.io/apiserver/pkg/cel/library/authz.go). */
import type { Environment } from '@marcbachmann/cel-js';

const PREFIX = 'kubernetes.authorization.';

export const AUTHORIZER = `${PREFIX}Authorizer`;

/** Nothing evaluates these here: they are known so that expressions over them can be checked. */
const unavailable = (): never => {
  throw new Error('no authorizer is at hand');
};

export function registerAuthorizer(environment: Environment): Environment {
  const types = ['PathCheck', 'GroupCheck', 'ResourceCheck', 'Decision'];
  for (const type of types) environment.registerType(`${PREFIX}${type}`, { fields: {} });
  environment.registerType(AUTHORIZER, { fields: { requestResource: `${PREFIX}ResourceCheck` } });
  const functions = [
    ...['Authorizer.path(string): PathCheck', 'Authorizer.group(string): GroupCheck'],
    ...['Authorizer.serviceAccount(string, string): Authorizer', 'PathCheck.check(string): Decision'],
    ...['GroupCheck.resource(string): ResourceCheck', 'ResourceCheck.check(string): Decision'],
    ...['subresource', 'namespace', 'name', 'fieldSelector', 'labelSelector'].map(
      (name) => `ResourceCheck.${name}(string): ResourceCheck`,
    ),
    ...[
      'Decision.allowed(): bool',
      'Decision.errored(): bool',
      'Decision.error(): string',
      'Decision.reason(): string',
    ],
  ];
  for (const signature of functions) {
    const typed = signature.replaceAll(
      /\b(?:Authorizer|PathCheck|GroupCheck|ResourceCheck|Decision)\b/g,
      `${PREFIX}$&`,
    );
    environment.registerFunction(typed, unavailable);
  }
  return environment;
}
