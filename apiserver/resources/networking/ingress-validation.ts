/** What ingresses may say (pkg/apis/networking/validation). */
import { parseIp } from '../../../base/ip.ts';
import type {
  V1HTTPIngressPath,
  V1HTTPIngressRuleValue,
  V1Ingress,
  V1IngressBackend,
  V1IngressRule,
  V1IngressServiceBackend,
  V1IngressTLS,
} from '../../../generated/kubernetes.d.ts';
import { FieldErrors } from '../../machinery/field-errors.ts';
import { dns1123LabelComplaints, dns1123SubdomainComplaints } from '../../machinery/name-formats.ts';
import type { Filled } from '../row.ts';
import {
  addInvalid,
  checkSubdomain,
  portNameComplaints,
  portNumberComplaints,
  wildcardSubdomainComplaints,
} from '../validation/formats.ts';
import { checkIp } from '../validation/ips.ts';
import { checkTypedReference } from '../validation/references.ts';

type Ingress = Filled<V1Ingress>;

export const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

const NOT_A_NAME = 'must be a DNS name, not an IP address';
const BAD_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const BAD_SUFFIXES = ['/..', '/.'];

/** What was stored under older rules may stay. */
interface Leniency {
  readonly anySecretName: boolean;
  readonly anyWildcardRule: boolean;
}

const STRICT: Leniency = { anySecretName: false, anyWildcardRule: false };

export function validateIngress(ingress: Ingress, errors: FieldErrors): void {
  validateSpec(ingress, STRICT, errors);
  const annotation = ingress.metadata.annotations?.[CLASS_ANNOTATION];
  const { ingressClassName } = ingress.spec;
  if (annotation !== undefined && ingressClassName !== undefined && annotation !== ingressClassName) {
    const message = 'must match `ingressClassName` when both are specified';
    errors.invalid(`annotations.${CLASS_ANNOTATION}`, annotation, message);
  }
}

export function validateIngressUpdate(ingress: Ingress, old: Ingress, errors: FieldErrors): void {
  const { tls = [], rules = [] } = old.spec;
  validateSpec(
    ingress,
    {
      anySecretName: tls.some(({ secretName }) => secretNameComplaints(secretName).length > 0),
      anyWildcardRule: rules.some((rule) => isWildcard(rule.host ?? '') && !isValidRule(rule)),
    },
    errors,
  );
}

