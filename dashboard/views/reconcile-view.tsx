/** The view reconcile. */
import { useApp } from '../parts/app.tsx';

export function ReconcileView() {
  const { words } = useApp();
  return (
    <section class="view">
      <header>
        <h1>{words.reconcile.title}</h1>
        <p>{words.reconcile.about}</p>
      </header>
    </section>
  );
}
