/** The view lessons. */
import { useApp } from '../parts/app.tsx';

export function LessonsView() {
  const { words } = useApp();
  return (
    <section class="view">
      <header>
        <h1>{words.lessons.title}</h1>
        <p>{words.lessons.about}</p>
      </header>
    </section>
  );
}
