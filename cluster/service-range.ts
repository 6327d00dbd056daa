/** The range of cluster IPs: its first address is the API server's own service. */
import { UsageError } from '../base/errors.ts';
import { IpAddress, networkOf, parseCidr } from '../base/ip.ts';

/** `10.96.0.1` of `10.96.0.0/12`; of several ranges, of the first. @param flag for the error message */
export function firstAddress(range: string, flag: string): string {
  const [first = ''] = range.split(',');
  const cidr = parseCidr(first);
  if (cidr === undefined)
    throw new UsageError(`${flag}: ${JSON.stringify(first)} is not a CIDR range such as 10.96.0.0/12`);
  const network = networkOf(cidr);
  return new IpAddress(network.family, network.value + 1n).toString();
}
