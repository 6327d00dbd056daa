/**
 * One row describes one resource: its names, its scope, and every rule that is its own. Handlers, discovery, OpenAPI,
 * kubectl's tables and CRDs read rows; no handler knows a kind by name (design.md, seam 3). A CRD is a row made at run
 * time.
 *
 * A row's functions are pure and synchronous: they see the object and the context given, nothing else. What needs the
 * store (allocating a cluster IP, say) is a `WriteHook`.
 */
import type { FieldErrors } from './field-errors.ts';
import type { Parameter } from './openapi-parameters.ts';

/** An object in its wire form, as parsed from JSON. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string | null;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
  selfLink?: string;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  manager?: string;
  operation?: 'Apply' | 'Update';
  apiVersion?: string;
  time?: string;
  fieldsType?: 'FieldsV1';
  fieldsV1?: Record<string, unknown>;
  subresource?: string;
}

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

/** Who writes and when, for a row's functions. */
export interface WriteContext {
  /** Wall time in milliseconds, the same for the whole request. */
  readonly nowMs: number;
  readonly user: UserInfo;
  readonly namespace: string | undefined;
  readonly subresource: string | undefined;
}

export interface UserInfo {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export interface TableColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description: string;
  /** 0: always; 1: only with `-o wide`. */
  readonly priority?: number;
}

export type TableCell = string | number | boolean | null;

export interface TableSpec {
  readonly columns: readonly TableColumn[];
  /** One cell a column. `nowMs` is for ages (`5m3s`, see machinery/duration.ts). */
  cells(object: KubeObject, nowMs: number): TableCell[];
  /** The metadata that rows carry, where upstream leaves out something that objects have. */
  metadata?(object: KubeObject): ObjectMeta;
  /** Rows may carry conditions (a finished pod's `Completed`). */
  conditions?(
    object: KubeObject,
  ): readonly { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string }[];
}

/** How objects of a resource, or of one of its subresources, are written. All functions may change `object` in place. */
export interface WriteStrategy {
  /**
   * Fills in upstream's defaults, on the wire form (`toWireForm` first, for a kind that has one). Idempotent. Runs on what
   * clients send and on what patches make.
   */
  setDefaults?(object: KubeObject): void;
  /** Before a create: what clients may not set is cleared (usually the status), what starts somehow is set. */
  prepareForCreate?(object: KubeObject, context: WriteContext): void;
  /** Before an update: what this endpoint may not change is taken from `old` (usually the status, or all but the status). */
  prepareForUpdate?(object: KubeObject, old: KubeObject, context: WriteContext): void;
  /** Semantic validation; the metadata is already validated (but see `metaOnCreate`), the schema already holds. */
  validate?(object: KubeObject, errors: FieldErrors, context: WriteContext): void;
  validateUpdate?(object: KubeObject, old: KubeObject, errors: FieldErrors, context: WriteContext): void;
  /** `own`: `validate` looks at a new object's metadata itself, or not at all. Absent: it is looked at before. */
  readonly metaOnCreate?: 'own';
  /**
   * Every update is held against the rules of metadata once; upstream's kinds repeat them in their own validation, so
   * that a mistake there is told more than once. These are the repetitions, in their order. Absent: `change`.
   */
  readonly metaOnUpdate?: readonly MetaRules[];
  /** Texts for `Warning` headers. `old` is absent on create. */
  warnings?(object: KubeObject, old: KubeObject | undefined): readonly string[];
  /** After validation: brings the object into the form in which it is stored. */
  canonicalize?(object: KubeObject): void;
  /**
   * Dotted paths that this endpoint resets, so that nobody owns them by writing here (upstream: GetResetFields).
   * Absent: `status` for a resource with a status subresource, `spec` for that subresource, nothing otherwise.
   */
  readonly resetFields?: readonly string[];
}

/** `content`: what metadata may contain, as on a create; `change`: what an update may change. */
export type MetaRules = 'content' | 'change';

/** What a write does beside writing the object: allocation, checks against other objects. Failure stops the write. */
export interface WriteHook {
  /** Name for logs. */
  readonly name: string;
  /** Runs after admission and validation, before the store transaction. Returns how to undo it if the write then fails. */
  before?(
    operation: 'create' | 'update' | 'delete',
    object: KubeObject,
    old: KubeObject | undefined,
    services: RegistryServices,
    dryRun: boolean,
  ): Promise<(() => Promise<void>) | undefined>;
  /** Runs after the write is durable. */
  after?(
    operation: 'create' | 'update' | 'delete',
    object: KubeObject,
    old: KubeObject | undefined,
    services: RegistryServices,
  ): Promise<void>;
}

