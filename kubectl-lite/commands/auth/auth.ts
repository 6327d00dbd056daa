/** `auth`: what the caller may do, and who the caller is. */
import type { Group } from '../../command-line/command.ts';

export const auth: Group = {
  summary: 'ask about permissions',
  subcommands: {
    'can-i': { summary: 'whether you may do something', load: async () => (await import('./can-i.ts')).canI },
    reconcile: {
      summary: 'see to it that roles and bindings grant what files say',
      load: async () => (await import('./reconcile.ts')).reconcile,
    },
    whoami: { summary: 'who the server takes you for', load: async () => (await import('./whoami.ts')).whoami },
  },
};
