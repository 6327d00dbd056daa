import { describe, expect, it } from 'vitest';
import { decodeBody } from '../../../apiserver/machinery/body-decoding.ts';
import { goSyntaxError, parseJson } from '../../../apiserver/machinery/json-text.ts';
import type { KubeObject } from '../../../apiserver/machinery/resource-row.ts';
import { StatusError } from '../../../apiserver/machinery/status.ts';
import { TypeNodes } from '../../../apiserver/machinery/type-nodes.ts';
import { decodeTyped, TypeMismatch } from '../../../apiserver/machinery/typed-decode.ts';
import { parseYaml } from '../../../apiserver/machinery/yaml-text.ts';
import { schemaSource } from './server-fixture.ts';

const types = new TypeNodes(schemaSource());
const pod = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  type: types.ofModel('V1Pod'),
  protobuf: undefined,
  knows: (apiVersion: string, kind: string) => apiVersion === 'v1' && (kind === 'Pod' || kind === 'Node'),
};

function decode(text: string, validation: 'Strict' | 'Warn' | 'Ignore' = 'Strict', format: 'json' | 'yaml' = 'json') {
  const warnings: string[] = [];
  let object: KubeObject | undefined;
  let message = '';
  try {
    object = decodeBody(Buffer.from(text), format, pod, validation, (warning) => warnings.push(warning));
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    message = error.message;
  }
  return { object, warnings, message };
}

function mismatch(value: unknown): string {
  try {
    decodeTyped(pod.type, value);
  } catch (error) {
    if (error instanceof TypeMismatch) return error.message;
    throw error;
  }
  return '';
}

