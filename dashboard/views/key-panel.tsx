/** One key: its history by revision, what each revision changed, and who watches it. */
import { useEffect, useState } from 'preact/hooks';
import { readHistory } from '../live/key-history.ts';
import { differences } from '../model/differences.ts';
import type { KeyHistory, KeyState } from '../model/key-history.ts';
import type { WatchRow } from '../model/moment.ts';
import type { State } from '../model/state.ts';
import { useApp } from '../parts/app.tsx';
import { clockText } from '../words/spans.ts';

interface Props {
  readonly path: string | undefined;
  readonly state: State;
}

export function KeyPanel({ path, state }: Props) {
  const { session, words } = useApp();
  const key = path === undefined ? undefined : state.keys.get(path);
  const [history, setHistory] = useState<KeyHistory | undefined>(undefined);
  const [failure, setFailure] = useState('');
  const [chosen, setChosen] = useState<number | undefined>(undefined);
  // What the key holds as of the moment that is shown: its own revision then, or that of the store when it was gone.
  const asOf = session.live ? (key?.revision ?? 0) : (key?.revision ?? state.revision);
  useEffect(() => {
    setFailure('');
    if (path === undefined || session.recording !== undefined) return undefined;
    let wanted = true;
    readHistory(path, asOf).then(
      (read) => wanted && setHistory(read),
      (thrown: unknown) => wanted && setFailure(thrown instanceof Error ? thrown.message : String(thrown)),
    );
    return () => {
      wanted = false;
    };
  }, [path, asOf, session.recording]);
  useEffect(() => setChosen(undefined), [path]);

  if (path === undefined) {
    return (
      <div class="key-panel">
        <p class="empty">{words.keys.choose}</p>
        <Watches watches={state.watches} title={words.keys.allWatches} />
      </div>
    );
  }
  const states = history?.key === path ? history.states : [];
  const at = Math.max(
    0,
    states.findIndex(({ revision }) => revision === chosen),
  );
  const seeing = state.watches.filter(({ prefix }) => path.startsWith(prefix));
  return (
    <div class="key-panel">
      <div class="card key-card">
        <h3 class="mono">{path}</h3>
        {session.recording !== undefined ? <p class="quiet">{words.keys.inRecording}</p> : null}
        {failure === '' ? null : <p class="is-failing-text">{words.keys.unreadable(failure)}</p>}
        {key === undefined && states.length > 0 ? <p class="quiet">{words.keys.gone}</p> : null}
        {history?.key === path && history.ends === 'absent' ? <p class="quiet">{words.keys.absent}</p> : null}
        <ol class="revisions" aria-label={words.keys.history}>
          {states.map((each, index) => (
            <li key={each.revision}>
              <button
                type="button"
                class="revision number"
                aria-pressed={index === at}
                onClick={() => setChosen(each.revision)}
              >
                {each.revision}
                <small>
                  {index === 0 && session.live && key !== undefined ? words.keys.present : `v${each.version}`}
                </small>
              </button>
            </li>
          ))}
          {history?.key === path && states.length > 0 && history.ends !== 'absent' ? (
            <li class="faint">{words.keys[history.ends]}</li>
          ) : null}
        </ol>
        {states[at] === undefined ? null : (
          <Value
            now={states[at]}
            before={states[at + 1]}
            first={history?.ends === 'created' && at === states.length - 1}
          />
        )}
      </div>
      <Watches watches={seeing} title={words.keys.watchers(seeing.length)} />
    </div>
  );
}

interface ValueProps {
  readonly now: KeyState;
  readonly before: KeyState | undefined;
  readonly first: boolean;
}

function Value({ now, before, first }: ValueProps) {
  const { words } = useApp();
  const [whole, setWhole] = useState(false);
  const changed = before === undefined ? [] : differences(before.value, now.value);
  const showWhole = whole || before === undefined;
  return (
    <div class="value">
      <div class="value-head">
        <span class="quiet number">
          {words.keys.version(now.version)} · {words.keys.bytes(now.bytes)}
          {first ? ` · ${words.keys.first}` : ''}
        </span>
        <span class="spacer" />
        <button
          type="button"
          class="button small"
          aria-pressed={!showWhole}
          disabled={before === undefined}
          onClick={() => setWhole(false)}
        >
          {words.keys.changes}
        </button>
        <button type="button" class="button small" aria-pressed={showWhole} onClick={() => setWhole(true)}>
          {words.keys.whole}
        </button>
      </div>
      {showWhole ? (
        <pre class="scroll mono">{JSON.stringify(now.value, null, 2)}</pre>
      ) : changed.length === 0 ? (
        <p class="quiet">{words.keys.noChange}</p>
      ) : (
        <ul class="scroll differences mono">
          {changed.map(({ path, kind, before: was, after }) => (
            <li key={path} class={`is-${kind}`}>
              <b>{path}</b>
              {was === undefined ? null : <del>{short(was)}</del>}
              {after === undefined ? null : <ins>{short(after)}</ins>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function short(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 400 ? `${text.slice(0, 400)} …` : text;
}

function Watches({ watches, title }: { readonly watches: readonly WatchRow[]; readonly title: string }) {
  const { words } = useApp();
  return (
    <div class="card watches">
      <h2>{title}</h2>
      <ul class="scroll">
        {watches.length === 0 ? <li class="faint">{words.keys.noWatch}</li> : null}
        {watches.map(({ id, user, prefix, selector, fromRevision, sinceMs }) => (
          <li key={id}>
            <span class="watch-who">
              {user.replace('system:serviceaccount:kube-system:', '').replace('system:', '')}
            </span>
            <span class="mono watch-what">
              {prefix}
              {selector === undefined ? '' : ` (${selector})`}
            </span>
            <span class="faint number" title={clockText(sinceMs)}>
              {words.keys.watchFrom(fromRevision)}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
