import { heal } from '../live/kubernetes.ts';
import type { faultsOn } from '../model/look.ts';
import { useApp } from '../parts/app.tsx';

/** Ends these faults; without any there is nothing to press. */
export function HealButton({ faults }: { readonly faults: ReturnType<typeof faultsOn> }) {
  const { session, words, attempt } = useApp();
  return (
    <button
      type="button"
      class="button small"
      disabled={!session.live || faults.length === 0}
      onClick={() => void attempt(words.heal, () => heal(faults))}
    >
      {words.heal}
    </button>
  );
}
