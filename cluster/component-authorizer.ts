/** Our own components may act: they are known by the names that only this process gives out. Everyone else has no say here. */
import { group } from '../apiserver/auth/users.ts';
import type { Authorizer } from '../apiserver/machinery/steps.ts';

const COMPONENTS = new Set(['system:kube-controller-manager', 'system:kube-scheduler']);
const CONTROLLER =
  /^system:serviceaccount:kube-system:[a-z0-9-]+-controller$|^system:serviceaccount:kube-system:(generic-garbage-collector|pod-garbage-collector|horizontal-pod-autoscaler|node-controller)$/;

/** Paths that upstream opens to everybody: health, version, discovery. */
const OPEN_TO_ALL = ['/healthz', '/livez', '/readyz', '/version'];

export const componentAuthorizer: Authorizer = {
  authorize({ user, resourceRequest, path, verb }) {
    const component =
      COMPONENTS.has(user.name) ||
      CONTROLLER.test(user.name) ||
      (user.name.startsWith('system:node:') && user.groups.includes(group.nodes));
    const open =
      !resourceRequest && verb === 'get' && OPEN_TO_ALL.some((each) => path === each || path.startsWith(`${each}/`));
    return { decision: component || open ? 'allow' : 'noOpinion', reason: '' };
  },
};
