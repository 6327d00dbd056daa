/** Asks the server for the story of an object. */
import type { Trace } from '../../base/trace/trace.ts';

export interface Target {
  readonly resource: string;
  readonly namespace?: string;
  readonly name: string;
}

/** Rejects with the server's words when nothing of it is remembered. */
export async function readTrace({ resource, namespace, name }: Target): Promise<Trace> {
  const query = new URLSearchParams({ resource, name, ...(namespace === undefined ? {} : { namespace }) });
  const answer = await fetch(`/k8s/debug/moments/trace?${query}`, { headers: { accept: 'application/json' } });
  const said = (await answer.json().catch(() => ({}))) as Trace & { readonly message?: string };
  if (!answer.ok) throw new Error(said.message ?? String(answer.status));
  return said;
}