export function validateIngressStatus({ status }: Ingress, old: Ingress, errors: FieldErrors): void {
  const oldIps = (old.status.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
  for (const [index, { ip, hostname }] of (status.loadBalancer?.ingress ?? []).entries()) {
    const path = `status.loadBalancer.ingress[${index}]`;
    if (ip) checkIp(ip, `${path}.ip`, errors, oldIps);
    if (!hostname) continue;
    checkSubdomain(hostname, `${path}.hostname`, errors);
    if (parseIp(hostname) !== undefined) errors.invalid(`${path}.hostname`, hostname, NOT_A_NAME);
  }
}

function validateSpec({ spec }: Ingress, leniency: Leniency, errors: FieldErrors): void {
  const { defaultBackend, rules = [], tls = [], ingressClassName } = spec;
  if (rules.length === 0 && defaultBackend === undefined) {
    errors.invalid('spec', spec.rules ?? null, 'either `defaultBackend` or `rules` must be specified');
  }
  if (defaultBackend !== undefined) validateBackend(defaultBackend, 'spec.defaultBackend', errors);
  for (const [index, rule] of rules.entries()) validateRule(rule, leniency, `spec.rules[${index}]`, errors);
  for (const [index, each] of tls.entries()) validateTls(each, leniency, `spec.tls[${index}]`, errors);
  if (ingressClassName !== undefined) checkSubdomain(ingressClassName, 'spec.ingressClassName', errors);
}

function isWildcard(host: string): boolean {
  return host.includes('*');
}

function hostComplaints(host: string): readonly string[] {
  return isWildcard(host) ? wildcardSubdomainComplaints(host) : dns1123SubdomainComplaints(host);
}

function secretNameComplaints(name: string | undefined): readonly string[] {
  return name ? dns1123SubdomainComplaints(name) : [];
}

function validateTls({ hosts = [], secretName }: V1IngressTLS, leniency: Leniency, path: string, errors: FieldErrors) {
  for (const [index, host] of hosts.entries()) {
    addInvalid(errors, `${path}.hosts[${index}]`, host, hostComplaints(host));
  }
  if (leniency.anySecretName) return;
  addInvalid(errors, `${path}.secretName`, secretName, secretNameComplaints(secretName));
}

function validateRule(rule: V1IngressRule, leniency: Leniency, path: string, errors: FieldErrors): void {
  const { host = '', http } = rule;
  if (host !== '') {
    if (parseIp(host) !== undefined) errors.invalid(`${path}.host`, host, NOT_A_NAME);
    addInvalid(errors, `${path}.host`, host, hostComplaints(host));
  }
  if (http === undefined || (isWildcard(host) && leniency.anyWildcardRule)) return;
  validateHttp(http, `${path}.http`, errors);
}

function isValidRule({ http }: V1IngressRule): boolean {
  const errors = new FieldErrors();
  if (http !== undefined) validateHttp(http, '', errors);
  return errors.empty;
}

function validateHttp(http: V1HTTPIngressRuleValue, path: string, errors: FieldErrors): void {
  const paths = http.paths ?? [];
  if (paths.length === 0) errors.required(`${path}.paths`);
  for (const [index, each] of paths.entries()) validatePath(each, `${path}.paths[${index}]`, errors);
}

function validatePath(httpPath: V1HTTPIngressPath, path: string, errors: FieldErrors): void {
  const { path: value = '', backend } = httpPath;
  const pathType = httpPath.pathType as string | null;
  if (pathType === null) {
    errors.required(`${path}.pathType`, 'pathType must be specified');
    return;
  }
  const refuse = (why: string): void => errors.invalid(`${path}.path`, value, why);
  switch (pathType) {
    case 'Exact':
    case 'Prefix':
      if (!value.startsWith('/')) refuse('must be an absolute path');
      for (const sequence of BAD_SEQUENCES) if (value.includes(sequence)) refuse(`must not contain '${sequence}'`);
      for (const suffix of BAD_SUFFIXES) if (value.endsWith(suffix)) refuse(`cannot end with '${suffix}'`);
      break;
    case 'ImplementationSpecific':
      if (value !== '' && !value.startsWith('/')) refuse('must be an absolute path');
      break;
    default:
      errors.notSupported(`${path}.pathType`, pathType, ['Exact', 'ImplementationSpecific', 'Prefix']);
  }
  validateBackend(backend, `${path}.backend`, errors);
}

function validateBackend({ resource, service }: V1IngressBackend, path: string, errors: FieldErrors): void {
  if (resource !== undefined && service !== undefined) {
    errors.invalid(path, '', 'cannot set both resource and service backends');
  } else if (resource !== undefined) checkTypedReference(resource, `${path}.resource`, errors);
  else if (service !== undefined) validateService(service, path, errors);
  else errors.invalid(path, '', 'resource or service backend is required');
}

function validateService({ name, port = {} }: V1IngressServiceBackend, path: string, errors: FieldErrors): void {
  if (name === '') errors.required(`${path}.service.name`);
  else addInvalid(errors, `${path}.service.name`, name, dns1123LabelComplaints(name));
  const { name: portName, number } = port;
  if (portName && number) errors.invalid(path, '', 'cannot set both port name & port number');
  else if (portName) addInvalid(errors, `${path}.service.port.name`, portName, portNameComplaints(portName));
  else if (number) addInvalid(errors, `${path}.service.port.number`, number, portNumberComplaints(number));
  else errors.required(path, 'port name or number is required');
}
