/** `describe`: one or more objects in words, with their events. */
import type { Context } from '../context.ts';
import {
  describeConfigMap,
  describeFields,
  describeNamespace,
  describeNode,
  describeSecret,
  describeService,
  type Node,
  type Service,
} from '../describe/cluster-kinds.ts';
import { Outline } from '../describe/outline.ts';
import { type Event, events, type Meta } from '../describe/parts.ts';
import { describePod, type Pod } from '../describe/pod.ts';
import {
  describeDaemonSet,
  describeDeployment,
  describeReplicaSet,
  selectorText,
  type Workload,
} from '../describe/workloads.ts';
import { pathOf, type Resource, type Resources } from '../discovery.ts';
import { ServerFailure } from '../failure.ts';
import { targetsOf } from '../targets.ts';

interface Described {
  readonly kind?: string;
  readonly metadata: Meta;
}

export interface DescribeOptions {
  readonly selector?: string;
  readonly allNamespaces?: boolean;
}

export async function describe(context: Context, args: readonly string[], options: DescribeOptions): Promise<void> {
  const resources = await context.resources();
  const found: { resource: Resource; object: Described }[] = [];
  for (const { resource, name } of targetsOf(resources, args)) {
    const path = pathOf(resource, options.allNamespaces === true ? undefined : context.namespace, name);
    const answer = await context.rest.json<Described & { items?: readonly Described[] | null }>({
      path,
      query: { labelSelector: options.selector },
    });
    if (name !== undefined) found.push({ resource, object: answer });
    else for (const object of answer.items ?? []) found.push({ resource, object });
  }
  if (found.length === 0) {
    context.host.err(
      options.allNamespaces === true
        ? 'No resources found\n'
        : `No resources found in ${context.namespace} namespace.\n`,
    );
    return;
  }
  for (const [at, { resource, object }] of found.entries()) {
    if (at > 0) context.print('\n\n');
    context.print(await describeOne(context, resources, resource, object));
  }
}

async function describeOne(
  context: Context,
  resources: Resources,
  resource: Resource,
  object: Described,
): Promise<string> {
  const outline = new Outline();
  const about = new Surroundings(context, resources, object.metadata);
  const nowMs = context.host.clock.nowMs();
  const type = resource.group === '' || resource.group === 'apps' ? resource.name : '';
  switch (type) {
    case 'pods':
      describePod(outline, object as Pod);
      break;
    case 'nodes':
      describeNode(outline, object as Node, await about.podsOnNode(), nowMs);
      break;
    case 'deployments':
      describeDeployment(
        outline,
        object as Workload,
        await about.list<Workload>('replicasets.apps', selectorText((object as Workload).spec.selector)),
      );
      break;
    case 'replicasets':
      describeReplicaSet(outline, object as Workload, await about.podPhases(object as Workload));
      break;
    case 'daemonsets':
      describeDaemonSet(outline, object as Workload, await about.podPhases(object as Workload));
      break;
    case 'services':
      describeService(outline, object as Service, await about.endpoints());
      break;
    case 'namespaces':
      describeNamespace(outline, object);
      break;
    case 'configmaps':
      describeConfigMap(outline, object);
      break;
    case 'secrets':
      describeSecret(outline, object);
      return outline.render();
    default:
      describeFields(outline, {
        ...object,
        apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
        kind: resource.kind,
      });
  }
  events(outline, await about.events(resource.kind), nowMs);
  return outline.render();
}

/** What belongs to an object and is kept elsewhere. */
class Surroundings {
  readonly #context: Context;
  readonly #resources: Resources;
  readonly #meta: Meta;

  constructor(context: Context, resources: Resources, meta: Meta) {
    this.#context = context;
    this.#resources = resources;
    this.#meta = meta;
  }

  async list<T>(
    type: string,
    labelSelector?: string,
    fieldSelector?: string,
    everywhere = false,
  ): Promise<readonly T[]> {
    const resource = this.#resources.find(type);
    const namespace = everywhere ? undefined : this.#meta.namespace;
    try {
      const list = await this.#context.rest.json<{ items?: readonly T[] | null }>({
        path: pathOf(resource, namespace),
        query: { labelSelector, fieldSelector },
      });
      return list.items ?? [];
    } catch (thrown) {
      // What may not be seen is left out.
      if (thrown instanceof ServerFailure) return [];
      throw thrown;
    }
  }

  podsOnNode(): Promise<readonly Pod[]> {
    return this.list<Pod>('pods', undefined, `spec.nodeName=${this.#meta.name}`, true);
  }

  async podPhases(workload: Workload): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const pod of await this.list<Pod>('pods', selectorText(workload.spec.selector))) {
      const phase = pod.status?.phase ?? 'Pending';
      counts[phase] = (counts[phase] ?? 0) + 1;
    }
    return counts;
  }

  async endpoints(): Promise<(port: string) => string> {
    interface Endpoints {
      readonly metadata: Meta;
      readonly subsets?: readonly {
        readonly addresses?: readonly { readonly ip: string }[];
        readonly ports?: readonly { readonly name?: string; readonly port: number }[];
      }[];
    }
    const [endpoints] = await this.list<Endpoints>('endpoints', undefined, `metadata.name=${this.#meta.name}`);
    return (name) => {
      const all = (endpoints?.subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
        ports
          .filter((port) => (port.name ?? '') === name)
          .flatMap(({ port }) => addresses.map(({ ip }) => `${ip}:${port}`)),
      );
      return all.length > 3 ? `${all.slice(0, 3).join(',')} + ${all.length - 3} more...` : all.join(',');
    };
  }

  events(kind: string): Promise<readonly Event[]> {
    const { name = '', uid = '', namespace } = this.#meta;
    // Events about a node carry its name for a uid.
    const by = kind === 'Node' ? '' : `,involvedObject.uid=${uid}`;
    return this.list<Event>(
      'events',
      undefined,
      `involvedObject.name=${name},involvedObject.kind=${kind}${by}`,
      namespace === undefined,
    );
  }
}