/** What hooks and special subresources may use. Filled by the machinery (`registry.ts`). */
export interface RegistryServices {
  /** Reads straight from the store (linearizable); undefined when there is none. */
  get(resource: GroupResource, namespace: string | undefined, name: string): Promise<KubeObject | undefined>;
  list(resource: GroupResource, namespace: string | undefined): Promise<readonly KubeObject[]>;
  /**
   * Reads, changes by `mutate` (which may throw a StatusError) and writes back, again on conflict. Runs no admission.
   * `mutate` gets a copy that it may change, and returns what to write, or undefined to leave it.
   */
  update(
    resource: GroupResource,
    namespace: string | undefined,
    name: string,
    mutate: (object: KubeObject) => KubeObject | undefined,
    options?: {
      /** What changes is the API server's own, as its managed fields tell; `status`: it changes it through that endpoint. */
      readonly owned?: boolean | 'status';
    },
  ): Promise<KubeObject>;
  /**
   * Writes a new object as it is, with uid and creation time set. Runs no admission, defaulting or validation.
   * @throws StatusError AlreadyExists
   */
  create(resource: GroupResource, object: KubeObject): Promise<KubeObject>;
  delete(
    resource: GroupResource,
    namespace: string | undefined,
    name: string,
    options: {
      readonly gracePeriodSeconds?: number;
      readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
      readonly dryRun?: boolean;
    },
    user: UserInfo,
  ): Promise<KubeObject>;
  /** A record beside the objects, at exactly this key (`/registry/ranges/servicenodeports`); undefined when there is none. */
  getRecord(key: string): Promise<{ readonly value: Uint8Array; readonly modRevision: number } | undefined>;
  /** Writes a record if it is still at `modRevision` (0: does not exist); false when it is not. */
  swapRecord(key: string, modRevision: number, value: Uint8Array): Promise<boolean>;
  readonly nowMs: () => number;
  readonly random: import('../../base/random.ts').Random;
}

export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

/**
 * A part of a resource with an endpoint of its own. `status`-like ones write the same object with another strategy;
 * `scale`-like ones show the object as another kind; `special` ones (binding, eviction, log, token …) answer by
 * themselves.
 */
export type SubresourceRow =
  | { readonly type: 'part'; readonly verbs: readonly Verb[]; readonly strategy: WriteStrategy }
  | {
      readonly type: 'view';
      readonly verbs: readonly Verb[];
      readonly group: string;
      readonly version: string;
      readonly kind: string;
      /** The name of its generated schema (`V1Scale`). */
      readonly model: string;
      /** The object's field that the view's `spec.replicas` stands for; absent: `['spec', 'replicas']`. */
      readonly managedPath?: readonly string[];
      /** Its columns. */
      readonly table: TableSpec;
      /** The view of an object. */
      show(object: KubeObject): KubeObject;
      /** Writes the view's changes into a copy of the object; validates. */
      apply(view: KubeObject, object: KubeObject, errors: FieldErrors): void;
    }
  | {
      readonly type: 'special';
      readonly verbs: readonly Verb[];
      readonly group: string;
      readonly version: string;
      readonly kind: string;
      readonly model: string;
      /** A connection to what is behind the object: what its query may say; `tail`: a path may follow, and any method is passed on. */
      readonly connect?: { readonly parameters: readonly Parameter[]; readonly tail: boolean };
      /** It answers text, not an object: what its query may say. */
      readonly text?: { readonly parameters: readonly Parameter[] };
      /** `object` is the decoded, schema-checked body (undefined for get). Answers an object, or text for logs; or throws a StatusError. */
      handle(request: SpecialRequest, services: RegistryServices): Promise<SpecialAnswer>;
    };

export interface SpecialRequest {
  readonly verb: Verb;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly body: KubeObject | undefined;
  readonly query: URLSearchParams;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** For the audit log. */
  annotate(key: string, value: string): void;
}

export type SpecialAnswer =
  | { readonly code: number; readonly object: KubeObject }
  | { readonly code: number; readonly contentType: string; readonly body: string | AsyncIterable<Uint8Array> };

