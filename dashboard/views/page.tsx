/** The frame: which view is open, the shortcuts, the dialogs, and what must be said over all of them. */
import { useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import type { Session } from '../live/session.ts';
import { type App, AppContext, type Subject, VIEWS, type ViewName } from '../parts/app.tsx';
import { Sprites } from '../parts/marks.tsx';
import { keepSettings, readSettings, type Settings } from '../parts/settings.ts';
import { dictionaries } from '../words/dictionary.ts';
import { CreateDialog } from './create-dialog.tsx';
import { Head } from './head.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { KeysView } from './keys-view.tsx';
import { LessonsView } from './lessons-view.tsx';
import { NodesView } from './nodes-view.tsx';
import { ReconcileView } from './reconcile-view.tsx';
import { RequestView } from './request-view.tsx';
import { StoreView } from './store-view.tsx';
import { TimeBar } from './time-bar.tsx';

const VIEW = {
  store: StoreView,
  keys: KeysView,
  reconcile: ReconcileView,
  nodes: NodesView,
  request: RequestView,
  lessons: LessonsView,
} as const;

const SAID_MS = 6000;
const LEAP_MS = 10_000;

interface Said {
  readonly id: number;
  readonly text: string;
  readonly bad: boolean;
}

function viewOf(hash: string): ViewName {
  const name = hash.replace(/^#/, '').split('/')[0];
  return VIEWS.find((view) => view === name) ?? 'nodes';
}

export function Page({ session }: { readonly session: Session }) {
  const [, drawAgain] = useReducer((count: number) => count + 1, 0);
  const [view, setView] = useState(() => viewOf(location.hash));
  const [settings, setSettings] = useState(readSettings);
  const [subject, setSubject] = useState<Subject | undefined>(undefined);
  const [dialog, setDialog] = useState<'help' | 'create' | undefined>(undefined);
  const [said, setSaid] = useState<readonly Said[]>([]);
  const lastSaid = useRef(0);

  useEffect(() => session.subscribe(() => drawAgain(undefined)), [session]);
  useEffect(() => keepSettings(settings), [settings]);
  useEffect(() => {
    const follow = (): void => setView(viewOf(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);

  const words = dictionaries[settings.language];
  const app = useMemo<App>(() => {
    const tell = (text: string, bad: boolean): void => {
      const id = ++lastSaid.current;
      setSaid((before) => [...before.slice(-3), { id, text, bad }]);
      setTimeout(() => setSaid((before) => before.filter((each) => each.id !== id)), SAID_MS);
    };
    const go = (to: ViewName): void => {
      location.hash = to;
      setView(to);
    };
    return {
      session,
      words,
      language: settings.language,
      subject,
      go,
      follow(next) {
        setSubject(next);
        go('request');
      },
      say: (text) => tell(text, false),
      async attempt(what, action) {
        try {
          await action();
          return true;
        } catch (thrown) {
          tell(words.failed(what, thrown instanceof Error ? thrown.message : String(thrown)), true);
          return false;
        }
      },
      openCreate: () => setDialog('create'),
    };
  }, [session, words, settings.language, subject]);

  useShortcuts({ app, view, settings, setSettings, setDialog });
  if (session.line === 'locked') {
    return (
      <Gate title={words.line.lockedTitle} lines={[words.line.locked, session.complaint, words.line.lockedAfter]} />
    );
  }
  const Shown = VIEW[view];
  return (
    <AppContext.Provider value={app}>
      <Sprites />
      <div class={`shell ${session.live ? '' : 'paused'}`}>
        <Head settings={settings} change={setSettings} openHelp={() => setDialog('help')} />
        <nav class="nav" aria-label={words.help.views}>
          {VIEWS.map((name, at) => (
            <button
              key={name}
              type="button"
              aria-current={name === view ? 'page' : undefined}
              onClick={() => app.go(name)}
            >
              {words.views[name]}
              <kbd>{at + 1}</kbd>
            </button>
          ))}
        </nav>
        <main class="main">
          <Notices session={session} words={words} />
          <Shown />
        </main>
        <TimeBar view={view} go={app.go} />
      </div>
      {dialog === 'help' ? <HelpDialog close={() => setDialog(undefined)} /> : null}
      {dialog === 'create' ? <CreateDialog close={() => setDialog(undefined)} /> : null}
      <div class="toasts" role="status" aria-live="polite">
        {said.map(({ id, text, bad }) => (
          <div key={id} class={`toast ${bad ? 'bad' : ''}`}>
            {text}
          </div>
        ))}
      </div>
    </AppContext.Provider>
  );
}

function Notices({ session, words }: Pick<App, 'session' | 'words'>) {
  if (session.recording !== undefined) {
    return (
      <div class="notice">
        {words.line.recording(session.recording.name)}
        <span class="spacer" />
        <button type="button" class="button small" onClick={() => session.resume()}>
          {words.line.backToLive}
        </button>
      </div>
    );
  }
  if (session.line === 'connecting') return <div class="notice">{words.line.connecting}</div>;
  if (session.line === 'lost') return <div class="notice bad">{words.line.lost}</div>;
  return null;
}

function Gate({ title, lines: [before = '', where = '', after = ''] }: { title: string; lines: readonly string[] }) {
  return (
    <div class="gate">
      <div class="card">
        <h1>{title}</h1>
        <p>{before}</p>
        <p>
          <code>{where}</code>
        </p>
        <p class="quiet">{after}</p>
      </div>
    </div>
  );
}

interface Shortcuts {
  readonly app: App;
  readonly view: ViewName;
  readonly settings: Settings;
  setSettings(settings: Settings): void;
  setDialog(dialog: 'help' | 'create' | undefined): void;
}

function useShortcuts({ app, settings, setSettings, setDialog }: Shortcuts): void {
  const pressed = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    // Asked of the document: a dialog that Escape has closed tells of it only later.
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]') !== null) return;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return;
    const { session } = app;
    const act = actionOf(event, {
      ' ': () => (session.live ? session.pause() : session.resume()),
      ArrowLeft: () => (event.shiftKey ? leap(session, -LEAP_MS) : session.step(-1)),
      ArrowRight: () => (event.shiftKey ? leap(session, LEAP_MS) : session.step(1)),
      End: () => session.resume(),
      t: () => setSettings({ ...settings, theme: settings.theme === 'dark' ? 'light' : 'dark' }),
      l: () => setSettings({ ...settings, language: settings.language === 'en' ? 'vi' : 'en' }),
      n: () => session.live && setDialog('create'),
      '?': () => setDialog('help'),
    });
    const number = VIEWS[Number(event.key) - 1];
    if (number !== undefined) app.go(number);
    else if (act !== undefined) {
      act();
      event.preventDefault();
    }
  };
  // Effects run after the next picture: a key pressed before it would meet the page as it was before the last one.
  const latest = useRef(pressed);
  latest.current = pressed;
  useEffect(() => {
    const press = (event: KeyboardEvent): void => latest.current(event);
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}

/** A focused button keeps its own space bar, a focused list or strip its own arrows. */
function actionOf(event: KeyboardEvent, actions: Readonly<Record<string, () => void>>): (() => void) | undefined {
  const target = event.target as HTMLElement;
  if (event.key === ' ' && target.tagName === 'BUTTON') return undefined;
  if (event.key.startsWith('Arrow') && target.closest('.virtual, [role="slider"]') !== null) return undefined;
  return actions[event.key];
}

function leap(session: Session, byMs: number): void {
  session.seek(session.timeline.placeAtTime(session.shown.atMs + byMs));
}