describe('typed decoding', () => {
  it.each([
    [{ spec: 5 }, 'cannot restore struct from: int64'],
    [{ metadata: { labels: ['a'] } }, 'cannot restore map from slice'],
    [{ metadata: { labels: { a: 1 } } }, 'cannot convert int64 to string'],
    [{ metadata: { finalizers: 'x' } }, 'cannot restore slice from string'],
    [{ metadata: { ownerReferences: [{ uid: 5 }] } }, 'cannot convert int64 to types.UID'],
    [{ spec: { priority: 'x' } }, 'unrecognized type: int32'],
    [{ metadata: { creationTimestamp: 5 } }, 'json: cannot unmarshal number into Go value of type string'],
  ])('D1 fields that a patch put together: %j', (value, message) => {
    expect(() => decodeTyped(pod.type, value, 'unstructured')).toThrow(message);
  });

  it.each([
    [
      { spec: { containers: 'x' } },
      'json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container',
    ],
    [{ spec: 'x' }, 'json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec'],
    [
      { metadata: { labels: { a: 1 } } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    ],
    [
      { metadata: { labels: [] } },
      'json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
    ],
    [
      { metadata: { name: true } },
      'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.name of type string',
    ],
    [
      { spec: { containers: [{ image: {} }] } },
      'json: cannot unmarshal object into Go struct field Container.spec.containers.image of type string',
    ],
    [
      { spec: { containers: [{ ports: [{ containerPort: 1.5 }] }] } },
      'json: cannot unmarshal number 1.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    ],
    [
      { spec: { priority: 3000000000 } },
      'json: cannot unmarshal number 3000000000 into Go struct field PodSpec.spec.priority of type int32',
    ],
    [
      { spec: { containers: [{ resources: { requests: { cpu: 'lots' } } }] } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      { metadata: { creationTimestamp: 'yesterday' } },
      'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
    ],
    [
      { metadata: { creationTimestamp: '2026-13-01T00:00:00Z' } },
      'parsing time "2026-13-01T00:00:00Z": month out of range',
    ],
    [
      { spec: { containers: [{ livenessProbe: { httpGet: { port: true } } }] } },
      'json: cannot unmarshal bool into Go struct field HTTPGetAction.spec.containers.livenessProbe.ProbeHandler.httpGet.port of type int32',
    ],
    [
      { status: { conditions: [{ lastProbeTime: 5 }] } },
      'json: cannot unmarshal number into Go struct field PodCondition.status.conditions.lastProbeTime of type string',
    ],
    [
      { spec: { restartPolicy: 5 } },
      'json: cannot unmarshal number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy',
    ],
    [
      { spec: { containers: [{ securityContext: { capabilities: { add: [5] } } }] } },
      'json: cannot unmarshal number into Go struct field Capabilities.spec.containers.securityContext.capabilities.add of type v1.Capability',
    ],
    [
      { spec: { hostname: 5 }, metadata: { creationTimestamp: 'x' } },
      'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
    ],
    [[], 'json: cannot unmarshal array into Go value of type v1.Pod'],
  ])('D1 %j', (value, message) => {
    expect(mismatch(value)).toBe(message);
  });

  it('D5 drops nulls, brings times into their canonical form, knows case and __proto__', () => {
    const value: unknown = JSON.parse(
      '{"metadata":{"name":null,"labels":{"__proto__":"x","a":null},"creationTimestamp":"2026-01-02T03:04:05+02:00"},"Spec":{}}',
    );
    const decoded = decodeTyped(pod.type, value);
    const metadata = decoded.value.metadata as Record<string, unknown>;
    expect(metadata).not.toHaveProperty('name');
    expect(metadata.creationTimestamp).toBe('2026-01-02T01:04:05Z');
    expect(JSON.stringify(metadata.labels)).toBe('{"__proto__":"x","a":""}');
    expect(decoded.unknown).toEqual(['unknown field "Spec"']);
  });
});

describe('field validation', () => {
  const text =
    '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","name":"b"},"spec":{"bogus":1,"containers":[{"odd":2}]}}';
  const complaints = [
    'duplicate field "metadata.name"',
    'unknown field "spec.bogus"',
    'unknown field "spec.containers[0].odd"',
  ];

  it('D2 Strict names them all, Warn warns of each, Ignore is silent; none stays', () => {
    expect(decode(text, 'Strict').message).toBe(
      `Pod in version "v1" cannot be handled as a Pod: strict decoding error: ${complaints.join(', ')}`,
    );
    const warned = decode(text, 'Warn');
    expect(warned.warnings).toEqual(complaints);
    expect(warned.object?.spec).toEqual({ containers: [{}] });
    expect(warned.object?.metadata.name).toBe('b');
    const ignored = decode(text, 'Ignore');
    expect(ignored.warnings).toEqual([]);
    expect(ignored.object).toEqual(warned.object);
  });

  it('D2 repeated keys are found wherever they are, and only there', () => {
    const found = (json: string): readonly string[] => parseJson(json, true).duplicates;
    expect(found('{"a":1,"b":{"a":1,"a":2},"c":[{"d":1},{"d":1,"d":2}]}')).toEqual([
      'duplicate field "b.a"',
      'duplicate field "c[1].d"',
    ]);
    expect(found('{"a":"x:y","b\\"c":{":":1},"d":[":",{}]}')).toEqual([]);
    expect(found('{"\\u0061":1,"a":2}')).toEqual(['duplicate field "a"']);
    expect(parseYaml('a: 1\nb:\n  c: 1\n  c: 2\n', true).duplicates).toEqual(['line 4: key "c" already set in map']);
  });

  it('D8 what is odd is told in the order of the text; of YAML, in the order of its keys', () => {
    const text =
      '{"bogus":1,"spec":{"x":1,"containers":[{"image":"a","image":"b","y":2,"y":3}],"x":2},"metadata":{"name":"a","name":"b"}}';
    expect(decode(text, 'Warn').warnings).toEqual([
      'unknown field "bogus"',
      'unknown field "spec.x"',
      'duplicate field "spec.containers[0].image"',
      'unknown field "spec.containers[0].y"',
      'duplicate field "metadata.name"',
    ]);
    expect(decode('spec:\n  b: 1\n  a: 1\nc: 1\n', 'Warn', 'yaml').warnings).toEqual([
      'unknown field "c"',
      'unknown field "spec.a"',
      'unknown field "spec.b"',
    ]);
    const many = JSON.stringify(Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`x${index}`, 1])));
    expect(decode(many, 'Warn').warnings).toHaveLength(100);
    expect(decode('{"a\\u0007\\"":1}', 'Warn').warnings).toEqual(['unknown field "a\\a\\""']);
  });

  it.each([
    [
      '{"spec":{"activeDeadlineSeconds":1.0}}',
      '1.0 into Go struct field PodSpec.spec.activeDeadlineSeconds of type int64',
    ],
    ['{"spec":{"priority":1e3}}', '1e3 into Go struct field PodSpec.spec.priority of type int32'],
    ['{"spec":{"activeDeadlineSeconds":9223372036854775808}}', '9223372036854775808 into Go struct field'],
    ['{"spec":{"containers":[{"ports":[{"containerPort":99999999999999999999}]}]}}', '99999999999999999999 into Go'],
    ['{"spec":{"containers":[{"livenessProbe":{"httpGet":{"port":8e1}}}]}}', '8e1 into Go struct field'],
  ])('D7 %s is refused for the spelling of its number', (text, message) => {
    expect(decode(text).message).toContain(`json: cannot unmarshal number ${message}`);
  });

  it('D7 a number that fits is taken as it is spelled, in YAML by its value', () => {
    const cpu = decode('{"spec":{"overhead":{"cpu":1e3,"memory":1.50}}}').object?.spec;
    expect(cpu).toEqual({ overhead: { cpu: '1e3', memory: '1.50' } });
    expect(decode('{"spec":{"activeDeadlineSeconds":-9223372036854775808}}').message).toBe('');
    expect(decode('spec: {activeDeadlineSeconds: 1.0}', 'Strict', 'yaml').object?.spec).toEqual({
      activeDeadlineSeconds: 1,
    });
    expect(decode('spec: {activeDeadlineSeconds: 9223372036854775808}', 'Strict', 'yaml').message).toContain(
      'cannot unmarshal number 9223372036854775808 into',
    );
  });
});

