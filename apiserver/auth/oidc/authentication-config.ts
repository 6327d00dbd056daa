/**
 * `--authentication-config`: which issuers' tokens are accepted, what is made of their claims, and which paths are open
 * to anonymous requests (apiserver.config.k8s.io, AuthenticationConfiguration). Field names, defaults and complaints are
 * upstream's (k8s.io/apiserver/pkg/apis/apiserver/validation).
 */

import { CelCompiler, type CelExpression } from '../../machinery/cel/cel-expression.ts';
import { dns1123SubdomainComplaints } from '../../machinery/name-formats.ts';
import { parseCertificate } from '../certificates.ts';
import { type ConfigNode, loadConfigFile } from '../config-file.ts';

const GROUP = 'apiserver.config.k8s.io';
const ISSUERS_MAX = 64;

export type StringMapping =
  | { readonly type: 'claim'; readonly claim: string; readonly prefix: string }
  | { readonly type: 'expression'; readonly expression: CelExpression };

export interface JwtIssuer {
  readonly url: string;
  readonly discoveryUrl?: string;
  /** PEM */
  readonly authorities?: string;
  readonly audiences: readonly string[];
  readonly username: StringMapping;
  readonly groups?: StringMapping;
  readonly uid?: StringMapping;
  readonly extra: readonly { readonly key: string; readonly expression: CelExpression }[];
  readonly requiredClaims: readonly { readonly claim: string; readonly value: string }[];
  readonly claimRules: readonly ValidationRule[];
  readonly userRules: readonly ValidationRule[];
}

export interface ValidationRule {
  readonly expression: CelExpression;
  readonly message: string;
}

export interface AuthenticationConfig {
  readonly issuers: readonly JwtIssuer[];
  /** Undefined: the file says nothing of them. */
  readonly anonymous?: boolean | readonly string[];
}

/** UsageError with file, field and reason. `disallowedIssuers`: those of our own service accounts. */
export async function loadAuthenticationConfig(
  file: string,
  disallowedIssuers: readonly string[],
): Promise<AuthenticationConfig> {
  const versions = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `${GROUP}/${version}`);
  return readAuthenticationConfig(
    await loadConfigFile(file, 'AuthenticationConfiguration', versions),
    disallowedIssuers,
  );
}

export function readAuthenticationConfig(node: ConfigNode, disallowedIssuers: readonly string[]): AuthenticationConfig {
  node.only('apiVersion', 'kind', 'jwt', 'anonymous');
  const list = node.field('jwt');
  const items = list.items();
  if (items.length > ISSUERS_MAX) list.fail(`must have at most ${ISSUERS_MAX} items`);
  const compilers: Compilers = {
    claims: new CelCompiler({ name: 'claims', type: 'map<string, dyn>' }),
    user: new CelCompiler({ name: 'user', type: USER }),
  };
  const issuers = items.map((item) => readIssuer(item, compilers, disallowedIssuers));
  issuers.forEach((issuer, index) => {
    const earlier = issuers.slice(0, index);
    const where = items[index]?.field('issuer');
    if (earlier.some(({ url }) => url === issuer.url)) where?.field('url').fail('Duplicate value');
    if (issuer.discoveryUrl !== undefined && earlier.some(({ discoveryUrl }) => discoveryUrl === issuer.discoveryUrl)) {
      where?.field('discoveryURL').fail('Duplicate value');
    }
  });
  const anonymous = readAnonymous(node.field('anonymous'));
  return { issuers, ...(anonymous === undefined ? {} : { anonymous }) };
}

const USER = { username: 'string', uid: 'string', groups: 'list<string>', extra: 'map<string, list<string>>' };

interface Compilers {
  readonly claims: CelCompiler;
  readonly user: CelCompiler;
}

function readAnonymous(node: ConfigNode): boolean | readonly string[] | undefined {
  if (!node.present) return undefined;
  node.only('enabled', 'conditions');
  const enabled = node.field('enabled').optionalBoolean() ?? false;
  const conditions = node.field('conditions');
  const paths = conditions.items().map((condition) => {
    condition.only('path');
    return condition.field('path').text();
  });
  if (!enabled && paths.length > 0) conditions.fail('enabled should be set to true when conditions are defined');
  return enabled && paths.length > 0 ? paths : enabled;
}

