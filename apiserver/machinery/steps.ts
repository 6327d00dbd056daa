/**
 * What the request chain is given from outside (`request-chain.ts` has the order): who calls, what they may do, what is
 * let in and changed on its way, what is written down. `apiserver/auth/` and `apiserver/admission/` implement these.
 *
 * Every answer may be given at once or as a promise: the chain awaits only promises, so that a step without I/O costs
 * no turn of the event loop.
 */
import type { ApiRequest } from './api-server.ts';
import type { KubeObject, ObjectMeta, RegistryServices, ResourceRow, UserInfo, Verb } from './resource-row.ts';

export type Awaitable<T> = T | Promise<T>;

/** Credentials were presented and are wrong: 401. `reason` is for the log, never for the client. */
export class AuthenticationFailure {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** What there is to say about credentials beside whose they are: to the client, and to the audit log. */
export interface CredentialNotes {
  warn(text: string): void;
  annotate(key: string, value: string): void;
}

export interface Authenticator {
  /** A user; or a failure when what was presented is wrong; or undefined when nothing was presented that it knows. */
  authenticate(request: ApiRequest, notes?: CredentialNotes): Awaitable<UserInfo | AuthenticationFailure | undefined>;
}

/** What a request wants to do, as k8s.io/apiserver/pkg/authorization/authorizer.Attributes. */
export interface AuthorizationAttributes {
  readonly user: UserInfo;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, `impersonate` …; for other paths the method in lower case. */
  readonly verb: string;
  /** False: a path outside the resources (`/healthz`, `/version`, discovery); only `verb` and `path` count then. */
  readonly resourceRequest: boolean;
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** '' for the resource itself. */
  readonly subresource: string;
  /** '' for cluster-scoped resources and for all namespaces. */
  readonly namespace: string;
  /** '' for the whole collection. */
  readonly name: string;
  readonly path: string;
  /** The raw selectors of a list, watch or deletecollection, when given and parseable. */
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export interface AuthorizationDecision {
  readonly decision: 'allow' | 'deny' | 'noOpinion';
  /** In words; with `noOpinion` and `deny` it ends up in the 403's message when not ''. */
  readonly reason: string;
}

export interface Authorizer {
  authorize(attributes: AuthorizationAttributes): Awaitable<AuthorizationDecision>;
}

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

export interface AdmissionAttributes {
  readonly operation: AdmissionOperation;
  /** The resource; with a subresource, the one it belongs to. */
  readonly row: ResourceRow;
  /** '' for the resource itself. */
  readonly subresource: string;
  /** '' for cluster-scoped resources. */
  readonly namespace: string;
  /** '' when a create leaves the name to the server and it is not drawn yet. */
  readonly name: string;
  /** Defaulted. `mutate` changes it in place, or sets another. Undefined for DELETE. With a view (scale) or special subresource it is that kind. */
  object: KubeObject | undefined;
  /** Frozen. For UPDATE and DELETE. */
  readonly old: KubeObject | undefined;
  /** CreateOptions, UpdateOptions, PatchOptions or DeleteOptions as an object. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  readonly nowMs: number;
  /** A text for a `Warning` header. */
  warn(text: string): void;
  /** An annotation for the audit event. */
  annotate(key: string, value: string): void;
}

/** One admission plugin. A refusal is a thrown `StatusError` (`status.ts`: `forbidden` …). */
export interface AdmissionStep {
  /** As upstream's plugin names: `NamespaceLifecycle`. */
  readonly name: string;
  /** Asked before every call; must be cheap. */
  handles(operation: AdmissionOperation, row: ResourceRow, subresource: string): boolean;
  mutate?(attributes: AdmissionAttributes, services: RegistryServices): Awaitable<void>;
  /** `attributes.object` is frozen in spirit: it must not be changed any more. */
  validate?(attributes: AdmissionAttributes, services: RegistryServices): Awaitable<void>;
}

/** One stage of one request, for the audit log (audit.k8s.io/v1 Event says what each means). */
export interface AuditRecord {
  readonly auditId: string;
  readonly stage: 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';
  readonly requestUri: string;
  readonly verb: string;
  /** Who calls; of requests that nobody's credentials came with, a user without a name. */
  readonly user: UserInfo;
  /** Whom the caller acts as, when that is another. */
  readonly impersonated: UserInfo | undefined;
  readonly sourceIps: readonly string[];
  readonly userAgent: string;
  /** By the caller. */
  readonly attributes: AuthorizationAttributes;
  readonly code: number | undefined;
  /** What the object that was sent says of itself. */
  readonly sentMeta: ObjectMeta | undefined;
  /** The object, the patch or the options that were sent. */
  readonly requestObject: unknown;
  readonly responseObject: KubeObject | undefined;
  readonly receivedMs: number;
  readonly stageMs: number;
  readonly annotations: Readonly<Record<string, string>>;
}

export const auditLevels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type AuditLevel = (typeof auditLevels)[number];

export interface AuditSink {
  /** How much is wanted of a request. */
  levelOf(attributes: AuthorizationAttributes): AuditLevel;
  /**
   * Must neither throw nor reject, and must bound what it holds. False: it could not be written, and the request must not go on.
   * A promise where requests are to wait for it.
   */
  record(record: AuditRecord): Awaitable<boolean>;
}

/** Where flow control puts a request. */
export interface FlowClassification {
  readonly level: string;
  /** '' for one that is not stored. */
  readonly levelUid: string;
  readonly schemaUid: string;
}

export interface FlowControl {
  /**
   * A place for the request, to be released when it is done; undefined: no place, 429 with `Retry-After`. Long-running
   * requests (watches, logs) release as soon as they have started.
   */
  acquire(request: {
    readonly user: UserInfo;
    readonly attributes: AuthorizationAttributes;
    readonly longRunning: boolean;
    /** Nobody waits for it any more. */
    readonly gone: boolean;
    /** Told at once where the request belongs. */
    readonly classified?: (where: FlowClassification) => void;
  }): Awaitable<(() => void) | undefined>;
  /** How long those whom a level refuses are to stay away; to be asked for each of them. */
  retryAfterSeconds?(level: string): number;
}

/** Verbs that change something: what admission, audit and flow control call a mutating request. */
export const mutatingVerbs: ReadonlySet<Verb | string> = new Set([
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
]);