describe('YAML', () => {
  const read = (text: string): unknown => (parseYaml(`a: ${text}`, false).value as { a: unknown }).a;

  it.each([
    ['yes', true],
    ['off', false],
    ['0644', 420],
    ['0o17', 15],
    ['08', 8],
    ['0x1F', 31],
    ['1_000', 1000],
    ['1e3', 1000],
    ['~', null],
    ['1:30', '1:30'],
    ['12:30:45.5', '12:30:45.5'],
    ['2026-01-31', '2026-01-31'],
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00Z'],
    ['"yes"', 'yes'],
  ])('D3 %s is read as by Go', (text, value) => {
    expect(read(text)).toEqual(value);
  });

  it.each([
    ['a: b: c', 'yaml: mapping values are not allowed in this context'],
    ['x: 1\na: b: c', 'yaml: line 2: mapping values are not allowed in this context'],
    ['a: *x', "yaml: unknown anchor 'x' referenced"],
    ['x: 1\na: @x', 'yaml: line 2: found character that cannot start any token'],
    ['x: 1\ny: 2\na: {b: 1', "yaml: line 2: did not find expected ',' or '}'"],
  ])('D3 %j is refused', (text, message) => {
    expect(() => parseYaml(text, false)).toThrow(message);
  });

  it('D2 repeated keys are one complaint when strict, and warnings each', () => {
    const text = 'kind: Pod\nmetadata: {name: a, name: b}\n';
    expect(decode(text, 'Strict', 'yaml').message).toBe(
      'Pod in version "v1" cannot be handled as a Pod: strict decoding error: yaml: unmarshal errors:\n  line 2: key "name" already set in map',
    );
    expect(decode(text, 'Warn', 'yaml').warnings).toEqual(['line 2: key "name" already set in map']);
  });
});

describe('text', () => {
  it.each([
    ['{"apiVersion":', 'unexpected end of JSON input'],
    ['', 'unexpected end of JSON input'],
    ['{"a":1}x', "invalid character 'x' after top-level value"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['tru', 'unexpected end of JSON input'],
    ['trux', "invalid character 'x' in literal true (expecting 'e')"],
    ['"\n"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['-', 'unexpected end of JSON input'],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['\u0081', "invalid character '\\u0081' looking for beginning of value"],
  ])('D3 %j', (text, message) => {
    expect(goSyntaxError(text)).toBe(message);
  });

  it('D3 a body that is no JSON or YAML is shown by its beginning', () => {
    expect(decode('{"apiVersion":').message).toBe(
      `the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: unexpected end of JSON input ({"apiVersion":)`,
    );
    expect(decode('').message).toMatch(/\(<empty>\)$/);
    expect(decode(`xyz${'!'.repeat(40)}`).message).toMatch(/ \(78797a(21){27} \.\.\.\)$/);
    expect(decode('a: [', 'Warn', 'yaml').message).toMatch(
      /must be of type Pod\): yaml: did not find expected ',' or ']' \(/,
    );
  });

  it('D3 halves of characters are told or replaced, never kept', () => {
    const nameOf = (json: string): unknown => (parseJson(json, false).value as { a: unknown }).a;
    expect(nameOf('{"a":"x\\ud800y"}')).toBe('x\ufffdy');
    expect(nameOf('{"a":"\\uDC00\\ud83d\\ude00"}')).toBe('\ufffd\u{1f600}');
    expect(nameOf('{"a":"\\\\ud800"}')).toBe('\\ud800');
    expect(() => parseYaml('a: "\\ud800"', false)).toThrow('yaml: found invalid Unicode character escape code');
  });

  it('D3 what is no object is told as Go tells it; null is an object of nothing', () => {
    const unread = 'the object provided is unrecognized (must be of type Pod): ';
    expect(decode('null').object).toMatchObject({ kind: 'Pod', apiVersion: 'v1', metadata: {} });
    expect(decode('', 'Warn', 'yaml').object).toMatchObject({ kind: 'Pod', metadata: {} });
    expect(decode('[]').message).toMatch(/json: cannot unmarshal array into Go value of type struct \{ APIVersion/);
    expect(decode('{"kind":1}').message).toBe(
      `${unread}couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string ({"kind":1})`,
    );
    expect(decode('{"apiVersion":"a/b/c"}').message).toBe(
      `${unread}unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c"})`,
    );
  });

  it('D4 another kind or version is refused', () => {
    expect(decode('{"kind":"Node","apiVersion":"v1"}').message).toBe(
      'Node in version "v1" cannot be handled as a Pod: converting (v1.Node) to (core.Pod): unknown conversion',
    );
    expect(decode('{"kind":"Pod","apiVersion":"v2"}').message).toBe(
      'Pod in version "v2" cannot be handled as a Pod: no kind "Pod" is registered for version "v2" in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"',
    );
    expect(decode('{}').object).toEqual({ kind: 'Pod', apiVersion: 'v1', metadata: {} });
  });
});