function readIssuer(node: ConfigNode, compilers: Compilers, disallowed: readonly string[]): JwtIssuer {
  node.only('issuer', 'claimValidationRules', 'claimMappings', 'userValidationRules');
  const issuer = node.field('issuer');
  issuer.only('url', 'discoveryURL', 'certificateAuthority', 'audiences', 'audienceMatchPolicy', 'egressSelectorType');
  const url = issuer.field('url').optionalText() ?? '';
  if (url === '') issuer.field('url').fail('Required value');
  if (disallowed.includes(url)) {
    issuer.field('url').fail(`URL must not overlap with disallowed issuers: [${[...disallowed].sort().join(' ')}]`);
  }
  judgeUrl(issuer.field('url'), url);
  const discoveryUrl = readDiscoveryUrl(issuer.field('discoveryURL'), url);
  const authorities = readAuthorities(issuer.field('certificateAuthority'));
  if (issuer.field('egressSelectorType').present) {
    issuer.field('egressSelectorType').fail('there are no egress selectors here: leave it out');
  }
  const rules = readClaimRules(node.field('claimValidationRules'), compilers.claims);
  const mappings = readMappings(node.field('claimMappings'), compilers.claims, rules.expressions);
  return {
    url,
    audiences: readAudiences(issuer),
    ...(discoveryUrl === undefined ? {} : { discoveryUrl }),
    ...(authorities === undefined ? {} : { authorities }),
    requiredClaims: rules.required,
    claimRules: rules.expressions,
    ...mappings,
    userRules: readUserRules(node.field('userValidationRules'), compilers.user),
  };
}

function judgeUrl(node: ConfigNode, text: string): void {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    node.fail(`${JSON.stringify(text)} is no URL`);
  }
  if (url.protocol !== 'https:') node.fail('URL scheme must be https');
  if (url.username !== '' || url.password !== '') node.fail('URL must not contain a username or password');
  if (text.includes('?')) node.fail('URL must not contain a query');
  if (text.includes('#')) node.fail('URL must not contain a fragment');
}

function readDiscoveryUrl(node: ConfigNode, issuer: string): string | undefined {
  const text = node.optionalText() ?? '';
  if (text === '') return undefined;
  const bare = (each: string): string => each.replace(/\/$/, '');
  if (bare(text) === bare(issuer)) node.fail('discoveryURL must be different from URL');
  judgeUrl(node, text);
  return text;
}

function readAuthorities(node: ConfigNode): string | undefined {
  const pem = node.optionalText() ?? '';
  if (pem === '') return undefined;
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) node.fail('holds no PEM block of type CERTIFICATE');
  for (const block of blocks) {
    const certificate = parseCertificate(block);
    if (typeof certificate === 'string') node.fail(certificate);
  }
  return pem;
}

function readAudiences(issuer: ConfigNode): readonly string[] {
  const list = issuer.field('audiences');
  const audiences = list.texts();
  if (audiences.length === 0) list.fail('Required value: at least one audience is required');
  list.items().forEach((item, index) => {
    if (audiences[index] === '') item.fail('Required value');
    if (audiences.indexOf(audiences[index] ?? '') !== index) item.fail('Duplicate value');
  });
  const policy = issuer.field('audienceMatchPolicy').optionalText() ?? '';
  if (audiences.length > 1 && policy !== 'MatchAny') {
    issuer.field('audienceMatchPolicy').fail('audienceMatchPolicy must be MatchAny for multiple audiences');
  }
  if (policy !== '' && policy !== 'MatchAny') {
    issuer.field('audienceMatchPolicy').fail('audienceMatchPolicy must be empty or MatchAny for single audience');
  }
  return audiences;
}

function readClaimRules(
  list: ConfigNode,
  compiler: CelCompiler,
): { required: JwtIssuer['requiredClaims']; expressions: ValidationRule[] } {
  const required: { claim: string; value: string }[] = [];
  const expressions: ValidationRule[] = [];
  for (const rule of list.items()) {
    rule.only('claim', 'requiredValue', 'expression', 'message');
    const [claim, text] = [textOf(rule, 'claim'), textOf(rule, 'expression')];
    if (claim !== '' && text !== '') rule.fail("claim and expression can't both be set");
    if (claim === '' && text === '') rule.fail('Required value: claim or expression is required');
    const message = textOf(rule, 'message');
    const value = textOf(rule, 'requiredValue');
    if (claim !== '') {
      if (message !== '') rule.field('message').fail('may not be specified when claim is set');
      if (required.some((each) => each.claim === claim)) rule.field('claim').fail('Duplicate value');
      required.push({ claim, value });
    } else {
      if (value !== '') rule.field('requiredValue').fail('may not be specified when expression is set');
      const expression = compile(rule.field('expression'), compiler, ['bool']);
      if (expressions.some((each) => each.expression.text === text)) rule.field('expression').fail('Duplicate value');
      expressions.push({ expression, message });
    }
  }
  return { required, expressions };
}