export interface ResourceRow {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The plural, in lower case. */
  readonly resource: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly Verb[];
  /** The generated schema's name: `V1Pod`. '' for a CRD, which brings `schema`. */
  readonly model: string;
  /** A CRD's own structural schema (OpenAPI v3), in place of a generated one. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** The kind of its lists, when it is not `<kind>List`. */
  readonly listKind?: string;
  /** `/registry/pods`, without a slash at the end: exactly where kube-apiserver keeps it. */
  readonly storagePrefix: string;
  /**
   * For a version that is not the one stored (autoscaling/v1): conversion from and to the stored one. Absent: this row's
   * version is the stored one. Rows of one resource share their `storagePrefix`.
   */
  readonly conversion?: { fromStored(object: KubeObject): KubeObject; toStored(object: KubeObject): KubeObject };
  readonly strategy: WriteStrategy;
  /** How what is written through a row with a conversion is treated, as it is stored. Absent: as the stored row treats it. */
  readonly storedStrategy?: WriteStrategy;
  /** What `metadata.name` must be. */
  readonly nameRule: NameRule;
  /**
   * When `metadata.generation` goes up: with `spec`, it starts at 1 and goes up whenever `spec` changes;
   * a list of top-level fields does the same for those; `none`: the resource has no generation.
   */
  readonly generation: 'spec' | 'none' | readonly string[];
  /** An empty list or map in place of none makes `metadata.generation` go up, too, though it is stored as none. */
  readonly generationCountsEmpty?: boolean;
  /** PUT of an object that does not exist creates it. */
  readonly allowCreateOnUpdate?: boolean;
  /** PUT without a resourceVersion is allowed. Upstream's default for nearly all: true. */
  readonly allowUnconditionalUpdate?: boolean;
  /** Never stored (TokenReview, SubjectAccessReview …): create answers at once. */
  readonly virtual?: {
    create(object: KubeObject, request: SpecialRequest, services: RegistryServices): Promise<KubeObject>;
  };
  /** Never stored either, but looked at whenever somebody reads them (ComponentStatus). */
  readonly observe?: (services: RegistryServices) => Promise<readonly KubeObject[]>;
  /** What every request for the resource is warned of: `v1 Endpoints is deprecated in v1.33+; use …`. */
  readonly deprecation?: string;
  /** Graceful deletion: the period to grant, given what the client asked (undefined: nothing). Absent or 0: immediate. */
  readonly gracefulDeletion?: (object: KubeObject, requestedSeconds: number | undefined) => number;
  /** What a deletion without propagationPolicy does with dependents (upstream: Background for nearly all). `Unsupported`: never waits for dependents (events). */
  readonly defaultPropagation?: 'Background' | 'Orphan' | 'Unsupported';
  /** Said to whoever deletes and leaves it to `defaultPropagation` what becomes of dependents. */
  readonly defaultPropagationWarning?: string;
  /** A deletion answers the object as it was last (pods, services, service accounts …), not a Status. */
  readonly returnsDeletedObject?: boolean;
  /** Finalizers kept elsewhere than in the metadata: namespaces' `spec.finalizers`. */
  readonly ownFinalizers?: {
    /** True: something still has to happen before the object may go. */
    pending(object: KubeObject): boolean;
    /** The first deletion request, which only marks: sets what tells that the object is going (deletionTimestamp is set already). */
    begin(object: KubeObject): void;
  };
  /** Its deletion looks at preconditions before the generic one does, and has words of its own for it (namespaces, CRDs). */
  readonly checksOwnPreconditions?: boolean;
  /** Finalizers without a domain have to be upstream's own. */
  readonly standardFinalizers?: boolean;
  /** Seconds after which the store forgets an object (events). */
  readonly ttlSeconds?: number;
  /** Kept and used by the server itself, but served to nobody: at no path, in no document (`--runtime-config`). */
  readonly hidden?: boolean;
  readonly hooks?: readonly WriteHook[];
  readonly table: TableSpec;
  /** Field selectors beyond metadata.name and metadata.namespace: label to value ('' when unset). */
  readonly fieldLabels?: Readonly<Record<string, (object: KubeObject) => string>>;
  /** The complaint about another label, where it is not the usual one. */
  readonly fieldLabelComplaint?: (field: string) => string;
  readonly subresources: Readonly<Record<string, SubresourceRow>>;
}

/**
 * `subdomain`: RFC 1123 subdomain, 253; `label`: RFC 1123 label, 63; `label1035`: RFC 1035 label, 63 (services);
 * `path`: one path segment (roles); a function: its own messages, empty when valid.
 */
export type NameRule =
  | 'subdomain'
  | 'label'
  | 'label1035'
  | 'path'
  | ((name: string, prefix: boolean) => readonly string[]);
