/**
 * The roles and bindings there are, arranged by who is bound: which rules a user has is found without looking at
 * anybody else's bindings. Kept up by whoever follows the four resources (`follow` in `rbac-source.ts`).
 *
 * Invariant: `#bySubject` holds exactly the subjects of the bindings in `#bindings`. A binding may name a role that does
 * not exist; it then gives nothing, and says so.
 */
import type { UserInfo } from '../../machinery/resource-row.ts';
import { notFound } from '../../machinery/status.ts';
import { serviceAccountUserName } from '../users.ts';
import type { BindingObject, PolicyRule, RoleObject, RoleRef, Subject } from './rules.ts';

/** A binding as far as it concerns one of its subjects. */
interface Bound {
  readonly binding: BindingObject;
  readonly subject: Subject;
  /** In words, for every request that it allows: made once. */
  readonly shown: string;
}

/** What a visitor gets: a rule that the user has, or why some could not be found. Return false to stop. */
export type RuleVisitor = (found: { rule: PolicyRule; bound: Bound } | { missing: string }) => boolean;

const RBAC = 'rbac.authorization.k8s.io';

export class RbacIndex {
  readonly #clusterRoles = new Map<string, RoleObject>();
  /** By `namespace/name`. */
  readonly #roles = new Map<string, RoleObject>();
  /** By `namespace/name`, `/name` for ClusterRoleBindings. */
  readonly #bindings = new Map<string, BindingObject>();
  /** Namespace ('' for ClusterRoleBindings) to subject key to what it is bound to. */
  readonly #bySubject = new Map<string, Map<string, Bound[]>>();

  putRole(role: RoleObject): void {
    const { namespace, name = '' } = role.metadata;
    if (namespace === undefined) this.#clusterRoles.set(name, role);
    else this.#roles.set(`${namespace}/${name}`, role);
  }

  removeRole(namespace: string | undefined, name: string): void {
    if (namespace === undefined) this.#clusterRoles.delete(name);
    else this.#roles.delete(`${namespace}/${name}`);
  }

  putBinding(binding: BindingObject): void {
    const { namespace = '', name = '' } = binding.metadata;
    this.removeBinding(namespace, name);
    this.#bindings.set(`${namespace}/${name}`, binding);
    const subjects = this.#bySubject.get(namespace) ?? new Map<string, Bound[]>();
    this.#bySubject.set(namespace, subjects);
    for (const subject of binding.subjects ?? []) {
      const key = subjectKey(subject, namespace);
      if (key === undefined) continue;
      const bound = subjects.get(key);
      const found: Bound = { binding, subject, shown: showBound(binding, subject) };
      if (bound === undefined) subjects.set(key, [found]);
      else bound.push(found);
    }
  }

  removeBinding(namespace: string | undefined, name: string): void {
    const where = namespace ?? '';
    const binding = this.#bindings.get(`${where}/${name}`);
    if (binding === undefined) return;
    this.#bindings.delete(`${where}/${name}`);
    const subjects = this.#bySubject.get(where);
    if (subjects === undefined) return;
    for (const subject of binding.subjects ?? []) {
      const key = subjectKey(subject, where);
      if (key === undefined) continue;
      const rest = (subjects.get(key) ?? []).filter((bound) => bound.binding !== binding);
      if (rest.length === 0) subjects.delete(key);
      else subjects.set(key, rest);
    }
    if (subjects.size === 0) this.#bySubject.delete(where);
  }

  clusterRoles(): Iterable<RoleObject> {
    return this.#clusterRoles.values();
  }

  role(namespace: string | undefined, name: string): RoleObject | undefined {
    return namespace === undefined ? this.#clusterRoles.get(name) : this.#roles.get(`${namespace}/${name}`);
  }

  /** Every rule that `user` has in `namespace` ('': cluster-wide alone), bindings of the whole cluster first. */
  visitRules(user: UserInfo, namespace: string, visitor: RuleVisitor): void {
    const keys = [`u:${user.name}`, ...user.groups.map((group) => `g:${group}`)];
    if (this.#visit(keys, '', visitor) && namespace !== '') this.#visit(keys, namespace, visitor);
  }

  /** The rules that a reference leads to; a text when there is no such role. */
  rulesOf(ref: RoleRef, namespace: string): readonly PolicyRule[] | string {
    const isRole = ref.kind === 'Role';
    if (!isRole && ref.kind !== 'ClusterRole') return `unsupported role reference kind: ${JSON.stringify(ref.kind)}`;
    const role = this.role(isRole ? namespace : undefined, ref.name);
    if (role !== undefined) return role.rules ?? [];
    return notFound({ group: RBAC, resource: isRole ? 'role' : 'clusterrole' }, ref.name).message;
  }

  #visit(keys: readonly string[], namespace: string, visitor: RuleVisitor): boolean {
    const subjects = this.#bySubject.get(namespace);
    if (subjects === undefined) return true;
    for (const key of keys) {
      for (const bound of subjects.get(key) ?? []) {
        const rules = this.rulesOf(bound.binding.roleRef, namespace);
        if (typeof rules === 'string') {
          if (!visitor({ missing: rules })) return false;
          continue;
        }
        for (const rule of rules) if (!visitor({ rule, bound })) return false;
      }
    }
    return true;
  }
}

/** `u:alice`, `g:system:masters`; a service account is the user of its name. Undefined for what nobody can be. */
function subjectKey(subject: Subject, bindingNamespace: string): string | undefined {
  switch (subject.kind) {
    case 'User':
      return `u:${subject.name}`;
    case 'Group':
      return `g:${subject.name}`;
    case 'ServiceAccount': {
      const namespace =
        subject.namespace === undefined || subject.namespace === '' ? bindingNamespace : subject.namespace;
      return namespace === '' ? undefined : `u:${serviceAccountUserName(namespace, subject.name)}`;
    }
    default:
      return undefined;
  }
}

/** `ClusterRoleBinding "admins" of ClusterRole "admin" to User "alice"`. */
function showBound(binding: BindingObject, subject: Subject): string {
  const { namespace, name = '' } = binding.metadata;
  const what =
    namespace === undefined
      ? `ClusterRoleBinding ${JSON.stringify(name)}`
      : `RoleBinding ${JSON.stringify(`${name}/${namespace}`)}`;
  const who =
    subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace || (namespace ?? '')}` : subject.name;
  return `${what} of ${binding.roleRef.kind} ${JSON.stringify(binding.roleRef.name)} to ${subject.kind} ${JSON.stringify(who)}`;
}
