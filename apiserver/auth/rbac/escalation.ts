/**
 * Nobody gives away what he does not have: whoever writes a role must have its rights already (or the verb `escalate` on
 * it), whoever binds a role must have its rights in that place (or the verb `bind` on it). It is the last step of
 * admission, always on: it must see the object as it will be stored.
 */
import { onlyCollectorFieldsChanged } from '../../admission/collector-fields.ts';
import type { ResourceRow, UserInfo } from '../../machinery/resource-row.ts';
import { forbidden, notFound } from '../../machinery/status.ts';
import type { AdmissionAttributes, AdmissionOperation, AdmissionStep, Authorizer } from '../../machinery/steps.ts';
import { group } from '../users.ts';
import type { RbacAuthorizer } from './rbac-authorizer.ts';
import type { RbacIndex } from './rbac-index.ts';
import { RBAC_GROUP } from './rbac-source.ts';
import {
  type BindingObject,
  compacted,
  type PolicyRule,
  type RoleObject,
  showList,
  showRule,
  uncovered,
} from './rules.ts';

const ROLES: ReadonlySet<string> = new Set(['roles', 'clusterroles']);
const BINDINGS: ReadonlySet<string> = new Set(['rolebindings', 'clusterrolebindings']);

const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

export class EscalationCheck implements AdmissionStep {
  readonly name = 'RBACEscalation';
  readonly #authorizer: Authorizer;
  readonly #rbac: RbacAuthorizer;
  readonly #index: RbacIndex;

  /** `authorizer`: the whole chain, asked for `escalate` and `bind`. */
  constructor(authorizer: Authorizer, rbac: RbacAuthorizer, index: RbacIndex) {
    this.#authorizer = authorizer;
    this.#rbac = rbac;
    this.#index = index;
  }

  handles(operation: AdmissionOperation, row: ResourceRow): boolean {
    if (row.group !== RBAC_GROUP || (operation !== 'CREATE' && operation !== 'UPDATE')) return false;
    return ROLES.has(row.resource) || BINDINGS.has(row.resource);
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const { object, old, user, row } = attributes;
    if (object === undefined || user.groups.includes(group.masters)) return;
    if (old !== undefined && onlyCollectorFieldsChanged(object, old)) return;
    if (ROLES.has(row.resource)) {
      await this.#checkRole(attributes, object as RoleObject, old as RoleObject | undefined);
    } else {
      await this.#checkBinding(attributes, object as BindingObject);
    }
  }

  async #checkRole(attributes: AdmissionAttributes, role: RoleObject, old: RoleObject | undefined): Promise<void> {
    const { user, row, namespace } = attributes;
    const name = role.metadata.name ?? '';
    if (await this.#may(user, 'escalate', row.resource, namespace, attributes.name)) return;
    this.#confirm(attributes, role.rules ?? [], name);
    if ((aggregates(role) || aggregates(old)) && this.#missing(user, namespace, everything).length > 0) {
      throw forbidden(row, name, 'must have cluster-admin privileges to use the aggregationRule');
    }
  }

  async #checkBinding(attributes: AdmissionAttributes, binding: BindingObject): Promise<void> {
    const { user, row, namespace } = attributes;
    const { kind, name } = binding.roleRef;
    const resource = kind === 'Role' ? 'roles' : 'clusterroles';
    if (await this.#may(user, 'bind', resource, namespace, name)) return;
    const rules = this.#index.rulesOf(binding.roleRef, namespace);
    // Upstream's words: it is the role that is missed, and the binding's resource that is named.
    if (typeof rules === 'string') throw notFound(row, name);
    this.#confirm(attributes, rules, binding.metadata.name ?? '');
  }

  #confirm(attributes: AdmissionAttributes, rules: readonly PolicyRule[], name: string): void {
    const { user, row, namespace } = attributes;
    const missing = this.#missing(user, namespace, rules);
    if (missing.length === 0) return;
    const lines = [...new Set(compacted(missing).map(showRule))].sort();
    const who = `user ${JSON.stringify(user.name)} (groups=${showList(user.groups)})`;
    const { errors } = this.#rbac.rulesFor(user, namespace);
    throw forbidden(
      row,
      name,
      `${who} is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}${
        errors.length === 0 ? '' : `; resolution errors: [${errors.join(', ')}]`
      }`,
    );
  }

  #missing(user: UserInfo, namespace: string, rules: readonly PolicyRule[]): PolicyRule[] {
    return uncovered(this.#rbac.rulesFor(user, namespace).rules, rules);
  }

  async #may(user: UserInfo, verb: string, resource: string, namespace: string, name: string): Promise<boolean> {
    const { decision } = await this.#authorizer.authorize({
      user,
      verb,
      resourceRequest: true,
      group: RBAC_GROUP,
      version: '*',
      resource,
      subresource: '',
      namespace,
      name,
      path: '',
    });
    return decision === 'allow';
  }
}

function aggregates(role: RoleObject | undefined): boolean {
  return (role?.aggregationRule?.clusterRoleSelectors ?? []).length > 0;
}
