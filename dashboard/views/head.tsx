/** The line at the top: which cluster, and how it is in five facts. */
import { memberLook, nodeLook } from '../model/look.ts';
import { useApp } from '../parts/app.tsx';
import type { Settings } from '../parts/settings.ts';

/** Fewer are told before anybody could read how many they are. */
const BEHIND_SAID = 200;

interface Props {
  readonly settings: Settings;
  change(settings: Settings): void;
  openHelp(): void;
}

export function Head({ settings, change, openHelp }: Props) {
  const { session, words } = useApp();
  const { shown: state } = session;
  const nodes = [...state.nodes.values()];
  const ready = nodes.filter((node) => ['ready', 'cordoned'].includes(nodeLook(node))).length;
  const leader = [...state.members.values()].find((member) => memberLook(member) === 'leader');
  const active = [...state.faults.values()].filter(({ phase }) => phase === 'Active').length;
  const skipped = state.skipped.reduce((sum, { atMs, count }) => (state.atMs - atMs < 1000 ? sum + count : sum), 0);
  const next = settings.language === 'en' ? 'vi' : 'en';
  return (
    <header class="head">
      <span class="brand">
        <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
          <path d="M3 19h26l-4 6.200a2.200 2.200 0 0 1-1.900 1H8.900a2.200 2.200 0 0 1-1.900-1z" fill="currentColor" />
          <path d="M15 4v13H5.500zM17.500 7v10h7z" fill="currentColor" opacity=".7" />
        </svg>
        {session.cluster === '' ? 'sampan' : session.cluster}
      </span>
      <div class="facts number">
        <span>
          {words.head.revision} <b>{state.revision}</b>
        </span>
        <span>
          {words.head.leader} <b>{leader?.name ?? words.head.nobody}</b>
        </span>
        <span>
          <b>
            {ready}/{nodes.length}
          </b>{' '}
          {words.head.nodes}
        </span>
        <span>
          <b>
            {state.podCounts.get('running') ?? 0}/{state.pods.size}
          </b>{' '}
          {words.head.pods}
        </span>
        {active === 0 ? null : (
          <span class="is-failing">
            <b>{words.head.faults(active)}</b>
          </span>
        )}
        {skipped === 0 ? null : <span title={words.head.skippedHint}>{words.head.skipped(skipped)}</span>}
        {state.behind < BEHIND_SAID ? null : (
          <span title={words.head.behindHint}>{words.head.behind(state.behind)}</span>
        )}
      </div>
      <div class="head-tools">
        <button
          type="button"
          class="button plain"
          aria-label={words.head.language}
          lang={next}
          onClick={() => change({ ...settings, language: next })}
        >
          {next === 'vi' ? 'Tiếng Việt' : 'English'}
        </button>
        <button
          type="button"
          class="button plain"
          aria-label={words.head.theme}
          onClick={() => change({ ...settings, theme: settings.theme === 'dark' ? 'light' : 'dark' })}
        >
          {settings.theme === 'dark' ? '☀' : '☾'}
        </button>
        <button type="button" class="button plain" aria-label={words.head.help} onClick={openHelp}>
          <kbd>?</kbd>
        </button>
      </div>
    </header>
  );
}
