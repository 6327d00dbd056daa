/**
 * The objects that pages show, as the API tells the page's user, and which of them changed. It is level-based: a change marks
 * its object, and when the object's turn comes its state at that time is told. So what waits is bounded by what there is,
 * and whoever was told everything once is told everything there is again soon after.
 */
import type { ApiObject, ResourceRef } from '../../controllers/runtime/client.ts';
import { Informer, type InformerDeps } from '../../controllers/runtime/informer.ts';
import { keyOf } from '../../controllers/runtime/metadata.ts';
import * as resources from '../../controllers/runtime/resources.ts';
import type { PageMoment } from '../../dashboard/model/moment.ts';
import type { RowResource } from '../../dashboard/model/rows.ts';
import { rowOf } from './object-rows.ts';
import { type Rate, ToldShare } from './told-share.ts';

const RATE: Rate = { burst: 500, perBeat: 32 };

/** In the order in which they are told: of pods there are most. */
const FOLLOWED: Readonly<Record<RowResource, ResourceRef>> = {
  namespaces: resources.namespaces,
  nodes: resources.nodes,
  faults: resources.faults,
  deployments: resources.deployments,
  replicasets: resources.replicaSets,
  statefulsets: resources.statefulSets,
  daemonsets: resources.daemonSets,
  jobs: resources.jobs,
  pods: resources.pods,
};

interface Followed {
  readonly resource: RowResource;
  readonly informer: Informer<ApiObject>;
  /** Keys of those that changed since they were told, those that wait longest first. */
  readonly changed: Set<string>;
}

export class ChangedObjects {
  readonly #followed: readonly Followed[];
  readonly #share = new ToldShare(RATE);

  constructor(deps: InformerDeps) {
    this.#followed = Object.entries(FOLLOWED).map(([resource, ref]) => {
      const changed = new Set<string>();
      const informer = new Informer<ApiObject>(deps, ref);
      const mark = (object: ApiObject): unknown => changed.add(keyOf(object));
      informer.subscribe({
        added: (object, initial) => initial || mark(object),
        updated: mark,
        deleted: mark,
      });
      return { resource: resource as RowResource, informer, changed };
    });
  }

  /** Resolves when what is there is known. */
  async start(): Promise<void> {
    for (const { informer } of this.#followed) informer.start();
    await Promise.all(this.#followed.map(({ informer }) => informer.settled));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#followed.map(({ informer }) => informer.stop()));
  }

  /** How many changed and were not told yet. */
  get waiting(): number {
    return this.#followed.reduce((sum, { changed }) => sum + changed.size, 0);
  }

  /** What is to be told now of what changed; a beat is over. */
  take(atMs: number): readonly PageMoment[] {
    const moments: PageMoment[] = [];
    for (const followed of this.#followed) {
      for (const key of followed.changed) {
        if (!this.#share.take()) break;
        followed.changed.delete(key);
        moments.push(momentOf(followed, key, atMs));
      }
    }
    this.#share.beat();
    return moments;
  }

  /** Everything there is, so many at a time, each as it is when its turn comes. */
  *present(atMs: number, chunk: number): IterableIterator<readonly PageMoment[]> {
    for (const followed of this.#followed) {
      const keys = [...followed.informer.all()].map(keyOf);
      for (let at = 0; at < keys.length; at += chunk) {
        yield keys.slice(at, at + chunk).map((key) => momentOf(followed, key, atMs));
      }
    }
  }
}

function momentOf({ resource, informer }: Followed, key: string, atMs: number): PageMoment {
  const object = informer.getByKey(key);
  if (object === undefined) return { type: 'page.object', change: 'delete', resource, key, atMs };
  return { type: 'page.object', change: 'put', row: rowOf[resource](object), atMs };
}
