/** The view store. */
import { useApp } from '../parts/app.tsx';

export function StoreView() {
  const { words } = useApp();
  return (
    <section class="view">
      <header>
        <h1>{words.store.title}</h1>
        <p>{words.store.about}</p>
      </header>
    </section>
  );
}
