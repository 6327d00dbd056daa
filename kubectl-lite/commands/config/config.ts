/** `config`: shows and changes kubeconfigs. */
import type { Group } from '../../command-line/command.ts';

const writes = () => import('./writes.ts');
const reads = () => import('./reads.ts');
const properties = () => import('./properties.ts');

export const config: Group = {
  summary: 'show and change kubeconfigs',
  subcommands: {
    'current-context': { summary: 'the context in use', load: async () => (await reads()).currentContext },
    'delete-cluster': { summary: 'forget a cluster', load: async () => (await writes()).deleteCluster },
    'delete-context': { summary: 'forget a context', load: async () => (await writes()).deleteContext },
    'delete-user': { summary: 'forget a user', load: async () => (await writes()).deleteUser },
    'get-clusters': { summary: 'all clusters', load: async () => (await reads()).getClusters },
    'get-contexts': { summary: 'all contexts', load: async () => (await reads()).getContexts },
    'get-users': { summary: 'all users', load: async () => (await reads()).getUsers },
    'rename-context': { summary: 'give a context another name', load: async () => (await writes()).renameContext },
    set: { summary: 'set one value', load: async () => (await properties()).setValue },
    'set-cluster': {
      summary: 'make or change a cluster',
      load: async () => (await import('./set-cluster.ts')).setCluster,
    },
    'set-context': {
      summary: 'make or change a context',
      load: async () => (await import('./set-cluster.ts')).setContext,
    },
    'set-credentials': {
      summary: 'make or change a user',
      load: async () => (await import('./set-credentials.ts')).setCredentials,
    },
    unset: { summary: 'remove one value', load: async () => (await properties()).unsetValue },
    'use-context': { summary: 'use another context', aliases: ['use'], load: async () => (await writes()).useContext },
    view: { summary: 'all of it', load: async () => (await reads()).view },
  },
};
