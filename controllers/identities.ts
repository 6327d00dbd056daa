/**
 * Who the control plane's parts are to the API server. Each controller has a service account of its own, as upstream names
 * them, so that audit logs and field managers say who did what.
 */

/** What `clientFor` is asked for. */
export const SHARED = 'kube-controller-manager';

/** The user name of a component: `system:serviceaccount:kube-system:deployment-controller`. */
export function userNameOf(component: string): string {
  switch (component) {
    case 'kube-controller-manager':
    case 'kube-scheduler':
      return `system:${component}`;
    default:
      return `system:serviceaccount:kube-system:${component}`;
  }
}

/** The groups that come with it. */
export function groupsOf(component: string): readonly string[] {
  return userNameOf(component).startsWith('system:serviceaccount:')
    ? ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated']
    : ['system:authenticated'];
}
