/** One request: an object, from who asked for it to what it is now, every part and every step on one time axis. */
import { useEffect, useState } from 'preact/hooks';
import type { Trace } from '../../base/trace/trace.ts';
import { readRecentWrites } from '../live/past-moments.ts';
import { readTrace } from '../live/traces.ts';
import { recentWrites, type Written } from '../model/recent-writes.ts';
import { type Subject, useApp } from '../parts/app.tsx';
import { clockText } from '../words/spans.ts';
import { TraceChart } from './trace-chart.tsx';

const RECENT_MAX = 40;
/** The story is asked for again while it goes on. */
const AGAIN_MS = 1000;
/** After so long without change it is over. */
const OVER_MS = 20_000;

export function RequestView() {
  const { session, words, subject, follow, openCreate } = useApp();
  const [wanted, setWanted] = useState('');
  const recent = useRecent(wanted);
  return (
    <section class="view request-view" aria-label={words.request.title}>
      <header>
        <h1>{words.request.title}</h1>
        <p>{words.request.about}</p>
      </header>
      <div class="request-columns">
        <div class="card recent">
          <div class="recent-head">
            <button type="button" class="button main-action" disabled={!session.live} onClick={openCreate}>
              {words.nodes.newDeployment}
            </button>
            <input
              type="search"
              placeholder={words.request.search}
              aria-label={words.request.search}
              value={wanted}
              onInput={({ currentTarget }) => setWanted(currentTarget.value)}
            />
            <h2>{words.request.recent}</h2>
          </div>
          <ul class="scroll">
            {recent.length === 0 ? <li class="faint">{words.request.none}</li> : null}
            {recent.map(({ target, atMs, user }) => (
              <li key={keyOf(target)}>
                <button
                  type="button"
                  class="recent-line"
                  aria-pressed={subject !== undefined && keyOf(subject) === keyOf(target)}
                  onClick={() => follow(target)}
                >
                  <span class="faint">{target.resource.replace(/\..*/, '')}</span>
                  <b>{target.name}</b>
                  <span class="faint number">
                    {clockText(atMs, false)} {shortUser(user)}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </div>
        {subject === undefined ? (
          <p class="empty">{words.request.choose}</p>
        ) : (
          <Story key={keyOf(subject)} subject={subject} />
        )}
      </div>
    </section>
  );
}

function keyOf({ resource, namespace = '', name }: Subject): string {
  return `${resource} ${namespace} ${name}`;
}

/** As of the moment that is shown. Of now the server knows more than the page was told; of long ago, the page. */
function useRecent(wanted: string): readonly Written[] {
  const { session } = useApp();
  const { live, place } = session;
  const [recent, setRecent] = useState<readonly Written[]>([]);
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      const told = live ? await readRecentWrites(wanted).catch(() => []) : [];
      if (over) return;
      const known = new Set(told.map(({ target }) => keyOf(target)));
      const held = recentWrites(session.timeline.newestFirst(place), wanted, RECENT_MAX);
      setRecent([...told, ...held.filter(({ target }) => !known.has(keyOf(target)))].slice(0, RECENT_MAX));
      if (live) timer = setTimeout(() => void look(), AGAIN_MS);
    };
    void look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [session, session.timeline, live, place, wanted]);
  return recent;
}

function shortUser(user: string): string {
  return user.replace('system:serviceaccount:kube-system:', '').replace('system:sampan:', '').replace('system:', '');
}

function Story({ subject }: { readonly subject: Subject }) {
  const { session, words } = useApp();
  const kept = session.traces.get(keyOf(subject));
  const [trace, setTrace] = useState<Trace | undefined>(kept);
  const [failure, setFailure] = useState('');
  useEffect(() => {
    if (session.recording !== undefined) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const ask = async (): Promise<void> => {
      try {
        const read = await readTrace(subject);
        if (over) return;
        session.traces.set(keyOf(subject), read);
        setTrace(read);
        setFailure('');
        if (Date.now() - (read.startedAtMs + read.totalMs) > OVER_MS) return;
      } catch (thrown) {
        if (over) return;
        setFailure(thrown instanceof Error ? thrown.message : String(thrown));
      }
      timer = setTimeout(() => void ask(), AGAIN_MS);
    };
    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [session, subject]);
  if (trace === undefined) return <p class="empty">{failure === '' ? '' : failure || words.request.lost}</p>;
  return <TraceChart trace={trace} />;
}
