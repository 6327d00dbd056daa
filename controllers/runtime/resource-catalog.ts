/**
 * Which resources there are, for the controllers that deal with all of them: the garbage collector and the deletion of
 * namespaces. Either a fixed list, or what the server's discovery says, so that custom resources are among them.
 */
import type { ResourceRef } from './client.ts';
import * as known from './resources.ts';

export interface ResourceCatalog {
  /** Resources that can be listed, watched and deleted; one version of each. */
  list(): Promise<readonly ResourceRef[]>;
}

/** The resources that our own parts use. */
export const knownResources: readonly ResourceRef[] = Object.values(known);

export const fixedCatalog: ResourceCatalog = { list: () => Promise.resolve(knownResources) };

interface DiscoveredGroups {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly scope: string;
        readonly verbs: readonly string[];
        readonly responseKind?: { readonly kind?: string };
      }[];
    }[];
  }[];
}

const VERBS_NEEDED = ['delete', 'list', 'watch'];

/** The resources in an aggregated discovery document (`APIGroupDiscoveryList`), each in its group's preferred version. */
export function refsOfDiscovery(document: unknown): readonly ResourceRef[] {
  const refs = new Map<string, ResourceRef>();
  for (const { metadata, versions } of (document as DiscoveredGroups).items ?? []) {
    const group = metadata?.name ?? '';
    for (const { version, resources } of versions ?? []) {
      for (const { resource, scope, verbs, responseKind } of resources ?? []) {
        const key = `${group}/${resource}`;
        if (refs.has(key) || !VERBS_NEEDED.every((verb) => verbs.includes(verb))) continue;
        const kind = responseKind?.kind ?? '';
        refs.set(key, { group, version, resource, kind, namespaced: scope === 'Namespaced' });
      }
    }
  }
  return [...refs.values()];
}

/** @param getJson reads a path of the server, asking for aggregated discovery (`as=APIGroupDiscoveryList`) */
export function discoveryCatalog(getJson: (path: '/api' | '/apis') => Promise<unknown>): ResourceCatalog {
  return {
    async list() {
      const documents = await Promise.all([getJson('/api'), getJson('/apis')]);
      return documents.flatMap(refsOfDiscovery);
    },
  };
}
