import { describe, expect, it } from 'vitest';
import { ingressRow } from '../../../../apiserver/resources/networking/ingress.ts';
import { ingressClassRow } from '../../../../apiserver/resources/networking/ingress-class.ts';
import { cellsOf, created, refused, updated, updateRefused, warnedOf } from '../row-fixture.ts';

const backend = { service: { name: 'web', port: { number: 80 } } };

function withPath(more: object, host?: string): object {
  const paths = [{ path: '/', pathType: 'Prefix', backend, ...more }];
  return { spec: { rules: [{ ...(host === undefined ? {} : { host }), http: { paths } }] } };
}

const PATH = 'spec.rules[0].http.paths[0]';

describe('ingresses', () => {
  it.each([
    ['a rule', withPath({}), []],
    ['a backend alone', { spec: { defaultBackend: backend } }, []],
    ['nothing', {}, ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified']],
    [
      'two classes',
      {
        metadata: { annotations: { 'kubernetes.io/ingress.class': 'a' } },
        spec: { ingressClassName: 'b', defaultBackend: backend },
      },
      [
        'annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified',
      ],
    ],
    [
      'an address for a host',
      withPath({}, '10.0.0.1'),
      ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
    ],
    ['a wildcard', withPath({}, '*.example.com'), []],
    [
      'a wildcard in the middle',
      withPath({}, 'a.*.com'),
      [
        expect.stringContaining(
          'spec.rules[0].host: Invalid value: "a.*.com": a wildcard DNS-1123 subdomain must start',
        ),
      ],
    ],
    ['no paths', { spec: { rules: [{ http: {} }] } }, ['spec.rules[0].http.paths: Required value']],
    [
      'a path without a type',
      withPath({ pathType: undefined }),
      [`${PATH}.pathType: Required value: pathType must be specified`],
    ],
    [
      'a path of an unknown type',
      withPath({ pathType: 'Regex' }),
      [`${PATH}.pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"`],
    ],
    ['a relative path', withPath({ path: 'a' }), [`${PATH}.path: Invalid value: "a": must be an absolute path`]],
    [
      'a path of tricks',
      withPath({ path: '/a//b/..' }),
      [
        `${PATH}.path: Invalid value: "/a//b/..": must not contain '//'`,
        `${PATH}.path: Invalid value: "/a//b/..": cannot end with '/..'`,
      ],
    ],
    [
      'any path, when that is up to the controller',
      withPath({ path: '/a//b', pathType: 'ImplementationSpecific' }),
      [],
    ],
    [
      'no backend',
      withPath({ backend: {} }),
      [`${PATH}.backend: Invalid value: "": resource or service backend is required`],
    ],
    [
      'two backends',
      withPath({ backend: { ...backend, resource: { kind: 'A', name: 'a' } } }),
      [`${PATH}.backend: Invalid value: "": cannot set both resource and service backends`],
    ],
    [
      'a resource without kind and name',
      withPath({ backend: { resource: { apiGroup: '-' } } }),
      [
        expect.stringContaining(`${PATH}.backend.resource.apiGroup: Invalid value: "-"`),
        `${PATH}.backend.resource.kind: Required value`,
        `${PATH}.backend.resource.name: Required value`,
      ],
    ],
    [
      'a service without port',
      withPath({ backend: { service: {} } }),
      [
        `${PATH}.backend.service.name: Required value`,
        `${PATH}.backend: Required value: port name or number is required`,
      ],
    ],
    [
      'a port by both',
      withPath({ backend: { service: { name: 'web', port: { name: 'http', number: 80 } } } }),
      [`${PATH}.backend: Invalid value: "": cannot set both port name & port number`],
    ],
    [
      'a port out of range',
      withPath({ backend: { service: { name: 'web', port: { number: 70000 } } } }),
      [`${PATH}.backend.service.port.number: Invalid value: 70000: must be between 1 and 65535, inclusive`],
    ],
    [
      'a bad secret',
      { spec: { defaultBackend: backend, tls: [{ secretName: '-' }] } },
      [expect.stringContaining('spec.tls[0].secretName: Invalid value: "-": a lowercase RFC 1123 subdomain')],
    ],
  ])('judge %s', (_, ingress, complaints) => {
    expect(refused(ingressRow, ingress)).toEqual(complaints);
  });

  it('may keep what older rules allowed', () => {
    const old = {
      spec: { defaultBackend: backend, tls: [{ secretName: '-' }], rules: [{ host: '*.a.com', http: {} }] },
    };
    expect(updateRefused(ingressRow, old, old)).toEqual([]);
  });

  it('keep their status but at its own endpoint', () => {
    const status = { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } };
    expect(created(ingressRow, { ...withPath({}), status }).status).toEqual({ loadBalancer: {} });
    expect(updated(ingressRow, withPath({}), { ...withPath({}), status }).status).toEqual({ loadBalancer: {} });
    const written = updated(ingressRow, withPath({}), { spec: {}, status }, 'status');
    expect(written).toMatchObject({ ...withPath({}), status });
  });

  it('judge addresses in the status', () => {
    const ingress = [{ ip: '010.0.0.1' }, { hostname: '10.0.0.1' }];
    const status = { loadBalancer: { ingress } };
    expect(updateRefused(ingressRow, withPath({}), { status }, 'status')).toEqual([
      'status.loadBalancer.ingress[0].ip: Invalid value: "010.0.0.1": must not have leading 0s',
      'status.loadBalancer.ingress[1].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
    ]);
  });

  it('warn of the class annotation', () => {
    const metadata = { annotations: { 'kubernetes.io/ingress.class': 'a' } };
    expect(warnedOf(ingressRow, { metadata, ...withPath({}) })).toEqual([
      'annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead',
    ]);
  });

  it('show hosts and addresses', () => {
    const rules = ['a', 'b', 'c', 'd', 'e'].map((host) => ({ host }));
    const ingress = [{ ip: '10.0.0.2' }, { hostname: 'b.com' }, { ip: '10.0.0.1' }, { ip: '10.0.0.2' }];
    const status = { loadBalancer: { ingress } };
    expect(cellsOf(ingressRow, { spec: { rules, tls: [{}], ingressClassName: 'k' }, status }).slice(1, 5)).toEqual([
      'k',
      'a,b,c + 2 more...',
      '10.0.0.1,10.0.0.2,b.com',
      '80, 443',
    ]);
    expect(cellsOf(ingressRow, {}).slice(1, 5)).toEqual(['<none>', '*', '', '80']);
  });
});

