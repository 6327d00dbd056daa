/** `sampan certs check|renew`: how long the cluster's certificates still hold, and new ones before they end. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseCertificate, RENEW_BEFORE_MS, validUntilMs } from '../../apiserver/auth/certificates.ts';
import { ensureKubeconfig } from '../../apiserver/auth/kubeconfig.ts';
import { ensurePki } from '../../apiserver/auth/pki.ts';
import { UsageError } from '../../base/errors.ts';
import { silentLogger } from '../../base/logger.ts';
import { systemClock, systemRandom } from '../../base/system.ts';
import { command, parse } from '../flags.ts';
import { presentKubeconfigs } from '../kubeconfigs.ts';
import { firstAddress } from '../service-range.ts';

interface Flags {
  readonly dataDir: string;
  readonly serviceClusterIpRange: string;
  readonly serviceAccountKey?: boolean;
}

const DAY_MS = 24 * 60 * 60_000;

export async function certs(args: readonly string[]): Promise<number> {
  const [action, ...rest] = args;
  if (action === '--help' || action === '-h') {
    process.stdout.write('Usage: sampan certs check | renew   (--help after each tells its flags)\n');
    return 0;
  }
  if (action !== 'check' && action !== 'renew') throw new UsageError('say what to do: check or renew');
  const parser = command(
    `certs ${action}`,
    action === 'check'
      ? 'Says until when each certificate holds.'
      : 'Makes every certificate anew; restart the cluster after it.',
  )
    .option('--data-dir <directory>', 'the data directory of the cluster', '.sampan')
    .option('--service-cluster-ip-range <cidr>', 'the addresses of services', '10.96.0.0/12')
    .option('--service-account-key', 'also replace a lost service-account key: tokens signed with it die');
  const flags = parse<Flags>(parser, rest);
  const directory = path.join(flags.dataDir, 'pki');
  if (!fs.existsSync(directory))
    throw new UsageError(`${directory} does not exist: no cluster was started on ${flags.dataDir}`);
  if (action === 'renew') await renew(flags, directory);
  return check(flags.dataDir, directory);
}

async function renew(flags: Flags, directory: string): Promise<void> {
  const pki = await ensurePki({
    directory,
    hostname: os.hostname(),
    serviceIp: firstAddress(flags.serviceClusterIpRange, '--service-cluster-ip-range'),
    extraNames: [],
    store: fs.existsSync(path.join(directory, 'etcd')),
    otherDataExists: true,
    renewAll: true,
    replaceLostServiceAccountKey: flags.serviceAccountKey === true,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
  for (const plan of presentKubeconfigs(flags.dataDir)) {
    const text = fs.readFileSync(plan.file, 'utf8');
    const server = /server: "?(https:[^\s"]+)/.exec(text)?.[1];
    if (server === undefined) continue;
    const clusterName = /clusters:\n- name: "?([^"\n]+)/.exec(text)?.[1] ?? 'sampan';
    fs.rmSync(plan.file);
    await ensureKubeconfig(plan, { pki, server, clusterName, clock: systemClock });
  }
}

interface Named {
  readonly name: string;
  readonly pem: string;
}

/** One line a certificate; exit code 1 when one of them has ended. */
function check(dataDir: string, directory: string): number {
  const nowMs = systemClock.nowMs();
  let ended = false;
  for (const { name, pem } of [...certificatesBelow(directory), ...certificatesInKubeconfigs(dataDir)]) {
    const certificate = parseCertificate(pem);
    if (typeof certificate === 'string') throw new UsageError(`${name}: ${certificate}`);
    const leftMs = validUntilMs(certificate) - nowMs;
    ended ||= leftMs <= 0;
    const state = leftMs <= 0 ? 'ENDED' : leftMs < RENEW_BEFORE_MS ? 'due for renewal' : 'ok';
    process.stdout.write(
      `${name.padEnd(32)} until ${new Date(validUntilMs(certificate)).toISOString().slice(0, 10)}  ${String(Math.floor(leftMs / DAY_MS)).padStart(5)} days  ${state}\n`,
    );
  }
  return ended ? 1 : 0;
}

function certificatesBelow(directory: string): Named[] {
  return fs
    .readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.crt'))
    .sort()
    .map((name) => ({ name, pem: fs.readFileSync(path.join(directory, name), 'utf8') }));
}

function certificatesInKubeconfigs(dataDir: string): Named[] {
  return presentKubeconfigs(dataDir).flatMap(({ file }) => {
    const data = /client-certificate-data: ([A-Za-z0-9+/=]+)/.exec(fs.readFileSync(file, 'utf8'))?.[1];
    if (data === undefined) return [];
    return [{ name: path.relative(dataDir, file), pem: Buffer.from(data, 'base64').toString('utf8') }];
  });
}
