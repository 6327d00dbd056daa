/** What `sampan etcd --help` and `--version` print. */
import { ETCD_VERSION } from '../../member/member-store.ts';
import { type FlagRow, flagTable } from './flag-table.ts';

export const usageText = `Usage:

  sampan etcd [flags]
    Start a store member.

  sampan etcd --version
    Show the version of etcd that it is like.

  sampan etcd -h | --help
    Show the flags.

  sampan etcd --config-file
    Path to the server configuration file. With one, other flags and ETCD_* variables are ignored.
`;

export function helpText(): string {
  return `${usageText}
A store member. It takes etcd's flags, and ETCD_* variables for those that are not given, with etcd's meanings and
defaults.

  ${of('used')}

Taken and checked, without effect:

  ${of('idle')}

Refused, because what they ask for is not there:

  ${of('refused')}
`;
}

/** In etcd's form: scripts look for the first line. */
export function versionText(): string {
  return `etcd Version: ${ETCD_VERSION}
Git SHA: Not provided (sampan)
Node Version: ${process.version}
Node OS/Arch: ${process.platform}/${process.arch}
`;
}

function of(fate: FlagRow['fate']): string {
  return [...flagTable]
    .filter(([, row]) => row.fate === fate)
    .map(([name]) => `--${name}`)
    .sort()
    .join('\n  ');
}
