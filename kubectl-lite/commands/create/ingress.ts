/** `create ingress`: rules as `host/path*=service:port,tls=secret`. */
import { array, text } from '../../command-line/flag.ts';
import { Failure } from '../../failure.ts';
import { creation, metadataOf } from './creation.ts';
import { numberOrText } from './simple.ts';

const RULE = /^([^/,=]*)(\/[^,=]*)=([^,:=]+):([^,:=]+)(?:,(tls)(?:=([^,]+))?)?$/;

interface Rule {
  readonly host: string;
  readonly path: object;
}

export const ingress = creation({
  usage: 'NAME --rule=HOST/PATH=SERVICE:PORT[,tls[=SECRET]] [flags]',
  summary: 'make an ingress',
  flags: [
    array('rule', 'HOST/PATH=SERVICE:PORT[,tls[=SECRET]]; a * at the end means every path below; may be repeated'),
    text('class', 'the ingress class'),
    text('default-backend', 'SERVICE:PORT for everything else'),
    array('annotation', 'KEY=VALUE; may be repeated'),
  ],
  build(context, flags, name) {
    const specs = flags.texts('rule');
    const standard = flags.text('default-backend');
    if (specs.length === 0 && standard === '')
      throw new Failure(
        'not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)',
      );
    const annotations = Object.fromEntries(
      flags.texts('annotation').map((pair) => {
        const [key = '', value] = pair.split(/=(.*)/s);
        if (value === undefined) throw new Failure(`annotation ${pair} is invalid and should be in format key=value`);
        return [key, value];
      }),
    );
    const className = flags.text('class');
    const { rules, tls } = parsed(specs);
    return {
      kind: 'Ingress',
      apiVersion: 'networking.k8s.io/v1',
      metadata: metadataOf(context, name, Object.keys(annotations).length === 0 ? {} : { annotations }),
      spec: {
        ...(className === '' ? {} : { ingressClassName: className }),
        ...(standard === '' ? {} : { defaultBackend: backendOf(standard) }),
        ...(tls.length === 0 ? {} : { tls }),
        ...(rules.length === 0 ? {} : { rules }),
      },
    };
  },
});

function backendOf(text: string): object {
  const [service = '', port, ...more] = text.split(':');
  if (port === undefined || more.length > 0 || service === '')
    throw new Failure('default-backend should be in format servicename:serviceport');
  const number = numberOrText(port);
  return { service: { name: service, port: typeof number === 'number' ? { number } : { name: number } } };
}

function parsed(specs: readonly string[]): { rules: object[]; tls: object[] } {
  const found: Rule[] = [];
  const secrets = new Map<string, string[]>();
  for (const spec of specs) {
    const [, host, path = '', service = '', port = '', tls, secret = ''] = RULE.exec(spec) ?? [];
    if (host === undefined)
      throw new Failure(`rule ${spec} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
    const prefix = path.endsWith('*');
    found.push({
      host,
      path: {
        path: prefix ? path.slice(0, -1) : path,
        pathType: prefix ? 'Prefix' : 'Exact',
        backend: backendOf(`${service}:${port}`),
      },
    });
    if (tls !== undefined) {
      const hosts = secrets.get(secret) ?? [];
      if (host !== '' && !hosts.includes(host)) hosts.push(host);
      secrets.set(secret, hosts);
    }
  }
  const hosts = [...new Set(found.map(({ host }) => host))];
  return {
    rules: hosts.map((host) => ({
      ...(host === '' ? {} : { host }),
      http: { paths: found.filter((each) => each.host === host).map(({ path }) => path) },
    })),
    tls: [...secrets].map(([secret, names]) => ({
      ...(names.length === 0 ? {} : { hosts: names }),
      ...(secret === '' ? {} : { secretName: secret }),
    })),
  };
}
