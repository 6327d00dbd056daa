/** Two pods cannot have the same host port on one node. */
import { PASS, type Plugin } from '../plugin.ts';

const REJECTION = {
  plugin: 'NodePorts',
  reasons: ["node(s) didn't have free ports for the requested pod ports"],
  preemptible: true,
};

export const nodePorts: Plugin = {
  name: 'NodePorts',
  helpedBy: ['node-added', 'pod-removed'],
  prepare({ hostPorts }) {
    if (hostPorts.length === 0) return PASS;
    return {
      type: 'filter',
      filter: (node) => (hostPorts.some((port) => node.portTaken(port)) ? REJECTION : undefined),
    };
  },
};