function readUserRules(list: ConfigNode, compiler: CelCompiler): ValidationRule[] {
  const rules: ValidationRule[] = [];
  for (const rule of list.items()) {
    rule.only('expression', 'message');
    const text = textOf(rule, 'expression');
    if (text === '') rule.field('expression').fail('Required value');
    if (rules.some((each) => each.expression.text === text)) rule.field('expression').fail('Duplicate value');
    const expression = compile(rule.field('expression'), compiler, ['bool']);
    rules.push({ expression, message: textOf(rule, 'message') });
  }
  return rules;
}

function readMappings(
  node: ConfigNode,
  compiler: CelCompiler,
  rules: readonly ValidationRule[],
): Pick<JwtIssuer, 'username' | 'groups' | 'uid' | 'extra'> {
  node.only('username', 'groups', 'uid', 'extra');
  const username = readMapping(node.field('username'), compiler, true);
  if (username === undefined) return node.field('username').fail('Required value: claim or expression is required');
  const groups = readMapping(node.field('groups'), compiler, true);
  const uid = readMapping(node.field('uid'), compiler, false);
  const extra = readExtra(node.field('extra'), compiler);
  if (username.type === 'expression' && username.expression.reads('email')) {
    const expressions = [username, ...extra, ...rules].map(({ expression }) => expression);
    if (!expressions.some((each) => each.reads('email_verified'))) {
      node
        .field('username')
        .field('expression')
        .fail(
          'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression',
        );
    }
  }
  return { username, extra, ...(groups === undefined ? {} : { groups }), ...(uid === undefined ? {} : { uid }) };
}

function readMapping(node: ConfigNode, compiler: CelCompiler, prefixed: boolean): StringMapping | undefined {
  if (!node.present) return undefined;
  node.only('claim', 'expression', ...(prefixed ? ['prefix'] : []));
  const [claim, text] = [textOf(node, 'claim'), textOf(node, 'expression')];
  if (claim !== '' && text !== '') node.fail("claim and expression can't both be set");
  const prefix = prefixed ? node.field('prefix').optionalText() : '';
  if (text !== '') {
    if (prefixed && prefix !== undefined) node.field('prefix').fail('may not be specified when expression is set');
    return { type: 'expression', expression: compile(node.field('expression'), compiler) };
  }
  if (claim === '') return undefined;
  if (prefix !== undefined) return { type: 'claim', claim, prefix };
  return node
    .field('prefix')
    .fail(
      'Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing',
    );
}

function readExtra(list: ConfigNode, compiler: CelCompiler): { key: string; expression: CelExpression }[] {
  const extra: { key: string; expression: CelExpression }[] = [];
  for (const item of list.items()) {
    item.only('key', 'valueExpression');
    const key = textOf(item, 'key');
    judgeExtraKey(item.field('key'), key);
    if (extra.some((each) => each.key === key)) item.field('key').fail('Duplicate value');
    if (textOf(item, 'valueExpression') === '') item.field('valueExpression').fail('Required value');
    extra.push({ key, expression: compile(item.field('valueExpression'), compiler) });
  }
  return extra;
}

function judgeExtraKey(node: ConfigNode, key: string): void {
  if (key === '') node.fail('Required value');
  const slash = key.indexOf('/');
  const [domain, path] = slash < 0 ? [key, ''] : [key.slice(0, slash), key.slice(slash + 1)];
  if (slash < 0 || domain === '' || path === '') {
    node.fail('must be a domain-prefixed path (such as "acme.io/foo")');
  }
  const [complaint] = dns1123SubdomainComplaints(domain);
  if (complaint !== undefined) node.fail(complaint);
  if (!/^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(path)) {
    node.fail("Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')");
  }
  if (key !== key.toLowerCase()) node.fail('must be lowercase');
  if (/(^|\.)(kubernetes|k8s)\.io$/.test(domain)) {
    node.fail('k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use');
  }
}

function compile(node: ConfigNode, compiler: CelCompiler, types?: readonly string[]): CelExpression {
  const compiled = compiler.compile(node.text(), types);
  return typeof compiled === 'string' ? node.fail(compiled) : compiled;
}

function textOf(node: ConfigNode, field: string): string {
  return node.field(field).optionalText() ?? '';
}
