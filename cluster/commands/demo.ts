/** `sampan demo NAME`: a narrated demonstration; exit code 0 only if the cluster really converged. */
import { fileURLToPath } from 'node:url';
import { UsageError } from '../../base/errors.ts';
import { packageRoot } from '../package-root.ts';

const DEMOS = ['reconcile', 'node-crash'];

export async function demo(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  const out = (text: string): void => void process.stdout.write(text);
  if (name === '--help' || name === '-h') {
    out(`Usage: sampan demo NAME\n\nDemos: ${DEMOS.join(', ')}\n`);
    return 0;
  }
  if (name === undefined || rest.length > 0 || !DEMOS.includes(name))
    throw new UsageError(`name one demo: ${DEMOS.join(' or ')}`);
  const root = packageRoot(fileURLToPath(import.meta.url));
  const converged =
    name === 'reconcile'
      ? await (await import('../demo/reconcile.ts')).reconcileDemo(root, out)
      : await (await import('../demo/node-crash.ts')).nodeCrashDemo(root, out);
  return converged ? 0 : 1;
}
