/** The lessons: the list, and the one that is being followed. */
import { useEffect, useState } from 'preact/hooks';
import { lessons } from '../live/lessons.ts';
import type { ListedLesson, SessionView } from '../model/lesson.ts';
import { useApp } from '../parts/app.tsx';
import { Prose } from '../parts/prose.tsx';
import { LessonDesk } from './lesson-desk.tsx';

export function LessonsView() {
  const { session, words, language, attempt } = useApp();
  const [list, setList] = useState<readonly ListedLesson[] | undefined>(undefined);
  const [state, setState] = useState<SessionView | undefined>(undefined);
  const [starting, setStarting] = useState('');
  const here = session.recording === undefined;
  useEffect(() => {
    if (!here) return;
    lessons.list().then(
      (found) => setList(found ?? []),
      () => setList([]),
    );
    lessons.state().then(setState, () => {});
  }, [here]);
  const start = async (name: string): Promise<void> => {
    setStarting(name);
    await attempt(words.lessons.start, async () => setState(await lessons.start(name)));
    setStarting('');
  };
  if (state !== undefined && here) {
    return <LessonDesk state={state} change={setState} />;
  }
  return (
    <section class="view lessons-view" aria-label={words.lessons.title}>
      <header>
        <h1>{words.lessons.title}</h1>
        <p>{words.lessons.about}</p>
      </header>
      {here ? null : <p class="empty">{words.lessons.inRecording}</p>}
      {here && list === undefined ? <p class="empty">{words.lessons.loading}</p> : null}
      {here && list?.length === 0 ? <p class="empty">{words.lessons.none}</p> : null}
      <ol class="scroll lesson-list">
        {(here ? (list ?? []) : []).map(({ name, title, about, minutes, unavailable }, at) => (
          <li key={name} class="card lesson" data-lesson={name}>
            <span class="lesson-number">{at + 1}</span>
            <div>
              <h3>{title[language]}</h3>
              <Prose text={about[language]} />
              {unavailable === undefined ? null : <p class="is-failing-text">{unavailable[language]}</p>}
            </div>
            <span class="faint number">{words.lessons.minutes(minutes)}</span>
            <button
              type="button"
              class="button main-action"
              disabled={unavailable !== undefined || starting !== '' || session.line !== 'open'}
              onClick={() => void start(name)}
            >
              {starting === name ? '…' : words.lessons.start}
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
