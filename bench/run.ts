/** `npm run bench -- NAME…`: each benchmark prints one table. */
import { benchApi } from './api.ts';
import { benchCreatePods } from './create-pods.ts';
import { benchEtcdApi } from './etcd-api.ts';
import { benchKubectlLite } from './kubectl-lite.ts';
import { benchMoments } from './moments.ts';
import { benchNoisyNeighbour, FLOOD, flood } from './noisy-neighbour.ts';
import { benchPage } from './page.ts';
import { benchStart } from './start.ts';
import { benchStore } from './store.ts';

const benches: Readonly<Record<string, () => Promise<void>>> = {
  start: benchStart,
  api: benchApi,
  'create-pods': benchCreatePods,
  'etcd-api': benchEtcdApi,
  'kubectl-lite': benchKubectlLite,
  moments: benchMoments,
  'noisy-neighbour': benchNoisyNeighbour,
  page: () => benchPage(),
  'page-members': () => benchPage(3),
  store: benchStore,
};

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => benches[name] === undefined);
  if (names.length === 0 || unknown.length > 0) {
    console.error(
      `bench: name one or more of ${Object.keys(benches).join(', ')}${unknown.length > 0 ? `; there is no ${unknown.join(', ')}` : ''}`,
    );
    process.exit(1);
  }
  for (const name of names) await benches[name]?.();
}

const [first, order = ''] = process.argv.slice(2);
// The other process of the noisy neighbour's.
if (first === FLOOD) await flood(order);
else await main(process.argv.slice(2));