describe('ingress classes', () => {
  const controller = 'example.com/controller';

  it.each([
    ['a controller', { controller }, []],
    ['none', {}, ['spec.controller: Required value']],
    [
      'a controller without domain',
      { controller: 'x' },
      ['spec.controller: Invalid value: "x": must be a domain-prefixed path (such as "acme.io/foo")'],
    ],
    [
      'parameters of a wrong scope',
      { controller, parameters: { kind: 'A', name: 'a', scope: 'Galaxy' } },
      ['spec.parameters.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespace"'],
    ],
    [
      'a namespace missing',
      { controller, parameters: { kind: 'A', name: 'a', scope: 'Namespace' } },
      ["spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"],
    ],
    [
      'a namespace too much',
      { controller, parameters: { kind: 'A', name: 'a', namespace: 'n' } },
      ["spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"],
    ],
  ])('judge %s', (_, spec, complaints) => {
    expect(refused(ingressClassRow, { spec })).toEqual(complaints);
  });

  it('keep their controller', () => {
    expect(updateRefused(ingressClassRow, { spec: { controller } }, { spec: { controller: 'b.com/c' } })).toEqual([
      'spec.controller: Invalid value: "b.com/c": field is immutable',
    ]);
  });

  it('show which one is the default', () => {
    const metadata = { name: 'k', annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } };
    const parameters = { apiGroup: 'g.com', kind: 'A', name: 'a' };
    expect(cellsOf(ingressClassRow, { metadata, spec: { controller, parameters } }).slice(0, 3)).toEqual([
      'k (default)',
      controller,
      'A.g.com/a',
    ]);
  });
});
