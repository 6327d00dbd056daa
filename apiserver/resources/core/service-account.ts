/** Service accounts: the identities of pods. Their `token` subresource is the authentication's, and given from outside. */
import type { V1ServiceAccount } from '../../../generated/kubernetes.d.ts';
import type { ResourceRow, SubresourceRow } from '../../machinery/resource-row.ts';
import { defineRow, type Filled } from '../row.ts';
import { ageOf, nameOf } from '../table/cells.ts';
import { ageColumn, nameColumn } from '../table/columns.ts';

const ENFORCE_MOUNTABLE = 'kubernetes.io/enforce-mountable-secrets';

/** Only names are kept of the secrets that an account refers to. */
function cleanSecrets(account: Filled<V1ServiceAccount>): void {
  if (account.secrets === undefined) return;
  account.secrets = account.secrets.map(({ name }) => (name === undefined ? {} : { name }));
}

export function serviceAccountRow(token: SubresourceRow | undefined): ResourceRow {
  return defineRow<V1ServiceAccount>({
    group: '',
    version: 'v1',
    kind: 'ServiceAccount',
    shortNames: ['sa'],
    model: 'V1ServiceAccount',
    strategy: {
      prepareForCreate: cleanSecrets,
      prepareForUpdate: cleanSecrets,
      metaOnUpdate: ['change', 'content'],
      warnings(account, old) {
        const used = (each: Filled<V1ServiceAccount> | undefined): boolean =>
          each?.metadata.annotations?.[ENFORCE_MOUNTABLE] !== undefined;
        if (used(old) || !used(account)) return [];
        return [
          `metadata.annotations[${ENFORCE_MOUNTABLE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
        ];
      },
    },
    returnsDeletedObject: true,
    table: {
      columns: [nameColumn, ageColumn],
      cells: (account, nowMs) => [nameOf(account), ageOf(account, nowMs)],
    },
    subresources: token === undefined ? {} : { token },
  });
}
