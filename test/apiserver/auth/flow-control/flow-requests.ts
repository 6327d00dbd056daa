/** Requests as flow control sees them. */
import type { FlowRequest } from '../../../../apiserver/auth/flow-control/flow-control.ts';
import type { UserInfo } from '../../../../apiserver/machinery/resource-row.ts';
import type { AuthorizationAttributes } from '../../../../apiserver/machinery/steps.ts';

export function userOf(name: string, ...groups: string[]): UserInfo {
  return { name, uid: '', groups: [...groups, 'system:authenticated'], extra: {} };
}

export function attributesOf(user: UserInfo, changes: Partial<AuthorizationAttributes> = {}): AuthorizationAttributes {
  return {
    user,
    verb: 'list',
    resourceRequest: true,
    group: '',
    version: 'v1',
    resource: 'pods',
    subresource: '',
    namespace: 'default',
    name: '',
    path: '/api/v1/namespaces/default/pods',
    ...changes,
  };
}

/** `GET /path` */
export function pathRequest(user: UserInfo, path: string, verb = 'get'): AuthorizationAttributes {
  return attributesOf(user, { resourceRequest: false, verb, path, version: '', resource: '', namespace: '' });
}

export function requestOf(user: UserInfo, changes: Partial<FlowRequest> = {}): FlowRequest {
  return { user, attributes: attributesOf(user), longRunning: false, gone: false, ...changes };
}
