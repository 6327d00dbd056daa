/**
 * Since when the use of long-lived service-account tokens is noted down: upstream's cleaner of such tokens counts from
 * there. What is no date is replaced (pkg/controlplane/controller/legacytokentracking).
 */
import type { RegistryServices } from '../../machinery/resource-row.ts';
import { createIfMissing } from './create-if-missing.ts';

const CONFIG_MAPS = { group: '', resource: 'configmaps' };
const NAMESPACE = 'kube-system';
const NAME = 'kube-apiserver-legacy-service-account-token-tracking';

export async function trackLegacyTokens(services: RegistryServices): Promise<void> {
  const since = new Date(services.nowMs()).toISOString().slice(0, 10);
  const metadata = { name: NAME, namespace: NAMESPACE };
  if (await createIfMissing(services, { resource: CONFIG_MAPS, object: { metadata, data: { since } } })) return;
  await services.update(CONFIG_MAPS, NAMESPACE, NAME, (map) => {
    const data = (map.data as Record<string, string> | undefined) ?? {};
    return isDate(data.since) ? undefined : { ...map, data: { ...data, since } };
  });
}

function isDate(text: string | undefined): boolean {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}
