/**
 * Who makes an object go with another must be allowed to delete it, and who makes an owner wait for it must be allowed to
 * hold the owner.
 */
import { equalValues } from '../machinery/copy-value.ts';
import type { KubeObject, OwnerReference, ResourceRow } from '../machinery/resource-row.ts';
import { quoted } from '../machinery/status.ts';
import type {
  AdmissionAttributes,
  AdmissionOperation,
  AdmissionStep,
  AuthorizationAttributes,
  AuthorizationDecision,
  Authorizer,
} from '../machinery/steps.ts';
import { isPods } from './pods.ts';
import { refuse } from './refusal.ts';

/** The resources that have this kind. */
export type ResourcesOfKind = (apiVersion: string, kind: string) => readonly KindResource[];
export type KindResource = Pick<ResourceRow, 'group' | 'version' | 'resource' | 'namespaced'>;

export class OwnerReferencesPermissionEnforcement implements AdmissionStep {
  readonly name = 'OwnerReferencesPermissionEnforcement';
  readonly #authorizer: Authorizer;
  readonly #resourcesOfKind: ResourcesOfKind;

  constructor(authorizer: Authorizer, resourcesOfKind: ResourcesOfKind) {
    this.#authorizer = authorizer;
    this.#resourcesOfKind = resourcesOfKind;
  }

  /** A pod's status cannot change its owners, and kubelets send odd ones. */
  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean {
    return (operation === 'CREATE' || operation === 'UPDATE') && !(isPods(row) && subresource === 'status');
  }

  async validate(attributes: AdmissionAttributes): Promise<void> {
    const { object, old, operation, row, namespace, name, subresource } = attributes;
    const [before, after] = [ownersOf(old), ownersOf(object)];
    if (equalValues(before, after)) return;
    if (operation !== 'CREATE') {
      const { group, version, resource } = row;
      const answer = await this.#ask(attributes, {
        verb: 'delete',
        group,
        version,
        resource,
        subresource,
        namespace,
        name,
      });
      if (answer.decision !== 'allow') {
        throw refuse(attributes, `cannot set an ownerRef on a resource you can't delete: ${answer.reason}, <nil>`);
      }
    }
    const blocking = after.filter(
      (owner) =>
        owner.blockOwnerDeletion === true && before.find(({ uid }) => uid === owner.uid)?.blockOwnerDeletion !== true,
    );
    if (blocking.length === 0) return;
    const all = { group: '*', version: '*', resource: '*', namespace: '', name: '*' };
    const anything = await this.#ask(attributes, { ...all, verb: 'update', subresource: 'finalizers' });
    if (anything.decision === 'allow') return;
    for (const owner of blocking) await this.#judgeOwner(attributes, owner);
  }

  async #judgeOwner(attributes: AdmissionAttributes, { apiVersion, kind, name }: OwnerReference): Promise<void> {
    const found = this.#resourcesOfKind(apiVersion, kind);
    if (found.length === 0) {
      const none = `no matches for kind ${quoted(kind)} in version ${quoted(apiVersion)}`;
      throw refuse(
        attributes,
        `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}: ${none}`,
      );
    }
    for (const { group, version, resource, namespaced } of found) {
      const namespace = namespaced ? attributes.namespace : '';
      const asked = { verb: 'update', group, version, resource, subresource: 'finalizers', namespace, name };
      const answer = await this.#ask(attributes, asked);
      if (answer.decision === 'allow') continue;
      throw refuse(
        attributes,
        `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${answer.reason}, <nil>`,
      );
    }
  }

  async #ask(
    { user }: AdmissionAttributes,
    asked: Omit<AuthorizationAttributes, 'user' | 'resourceRequest' | 'path'>,
  ): Promise<AuthorizationDecision> {
    return this.#authorizer.authorize({ ...asked, user, resourceRequest: true, path: '' });
  }
}

function ownersOf(object: KubeObject | undefined): readonly OwnerReference[] {
  return object?.metadata?.ownerReferences ?? [];
}
