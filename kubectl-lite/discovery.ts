/** What the server serves, by any of its names: `po`, `pod`, `pods`, `deployments.apps`, `deploy`, `Deployment`. */
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

export class Resources {
  readonly all: readonly Resource[];

  constructor(all: readonly Resource[]) {
    this.all = all;
  }

  static async of(rest: Rest): Promise<Resources> {
    const [core, groups] = await Promise.all(
      ['/api', '/apis'].map((path) => rest.json<Discovery>({ path, accept: AGGREGATED })),
    );
    const all = [core, groups].flatMap((discovery) =>
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
    return new Resources(all);
  }

  /** By what a user types: with or without group (`deployments.apps`) and version (`deployments.v1.apps`). */
  find(typed: string): Resource {
    const [name = '', ...rest] = typed.toLowerCase().split('.');
    const suffix = rest.join('.');
    const named = (each: Resource): boolean =>
      each.name === name ||
      each.singular === name ||
      each.kind.toLowerCase() === name ||
      each.shortNames.includes(name);
    const fits = (each: Resource): boolean =>
      suffix === '' ||
      each.group === suffix ||
      `${each.version}.${each.group}` === suffix ||
      (each.group === '' && each.version === suffix);
    const found = this.all.find((each) => named(each) && fits(each));
    if (found === undefined) throw new Failure(`error: the server doesn't have a resource type "${typed}"`);
    return found;
  }

  /** A comma-separated list of names, where a category (`all`) stands for its members. */
  findAll(typed: string): Resource[] {
    return typed.split(',').flatMap((each) => {
      const members = this.all.filter(({ categories }) => categories.includes(each));
      const seen = new Set<string>();
      const once = members.filter(({ group, name }) => !seen.has(`${name}.${group}`) && seen.add(`${name}.${group}`));
      return once.length > 0 ? once : [this.find(each)];
    });
  }

  /** By an object's own words. */
  ofObject(apiVersion: string, kind: string, source: string): Resource {
    const at = apiVersion.indexOf('/');
    const [group, version] = at < 0 ? ['', apiVersion] : [apiVersion.slice(0, at), apiVersion.slice(at + 1)];
    const found = this.all.find((each) => each.group === group && each.version === version && each.kind === kind);
    if (found === undefined) {
      throw new Failure(
        `error: resource mapping not found for name: "" namespace: "" from "${source}": no matches for kind "${kind}" in version "${apiVersion}"\nensure CRDs are installed first`,
      );
    }
    return found;
  }
}

/** `/apis/apps/v1/namespaces/default/deployments/web/scale`. */
export function pathOf(resource: Resource, namespace: string | undefined, name?: string, subresource?: string): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${scope}/${resource.name}${object}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** `deployment.apps`, `pod`: how messages name a type. */
export function qualified(resource: Resource): string {
  const singular = resource.singular === '' ? resource.kind.toLowerCase() : resource.singular;
  return resource.group === '' ? singular : `${singular}.${resource.group}`;
}
