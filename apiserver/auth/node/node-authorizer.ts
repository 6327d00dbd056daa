/**
 * What kubelets may do: a node sees its own object, its own pods and what those need, and writes what it reports. Where
 * the request alone does not say whether it is its own (creates, status), the NodeRestriction plugin looks at the object.
 */

import { exactField, parseFieldSelector } from '../../machinery/selector-text.ts';
import { quoted } from '../../machinery/status.ts';
import type { AuthorizationAttributes, AuthorizationDecision, Authorizer } from '../../machinery/steps.ts';
import { type PolicyRule, ruleAllows } from '../rbac/rules.ts';
import { allowed, noOpinion } from '../simple-authorizers.ts';
import { nodeOf } from '../users.ts';
import type { NodeIndex } from './node-index.ts';

const LEASE_NAMESPACE = 'kube-node-lease';
const OWN_OBJECT_VERBS: ReadonlySet<string> = new Set(['get', 'create', 'update', 'patch', 'delete']);

export class NodeAuthorizer implements Authorizer {
  readonly #index: NodeIndex;
  readonly #rules: readonly PolicyRule[];

  /** `rules`: of the role `system:node`, for everything that is the same for all nodes. */
  constructor(index: NodeIndex, rules: readonly PolicyRule[]) {
    this.#index = index;
    this.#rules = rules;
  }

  authorize(attributes: AuthorizationAttributes): AuthorizationDecision {
    const node = nodeOf(attributes.user);
    if (node === undefined) return noOpinion;
    if (node === '') return no(`unknown node for user ${quoted(attributes.user.name)}`);
    if (attributes.resourceRequest) {
      const decision = this.#ofResource(node, attributes);
      if (decision !== undefined) return decision;
    }
    return this.#rules.some((rule) => ruleAllows(rule, attributes)) ? allowed : noOpinion;
  }

  /** Undefined where all nodes may do the same. */
  #ofResource(node: string, request: AuthorizationAttributes): AuthorizationDecision | undefined {
    const { namespace, name } = request;
    const index = this.#index;
    switch (request.group === '' ? request.resource : `${request.resource}.${request.group}`) {
      case 'secrets':
        return read(request, node, () => index.needsSecret(node, namespace, name));
      case 'configmaps':
        return read(request, node, () => index.names(node, 'configMaps', namespace, name));
      case 'persistentvolumeclaims':
        return request.subresource === 'status'
          ? updateStatus(request, node, () => index.names(node, 'claims', namespace, name))
          : get(request, node, () => index.names(node, 'claims', namespace, name));
      case 'persistentvolumes':
        return get(request, node, () => index.mountsVolume(node, name));
      case 'resourceclaims.resource.k8s.io':
        return get(request, node, () => index.names(node, 'resourceClaims', namespace, name));
      case 'volumeattachments.storage.k8s.io':
        return get(request, node, () => index.isAttachedTo(node, name));
      case 'serviceaccounts':
        return this.#serviceAccount(node, request);
      case 'leases.coordination.k8s.io':
        return lease(node, request);
      case 'csinodes.storage.k8s.io':
        return csiNode(node, request);
      case 'resourceslices.resource.k8s.io':
        return this.#slice(node, request);
      case 'nodes':
        return ownNode(node, request);
      case 'pods':
        return this.#pod(node, request);
      default:
        return undefined;
    }
  }

  #serviceAccount(node: string, request: AuthorizationAttributes): AuthorizationDecision {
    const { verb, subresource, namespace, name } = request;
    const related = (): boolean => this.#index.runsAs(node, namespace, name);
    if (verb === 'get' && subresource === '') return read(request, node, related);
    if (verb !== 'create' || name === '') return no('can only create tokens for individual service accounts');
    if (subresource !== 'token') return no('can only create token subresource of serviceaccount');
    return related() ? allowed : unrelated(node);
  }

  /** What a slice that is created says of its node is for NodeRestriction to see. */
  #slice(node: string, request: AuthorizationAttributes): AuthorizationDecision {
    const { verb, subresource, name } = request;
    if (subresource !== '') return no('cannot authorize ResourceSlice subresources');
    switch (verb) {
      case 'create':
        return allowed;
      case 'get':
      case 'update':
      case 'patch':
      case 'delete':
        return relatedOnly(request, node, () => this.#index.publishes(node, name));
      case 'list':
      case 'watch':
      case 'deletecollection':
        if (selectsNode(request, node)) return allowed;
        return no('can only list/watch/deletecollection resourceslices with nodeName field selector');
      default:
        return no(
          'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
        );
    }
  }

  #pod(node: string, request: AuthorizationAttributes): AuthorizationDecision {
    const { verb, subresource, namespace, name } = request;
    const own = (): boolean => this.#index.hasPod(node, namespace, name);
    switch (subresource) {
      case '':
        if (verb === 'get') return get(request, node, own);
        if (verb === 'list' || verb === 'watch') {
          if (selectsNode(request, node)) return allowed;
          if (name !== '') return own() ? allowed : unrelated(node);
          return no('can only list/watch pods with spec.nodeName field selector');
        }
        return verb === 'create' || verb === 'delete' ? allowed : noOpinion;
      case 'status':
        return verb === 'update' || verb === 'patch' ? allowed : noOpinion;
      case 'eviction':
        return verb === 'create' ? allowed : noOpinion;
      default:
        return noOpinion;
    }
  }
}

