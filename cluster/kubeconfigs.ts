/**
 * The kubeconfigs of a cluster, with kubeadm's identities: the administrator's, the one to break the glass with, and those
 * of the controllers, the scheduler and every node, for who wants to run one of these in a process of its own.
 */
import fs from 'node:fs';
import path from 'node:path';
import {
  administrator,
  controllerManager,
  ensureKubeconfig,
  type KubeconfigContext,
  type KubeconfigPlan,
  nodeSubject,
  scheduler,
  superAdministrator,
} from '../apiserver/auth/kubeconfig.ts';

export function administratorKubeconfig(dataDir: string): KubeconfigPlan {
  return { file: path.join(dataDir, 'admin.kubeconfig'), user: 'kubernetes-admin', subject: administrator };
}

function componentKubeconfigs(dataDir: string): KubeconfigPlan[] {
  const named = (name: string, subject: KubeconfigPlan['subject']): KubeconfigPlan => ({
    file: path.join(dataDir, `${name}.kubeconfig`),
    user: subject.commonName,
    subject,
  });
  return [
    named('super-admin', superAdministrator),
    named('controller-manager', controllerManager),
    named('scheduler', scheduler),
  ];
}

function nodeKubeconfig(dataDir: string, node: string): KubeconfigPlan {
  const subject = nodeSubject(node);
  return { file: path.join(dataDir, 'kubelets', `${node}.kubeconfig`), user: subject.commonName, subject };
}

/** One after the other, as nobody waits for them; until `signal` is aborted. */
export async function ensureComponentKubeconfigs(
  dataDir: string,
  nodes: readonly string[],
  context: KubeconfigContext,
  signal: AbortSignal,
): Promise<void> {
  const plans = [...componentKubeconfigs(dataDir), ...nodes.map((node) => nodeKubeconfig(dataDir, node))];
  for (const plan of plans) {
    if (signal.aborted) return;
    await ensureKubeconfig(plan, context);
  }
}

/** Those that are there: what `certs` looks after. */
export function presentKubeconfigs(dataDir: string): KubeconfigPlan[] {
  const kubelets = path.join(dataDir, 'kubelets');
  const nodes = fs.existsSync(kubelets)
    ? fs
        .readdirSync(kubelets)
        .filter((name) => name.endsWith('.kubeconfig'))
        .map((name) => name.slice(0, -'.kubeconfig'.length))
        .sort()
    : [];
  return [
    administratorKubeconfig(dataDir),
    ...componentKubeconfigs(dataDir),
    ...nodes.map((node) => nodeKubeconfig(dataDir, node)),
  ].filter(({ file }) => fs.existsSync(file));
}
