/** The functions that Kubernetes adds to CEL: examples of upstream's documentation, and what its tests refuse. */
import { describe, expect, it } from 'vitest';
import { CelCompiler } from '../../../apiserver/machinery/cel/cel-expression.ts';

const compiler = new CelCompiler({ name: 'claims', type: 'map<string, dyn>' });

function evaluate(text: string): unknown {
  const compiled = compiler.compile(text);
  if (typeof compiled === 'string') return compiled;
  try {
    return compiled.evaluate({});
  } catch (thrown) {
    return (thrown as Error).message.split('\n')[0];
  }
}

describe('Kubernetes’ libraries in CEL', () => {
  it.each([
    'quantity("200M").isGreaterThan(quantity("0.2")) && quantity("1Ki").isLessThan(quantity("1Mi"))',
    'quantity("50k").add(20) == quantity("50020") && quantity("50k").sub(quantity("20k")) == quantity("30k")',
    'quantity("1.5").compareTo(quantity("1500m")) == 0 && !quantity("1.5").isInteger() && quantity("2Ki").asInteger() == 2048',
    'isQuantity("1.3Gi") && !isQuantity("1,3Gi") && quantity("-3").sign() == -1 && quantity("1.5").asApproximateFloat() == 1.5',
    'ip("192.168.0.1").family() == 4 && ip("::1").isLoopback() && ip("2001:db8::abcd").isGlobalUnicast()',
    'ip.isCanonical("2001:db8::abcd") && !ip.isCanonical("2001:DB8::ABCD") && string(ip("2001:DB8::1")) == "2001:db8::1"',
    'isIP("127.0.0.1") && !isIP("hello") && !isIP("::ffff:1.2.3.4") && !isIP("010.0.0.1") && ip("0.0.0.0").isUnspecified()',
    'ip("fe80::1").isLinkLocalUnicast() && ip("224.0.0.1").isLinkLocalMulticast() && !ip("255.255.255.255").isGlobalUnicast()',
    'cidr("192.168.0.0/24").containsIP("192.168.0.1") && !cidr("192.168.0.0/24").containsIP(ip("192.168.1.1"))',
    'cidr("192.168.0.0/24").containsCIDR("192.168.0.0/25") && !cidr("192.168.0.0/25").containsCIDR(cidr("192.168.0.0/24"))',
    'cidr("192.168.1.7/24").masked() == cidr("192.168.1.0/24") && cidr("::1/128").prefixLength() == 128',
    'isCIDR("10.0.0.0/8") && !isCIDR("10.0.0.0/a") && string(cidr("10.1.0.0/8").ip()) == "10.1.0.0"',
    'url("https://example.com:80/path?q=a&q=b%20c#f").getHost() == "example.com:80"',
    'url("https://[::1]:80/").getHostname() == "::1" && url("https://example.com:80/").getPort() == "80"',
    'url("https://example.com/path with spaces/").getEscapedPath() == "/path%20with%20spaces/" && url("/a").getScheme() == ""',
    'url("https://example.com/?k=a&k=b%20c").getQuery() == {"k": ["a", "b c"]}',
    'isURL("https://user:pass@example.com:80/") && !isURL("../relative") && !isURL("https://a b.c/") && !isURL("")',
    'semver("1.2.3").major() == 1 && semver("1.2.3-alpha.2").isLessThan(semver("1.2.3-alpha.10"))',
    'semver("1.2.3").isGreaterThan(semver("1.2.3-rc")) && semver("1.2.3+b") == semver("1.2.3") && semver("v1.02", true).minor() == 2',
    'isSemver("1.0.0") && !isSemver("v1.0.0") && isSemver("v1.0", true) && !isSemver("01.0.0") && !isSemver("1.0")',
    '!format.dns1123Label().validate("my-label").hasValue() && format.dns1123Label().validate("Not_a").hasValue()',
    'format.named("uri").value().validate("nope").hasValue() && !format.named("nope").hasValue()',
    '!format.dns1123LabelPrefix().validate("a-").hasValue() && !format.datetime().validate("2024-02-29T01:02:03Z").hasValue()',
    'format.date().validate("2023-02-29").value() == ["invalid date"] && format.byte().validate("ab=").hasValue()',
    'sets.contains([1, 2, 3], [3, 1]) && !sets.contains([1], [2]) && sets.contains([], [])',
    'sets.equivalent([1, 1], [1]) && sets.intersects(["a"], ["b", "a"]) && !sets.intersects([], [1])',
    '[1, 2, 3].sum() == 6 && [1.5, 2.5].sum() == 4.0 && [3, 1].min() == 1 && ["a", "b"].isSorted() && [1, 2, 1].lastIndexOf(1) == 2',
    '[1u, 2u].sum() == 3u && [duration("1m"), duration("1.5s")].sum() == duration("61.5s") && [duration("2s"), duration("1s")].min() == duration("1s")',
    '[1u, 2u].indexOf(2u) == 1 && [duration("1s"), duration("1s")].lastIndexOf(duration("1s")) == 1 && [2u, 3u].max() == 3u',
    '"a1b22".findAll("[0-9]+") == ["1", "22"] && "x".find("[0-9]") == ""',
  ])('%s', (text) => {
    expect(evaluate(text)).toBe(true);
  });

  it.each([
    ['[9223372036854775807, 1].sum()', 'integer overflow'],
    ['quantity("nope")', 'quantities must match the regular expression'],
    ['quantity("1.5").asInteger()', 'cannot convert value to integer'],
    ['ip("fe80::1%eth0")', 'IP address "fe80::1%eth0" with zone value is not allowed'],
    ['ip("::ffff:1.2.3.4")', 'IPv4-mapped IPv6 address "::ffff:1.2.3.4" is not allowed'],
    ['ip("nope")', 'IP Address "nope" parse error during conversion from string'],
    ['cidr("10.0.0.0")', 'network address parse error during conversion from string'],
    ['url("../x")', 'URL parse error during conversion from string: parse "../x": invalid URI for request'],
    ['semver("1.2")', 'No Major.Minor.Patch elements found'],
    ['"x".find("(")', 'Illegal regex: '],
    ['["a"].filter(x, false).min()', 'min called on empty list'],
    ['quantity("1").nope()', 'compilation failed: '],
    ['quantity("1") + 1', 'compilation failed: '],
  ])('%s says why not', (text, message) => {
    expect(evaluate(text)).toContain(message);
  });
});