function no(reason: string): AuthorizationDecision {
  return { decision: 'noOpinion', reason };
}

function unrelated(node: string): AuthorizationDecision {
  return no(`no relationship found between node '${node}' and this object`);
}

function relatedOnly(request: AuthorizationAttributes, node: string, related: () => boolean): AuthorizationDecision {
  if (request.name === '') return no('No Object name found');
  return related() ? allowed : unrelated(node);
}

function get(request: AuthorizationAttributes, node: string, related: () => boolean): AuthorizationDecision {
  if (request.verb !== 'get') return no('can only get individual resources of this type');
  if (request.subresource !== '') return no('cannot get subresource');
  return relatedOnly(request, node, related);
}

function read(request: AuthorizationAttributes, node: string, related: () => boolean): AuthorizationDecision {
  if (request.verb !== 'get' && request.verb !== 'list' && request.verb !== 'watch') {
    return no('can only read resources of this type');
  }
  if (request.subresource !== '') return no('cannot read subresource');
  if (request.namespace === '') return no('can only read namespaced object of this type');
  return relatedOnly(request, node, related);
}

function updateStatus(request: AuthorizationAttributes, node: string, related: () => boolean): AuthorizationDecision {
  if (request.verb !== 'update' && request.verb !== 'patch') return no('can only get/update/patch this type');
  return relatedOnly(request, node, related);
}

function lease(node: string, { verb, namespace, name }: AuthorizationAttributes): AuthorizationDecision {
  if (!OWN_OBJECT_VERBS.has(verb)) return no('can only get, create, update, patch, or delete a node lease');
  if (namespace !== LEASE_NAMESPACE) {
    return no(`can only access leases in the ${quoted(LEASE_NAMESPACE)} system namespace`);
  }
  if (verb !== 'create' && name !== node) {
    return no('can only access node lease with the same name as the requesting node');
  }
  return allowed;
}

function csiNode(node: string, { verb, subresource, name }: AuthorizationAttributes): AuthorizationDecision {
  if (!OWN_OBJECT_VERBS.has(verb)) return no('can only get, create, update, patch, or delete a CSINode');
  if (subresource !== '') return no('cannot authorize CSINode subresources');
  if (verb !== 'create' && name !== node) {
    return no('can only access CSINode with the same name as the requesting node');
  }
  return allowed;
}

function ownNode(node: string, { verb, subresource, name }: AuthorizationAttributes): AuthorizationDecision {
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allowed : noOpinion;
  if (subresource !== '') return noOpinion;
  if (verb === 'create' || verb === 'update' || verb === 'patch') return allowed;
  if (verb !== 'get' && verb !== 'list' && verb !== 'watch') return noOpinion;
  if (name === node) return allowed;
  return name === ''
    ? no(`node '${node}' cannot read all nodes, only its own Node object`)
    : no(`node '${node}' cannot read '${name}', only its own Node object`);
}

function selectsNode({ fieldSelector }: AuthorizationAttributes, node: string): boolean {
  if (fieldSelector === undefined || !fieldSelector.includes('spec.nodeName')) return false;
  try {
    return exactField(parseFieldSelector(fieldSelector), 'spec.nodeName') === node;
  } catch {
    return false;
  }
}
