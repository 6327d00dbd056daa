/** What the server serves, by any of its names: `po`, `pod`, `pods`, `deployments.apps`, `deploy`, `Deployment`. */
import type { Host } from './context.ts';
import { forget, recall, remember } from './discovery-cache.ts';
import { Failure } from './failure.ts';
import type { Rest } from './rest.ts';

export interface Resource {
  readonly group: string;
  readonly version: string;
  /** The plural. */
  readonly name: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
}

interface Discovery {
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly singularResource?: string;
        readonly scope: 'Namespaced' | 'Cluster';
        readonly responseKind?: { readonly kind: string };
        readonly shortNames?: readonly string[];
        readonly categories?: readonly string[];
        readonly verbs?: readonly string[];
      }[];
    }[];
  }[];
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** A type that the server does not serve. */
export class NotServed extends Failure {}

export class Resources {
  /** In the server's order: of a group its preferred version first. */
  all: readonly Resource[];
  readonly #refetch: (() => Promise<readonly Resource[]>) | undefined;
  /** Whether `all` comes from the server and not from what was remembered. */
  #fresh: boolean;

  constructor(all: readonly Resource[], refetch?: () => Promise<readonly Resource[]>) {
    this.all = all;
    this.#refetch = refetch;
    this.#fresh = refetch === undefined;
  }

  static async of(rest: Rest, cacheDir: unknown, host: Pick<Host, 'env' | 'clock'>): Promise<Resources> {
    const place = { server: rest.connection.server, cacheDir: typeof cacheDir === 'string' ? cacheDir : undefined };
    const refetch = async (): Promise<readonly Resource[]> => {
      const all = await fetchResources(rest).catch((thrown) => {
        forget(place, host);
        throw thrown;
      });
      remember(place, host, all);
      return all;
    };
    const remembered = recall(place, host);
    return remembered === undefined ? new Resources(await refetch()) : new Resources(remembered, refetch);
  }

  /** Asks the server anew, unless that was just done. */
  async refresh(): Promise<void> {
    if (this.#fresh || this.#refetch === undefined) return;
    this.#fresh = true;
    this.all = await this.#refetch();
  }

  /** As `find`, asking the server anew when what is remembered does not have it. */
  async resolve(typed: string): Promise<Resource> {
    if (this.#named(typed) === undefined) await this.refresh();
    return this.find(typed);
  }

  /** By what a user types: with or without group (`deployments.apps`) and version (`deployments.v1.apps`). */
  find(typed: string): Resource {
    const found = this.#named(typed);
    if (found === undefined)
      throw new NotServed(`error: the server doesn't have a resource type "${typed.split('.')[0] ?? typed}"`);
    return found;
  }

  #named(typed: string): Resource | undefined {
    const [first = '', ...rest] = typed.split('.');
    const name = first.toLowerCase();
    const suffix = rest.join('.');
    const fullName = (each: Resource): boolean =>
      each.name === name || each.singular === name || each.kind.toLowerCase() === name;
    const inGroup = (each: Resource): boolean =>
      suffix === '' ||
      each.group === suffix ||
      `${each.version}.${each.group}` === suffix ||
      (each.group === '' && each.version === suffix);
    return (
      this.all.find((each) => fullName(each) && inGroup(each)) ??
      this.all.find((each) => each.shortNames.includes(first) && inGroup(each)) ??
      this.all.find((each) => (fullName(each) || each.shortNames.includes(first)) && each.group.startsWith(suffix))
    );
  }

  /** A comma-separated list of names, where a category (`all`) stands for its members. */
  async resolveAll(typed: string): Promise<Resource[]> {
    const found: Resource[] = [];
    for (const each of typed.split(',')) {
      const members = this.#category(each);
      for (const resource of members.length > 0 ? members : [await this.resolve(each)])
        if (!found.some(({ kind, group }) => kind === resource.kind && group === resource.group)) found.push(resource);
    }
    return found;
  }

  #category(name: string): Resource[] {
    const seen = new Set<string>();
    return this.preferred().filter(
      (each) =>
        each.categories.includes(name) &&
        !seen.has(`${each.name}.${each.group}`) &&
        seen.add(`${each.name}.${each.group}`),
    );
  }

  /** One row a resource: the version that its group prefers, or the first that has it. */
  preferred(): Resource[] {
    const seen = new Set<string>();
    return this.all.filter(({ group, name }) => !seen.has(`${name}.${group}`) && seen.add(`${name}.${group}`));
  }

  /** By an object's own words; undefined when nothing serves it. */
  async ofKind(apiVersion: string, kind: string): Promise<Resource | undefined> {
    const at = apiVersion.indexOf('/');
    const [group, version] = at < 0 ? ['', apiVersion] : [apiVersion.slice(0, at), apiVersion.slice(at + 1)];
    const search = (): Resource | undefined =>
      this.all.find((each) => each.group === group && each.version === version && each.kind === kind);
    if (search() === undefined) await this.refresh();
    return search();
  }
}

async function fetchResources(rest: Rest): Promise<readonly Resource[]> {
  const [core, groups] = await Promise.all(
    ['/api', '/apis'].map((path) => rest.json<Discovery>({ path, accept: AGGREGATED })),
  );
  return [core, groups].flatMap((discovery) =>
    (discovery?.items ?? []).flatMap(({ metadata, versions }) =>
      versions.flatMap(({ version, resources = [] }) =>
        resources.map((each) => ({
          group: metadata.name ?? '',
          version,
          name: each.resource,
          singular: each.singularResource ?? '',
          kind: each.responseKind?.kind ?? '',
          namespaced: each.scope === 'Namespaced',
          shortNames: each.shortNames ?? [],
          categories: each.categories ?? [],
          verbs: each.verbs ?? [],
        })),
      ),
    ),
  );
}

/** `/apis/apps/v1/namespaces/default/deployments/web/scale`. */
export function pathOf(resource: Resource, namespace: string | undefined, name?: string, subresource?: string): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope =
    resource.namespaced && namespace !== undefined && namespace !== ''
      ? `/namespaces/${encodeURIComponent(namespace)}`
      : '';
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${scope}/${resource.name}${object}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** `deployment.apps`, `pod`: how messages name a type. */
export function qualified({ kind, group }: Pick<Resource, 'kind' | 'group'>): string {
  return group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;
}

export function apiVersionOf({ group, version }: Pick<Resource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}
