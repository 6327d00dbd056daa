/** A store member as a process: what `sampan etcd` does, without the command around it. */
import { silentLogger } from '../../../base/logger.ts';
import { systemClock, systemRandom } from '../../../base/system.ts';
import { parseEtcdFlags } from '../../../store/etcd/flags/etcd-options.ts';
import { runEtcd } from '../../../store/etcd/run-etcd.ts';

const noFile = (path: string): never => {
  throw new Error(`${path} is not read here`);
};
const parsed = parseEtcdFlags(process.argv.slice(2), {}, noFile);
if (parsed.type !== 'run') throw new Error('nothing to run');
const running = await runEtcd(parsed.options, {
  clock: systemClock,
  random: systemRandom,
  logger: silentLogger,
  makeCertificate: () => Promise.reject(new Error('no certificates are made here')),
});
process.send?.({ clientUrls: running.clientUrls });
process.once('SIGTERM', () => void running.close().then(() => process.exit(0)));
