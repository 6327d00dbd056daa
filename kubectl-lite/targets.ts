/** What a command line names: `pods web-1 web-2`, `deploy/web svc/db`, `pods,services -l app=web`. */
import type { Resource, Resources } from './discovery.ts';
import { Failure } from './failure.ts';

export interface Target {
  readonly resource: Resource;
  /** Absent: the whole collection. */
  readonly name?: string;
}

export function targetsOf(resources: Resources, args: readonly string[]): Target[] {
  const [types, ...names] = args;
  if (types === undefined)
    throw new Failure(
      'error: You must specify the type of resource to work on, for example `pods` or `deployment/web`',
    );
  if (args.some((arg) => arg.includes('/'))) {
    return args.map((arg) => {
      const at = arg.indexOf('/');
      const name = arg.slice(at + 1);
      if (at < 0)
        throw new Failure(
          `error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'`,
        );
      if (name === '') throw new Failure(`error: arguments in resource/name form may not have an empty name: ${arg}`);
      return { resource: resources.find(arg.slice(0, at)), name };
    });
  }
  const found = resources.findAll(types);
  if (names.length === 0) return found.map((resource) => ({ resource }));
  return found.flatMap((resource) => names.map((name) => ({ resource, name })));
}
