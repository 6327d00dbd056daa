/** Time: pause, step, scrub back; the strip shows how many keys changed in each second, and what befell the cluster. */
import { useRef } from 'preact/hooks';
import { useApp, VIEWS, type ViewName } from '../parts/app.tsx';
import { useSize } from '../parts/size.ts';
import { clockText } from '../words/spans.ts';

/** The strip shows at most so much of the past. */
const WINDOW_S = 300;
const HEIGHT = 44;
const BASE_Y = 34;

interface Props {
  readonly view: ViewName;
  go(view: ViewName): void;
}

export function TimeBar({ view, go }: Props) {
  const { session, words, attempt, say } = useApp();
  const file = useRef<HTMLInputElement>(null);
  const { shown, live } = session;
  const openFile = async (): Promise<void> => {
    const [chosen] = file.current?.files ?? [];
    if (chosen === undefined) return;
    try {
      const { view: saved } = session.open(chosen.name, await chosen.text());
      const known = VIEWS.find((name) => name === saved);
      if (known !== undefined) go(known);
    } catch (thrown) {
      say(words.time.notOurs(chosen.name, thrown instanceof Error ? thrown.message : String(thrown)));
    }
    if (file.current !== null) file.current.value = '';
  };
  return (
    <footer class="time">
      <button
        type="button"
        class={`button ${live ? '' : 'main-action'}`}
        onClick={() => (live ? session.pause() : session.resume())}
      >
        {live
          ? `❚❚ ${words.time.pause}`
          : `▶ ${session.recording === undefined ? words.time.goLive : words.line.backToLive}`}
      </button>
      <button
        type="button"
        class="button"
        aria-label={words.time.back}
        title={words.time.back}
        onClick={() => session.step(-1)}
      >
        ◂
      </button>
      <button
        type="button"
        class="button"
        aria-label={words.time.forward}
        title={words.time.forward}
        disabled={live}
        onClick={() => session.step(1)}
      >
        ▸
      </button>
      <div class="time-label">
        <b>
          <span class="live-dot" /> {live ? words.time.live : words.time.paused}
        </b>
        <span class="quiet">{shown.atMs === 0 ? '' : clockText(shown.atMs)}</span>
      </div>
      <Strip />
      <button
        type="button"
        class="button"
        title={words.time.saveHint}
        onClick={() =>
          void attempt(words.time.save, async () => saveFile(session.save(view), session.cluster, shown.atMs))
        }
      >
        {words.time.save}
      </button>
      <button type="button" class="button" title={words.time.openHint} onClick={() => file.current?.click()}>
        {words.time.open}
      </button>
      <input ref={file} type="file" accept=".json,application/json" hidden onChange={() => void openFile()} />
    </footer>
  );
}

function saveFile(text: string, cluster: string, atMs: number): void {
  const link = document.createElement('a');
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.href = address;
  link.download = `${cluster}-${clockText(atMs, false).replaceAll(':', '')}.sampan.json`;
  link.click();
  URL.revokeObjectURL(address);
}

function Strip() {
  const { session, words } = useApp();
  const [box, { width }] = useSize<HTMLDivElement>();
  const { timeline, shown } = session;
  const endS = Math.ceil(timeline.live.atMs / 1000);
  const firstS = Math.floor(timeline.base.atMs / 1000);
  const fromS = Math.max(endS - WINDOW_S, Math.min(firstS, endS - 60));
  const spanS = Math.max(1, endS - fromS);
  const x = (atMs: number): number => ((atMs / 1000 - fromS) / spanS) * width;
  const seekTo = (clientX: number, element: HTMLElement): void => {
    const { left } = element.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (clientX - left) / width));
    if (share > 0.995) session.resume();
    else session.seek(timeline.placeAtTime((fromS + share * spanS) * 1000));
  };
  const pressed = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    session.seek(timeline.placeAtTime(shown.atMs + by * 1000));
  };
  return (
    <div
      ref={box}
      class="time-strip"
      role="slider"
      tabIndex={0}
      aria-label={words.time.strip}
      aria-valuemin={fromS}
      aria-valuemax={endS}
      aria-valuenow={Math.round(shown.atMs / 1000)}
      aria-valuetext={clockText(shown.atMs)}
      onKeyDown={pressed}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        seekTo(event.clientX, event.currentTarget);
      }}
      onPointerMove={(event) => {
        if (event.buttons === 1) seekTo(event.clientX, event.currentTarget);
      }}
    >
      {width === 0 ? null : (
        <svg viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true">
          {firstS > fromS ? (
            <rect x="0" y="2" width={Math.max(0, x(timeline.base.atMs))} height={BASE_Y - 2} class="before" />
          ) : null}
          <Bars fromS={fromS} endS={endS} width={width} />
          <line x1="0" x2={width} y1={BASE_Y + 0.5} y2={BASE_Y + 0.5} class="axis" />
          <Ticks fromS={fromS} endS={endS} width={width} />
          <g transform={`translate(${Math.min(width - 1, Math.max(1, x(shown.atMs)))} 0)`} class="playhead">
            <line y1="4" y2={BASE_Y + 4} />
            <path d="M-5 0H5L0 6z" />
          </g>
        </svg>
      )}
    </div>
  );
}

interface Span {
  readonly fromS: number;
  readonly endS: number;
  readonly width: number;
}

function Bars({ fromS, endS, width }: Span) {
  const { session, words } = useApp();
  const { seconds } = session.timeline;
  const step = width / (endS - fromS);
  const bars: preact.JSX.Element[] = [];
  let most = 8;
  for (let at = fromS; at <= endS; at++) most = Math.max(most, seconds.get(at)?.changes ?? 0);
  let path = '';
  for (let at = fromS; at <= endS; at++) {
    const second = seconds.get(at);
    if (second === undefined) continue;
    const left = (at - fromS) * step;
    const height = Math.sqrt(second.changes / most) * (BASE_Y - 10);
    if (height > 0)
      path += `M${left.toFixed(1)} ${BASE_Y}v${(-height).toFixed(1)}h${Math.max(1, step - 0.6).toFixed(1)}V${BASE_Y}z`;
    for (const landmark of new Set(second.landmarks)) {
      bars.push(
        <g key={`${at} ${landmark}`} transform={`translate(${left + step / 2} 5)`} class={`landmark is-${landmark}`}>
          <title>{`${clockText(at * 1000, false)} ${words.time[landmark]}`}</title>
          {landmark === 'fault' ? (
            <path d="M0 -5 5 4H-5z" />
          ) : landmark === 'healed' ? (
            <path d="M-1.500 -5h3v3.500H5v3H1.500V5h-3V1.500H-5v-3h3.500z" />
          ) : (
            <path d="M-5 4 -5.500 -3 -2.500 0 0 -5 2.500 0 5.500 -3 5 4z" />
          )}
        </g>,
      );
    }
  }
  return (
    <g>
      <path d={path} class="bars" />
      {bars}
    </g>
  );
}

function Ticks({ fromS, endS, width }: Span) {
  const every = endS - fromS > 120 ? 60 : 15;
  const ticks: preact.JSX.Element[] = [];
  for (let at = Math.ceil(fromS / every) * every; at <= endS; at += every) {
    const x = ((at - fromS) / (endS - fromS)) * width;
    if (x < 20 || x > width - 24) continue;
    ticks.push(
      <text key={at} x={x} y={HEIGHT - 1} class="tick">
        {clockText(at * 1000, false)}
      </text>,
    );
  }
  return <g>{ticks}</g>;
}
