/** Headers of calls that are refused before anything else: as etcd 3.5.30 refuses them. */
import { describe, expect, it } from 'vitest';
import { headerRefusal } from '../../../store/etcd/grpc/request-headers.ts';

const post = { name: ':method', value: 'POST' };
const refusalOf = (name: string, value: string) => headerRefusal([post, { name, value }]);

describe('headers of calls', () => {
  it.each(['AAEC', 'AAE=', 'AAE', 'AA==', 'AA', '', '+/+/'])('take %j as bytes', (value) => {
    expect(refusalOf('x-bin', value)).toBeUndefined();
  });

  it.each([
    ['***', 0],
    ['A', 0],
    ['AAAAA', 4],
    ['AAE,AAE=', 3],
    ['A===', 1],
    ['AAA=AAA=', 4],
    ['AA=A', 2],
    ['AA=', 2],
    ['AAA-', 3],
  ])('refuse %j as bytes, and say where it is wrong', (value, at) => {
    const message = `malformed binary metadata ${JSON.stringify(value)} in header "x-bin": illegal base64 data at input byte ${at}`;
    expect(refusalOf('x-bin', value)).toEqual({ httpStatus: 400, status: { code: 13, message } });
  });

  it('take anything under other names', () => {
    expect(refusalOf('x-text', '***')).toBeUndefined();
  });

  it.each([
    ['5', 'transport: timeout string is too short: "5"'],
    ['5x', 'transport: timeout unit is not recognized: "5x"'],
    ['123456789S', 'transport: timeout string is too long: "123456789S"'],
    ['-5S', 'strconv.ParseUint: parsing "-5": invalid syntax'],
  ])('refuse %j as a time', (value, reason) => {
    const message = `malformed grpc-timeout: ${reason}`;
    expect(refusalOf('grpc-timeout', value)).toEqual({ httpStatus: 400, status: { code: 13, message } });
  });

  it('refuse methods other than POST', () => {
    const message = 'Received a HEADERS frame with :method "PUT" which should be POST';
    const refusal = headerRefusal([{ name: ':method', value: 'PUT' }]);
    expect(refusal).toEqual({ httpStatus: 405, status: { code: 13, message } });
  });
});
