/** The view request. */
import { useApp } from '../parts/app.tsx';

export function RequestView() {
  const { words } = useApp();
  return (
    <section class="view">
      <header>
        <h1>{words.request.title}</h1>
        <p>{words.request.about}</p>
      </header>
    </section>
  );
}
