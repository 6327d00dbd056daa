/** The view keys. */
import { useApp } from '../parts/app.tsx';

export function KeysView() {
  const { words } = useApp();
  return (
    <section class="view">
      <header>
        <h1>{words.keys.title}</h1>
        <p>{words.keys.about}</p>
      </header>
    </section>
  );
}
