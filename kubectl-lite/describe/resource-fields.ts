/** What a `resourceFieldRef` stands for: an amount of the container, divided and rounded up. */
import { quantityOf } from '../../base/quantity.ts';
import type { V1Container, V1ResourceFieldSelector } from '../../generated/kubernetes.d.ts';

export function resourceFieldValue({ resource, divisor }: V1ResourceFieldSelector, container: V1Container): string {
  const [kind = '', ...rest] = resource.split('.');
  const name = rest.join('.');
  const amounts = kind === 'limits' ? container.resources?.limits : container.resources?.requests;
  const amount = quantityOf(amounts?.[name]);
  const unit = divisor === undefined || String(divisor) === '0' ? quantityOf('1') : quantityOf(String(divisor));
  return name === 'cpu'
    ? String(Math.ceil(amount.milliValue / unit.milliValue))
    : String(Math.ceil(amount.value / unit.value));
}
