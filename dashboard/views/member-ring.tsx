/**
 * The members on a ring. A dot between two of them is a message that was sent; it takes the time to fly that an eye
 * needs. The arc around a member is its election timer: when it is full, the member stands for election.
 */
import { type LinkLook, linkLook, memberLook } from '../model/look.ts';
import type { MemberState, PeerMessage, State } from '../model/state.ts';
import { useApp } from '../parts/app.tsx';
import { MemberShape } from '../parts/marks.tsx';
import { spanText } from '../words/spans.ts';

const SIZE = 380;
const RADIUS = 122;
const TIMER_RADIUS = 42;
/** How long a message is drawn. */
const FLIGHT_MS = 700;
const DRAWN_MAX = 48;

interface Props {
  readonly members: readonly MemberState[];
  readonly state: State;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

export function MemberRing({ members, state }: Props) {
  const { session, words } = useApp();
  const places = new Map(members.map(({ name }, at) => [name, placeOf(at, members.length)]));
  const flying = state.messages.filter(({ sentMs }) => state.atMs - sentMs < FLIGHT_MS && sentMs <= state.atMs + 50);
  return (
    <svg
      class={`ring ${session.live ? '' : 'still'}`}
      viewBox={`0 0 ${SIZE} ${SIZE}`}
      role="img"
      aria-label={words.store.messages}
    >
      {members.map((one, at) =>
        members.slice(at + 1).map((other) => {
          const a = places.get(one.name);
          const b = places.get(other.name);
          if (a === undefined || b === undefined) return null;
          return <Link key={`${one.name} ${other.name}`} a={a} b={b} look={linkLook(state, one.name, other.name)} />;
        }),
      )}
      {flying.slice(-DRAWN_MAX).map((message) => (
        <Flight key={message.place} message={message} places={places} atMs={state.atMs} live={session.live} />
      ))}
      {members.map((member) => {
        const at = places.get(member.name);
        return at === undefined ? null : <Member key={member.name} member={member} at={at} />;
      })}
      <Legend />
    </svg>
  );
}

/** Cut: a gap with a cross in it. Slow: dots. */
function Link({ a, b, look }: { readonly a: Point; readonly b: Point; readonly look: LinkLook }) {
  const { words } = useApp();
  const middle = `translate(${(a.x + b.x) / 2} ${(a.y + b.y) / 2})`;
  return (
    <g class={`link is-${look}`} data-link={look}>
      <title>
        {look === 'whole' ? words.store.messages : look === 'cut' ? words.store.cutNow : words.store.slowNow}
      </title>
      <line x1={a.x} y1={a.y} x2={b.x} y2={b.y} class="path" />
      {look === 'cut' ? (
        <g transform={middle}>
          <circle r="11" />
          <path d="M-6 -6 6 6M6 -6 -6 6" />
        </g>
      ) : look === 'slow' ? (
        <g transform={middle}>
          <circle r="11" />
          <path d="M-5 -7H5L-5 7H5z" />
        </g>
      ) : null}
    </g>
  );
}

function placeOf(at: number, count: number): Point {
  if (count === 1) return { x: SIZE / 2, y: SIZE / 2 - 16 };
  const angle = (at / count) * 2 * Math.PI - Math.PI / 2;
  return { x: SIZE / 2 + RADIUS * Math.cos(angle), y: SIZE / 2 + 14 + RADIUS * Math.sin(angle) };
}

function Member({ member, at }: { readonly member: MemberState; readonly at: Point }) {
  const { words } = useApp();
  const look = memberLook(member);
  const { election } = member;
  const counts = election !== undefined && (look === 'follower' || look === 'candidate');
  const share = counts ? Math.min(1, election.elapsedMs / Math.max(1, election.timeoutMs)) : 0;
  const length = 2 * Math.PI * TIMER_RADIUS;
  const title = counts
    ? words.store.timer(spanText(Math.max(0, election.timeoutMs - election.elapsedMs)))
    : words.store.noTimer;
  return (
    <g transform={`translate(${at.x} ${at.y})`}>
      <title>{title}</title>
      <circle r={TIMER_RADIUS + 8} class="ground" />
      {counts ? (
        <g class="timer">
          <circle r={TIMER_RADIUS} class="rail" />
          <circle
            r={TIMER_RADIUS}
            class="hand"
            transform="rotate(-90)"
            stroke-dasharray={`${(share * length).toFixed(1)} ${length.toFixed(1)}`}
          />
        </g>
      ) : null}
      <MemberShape look={look} />
      <text y={at.y < SIZE / 2 - 20 ? -TIMER_RADIUS - 25 : TIMER_RADIUS + 22} class="member-name">
        {member.name}
      </text>
      <text y={at.y < SIZE / 2 - 20 ? -TIMER_RADIUS - 10 : TIMER_RADIUS + 37} class="member-words">
        {`${words.memberLook[look]} · ${words.store.term.toLowerCase()} ${member.term}`}
      </text>
    </g>
  );
}

interface FlightProps {
  readonly message: PeerMessage;
  readonly places: ReadonlyMap<string, Point>;
  readonly atMs: number;
  readonly live: boolean;
}

function kindOf({ message, entries }: PeerMessage): 'heartbeat' | 'entries' | 'vote' | 'other' {
  if (/vote/i.test(message)) return 'vote';
  if (/heartbeat/i.test(message)) return 'heartbeat';
  return entries > 0 ? 'entries' : 'other';
}

function Flight({ message, places, atMs, live }: FlightProps) {
  const from = places.get(message.from);
  const to = places.get(message.to);
  if (from === undefined || to === undefined) return null;
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  // From edge to edge; both ways between two members beside each other.
  const edge = (TIMER_RADIUS + 12) / length;
  const aside = 7 / length;
  const dx = (to.x - from.x) * (1 - 2 * edge);
  const dy = (to.y - from.y) * (1 - 2 * edge);
  const x = from.x + (to.x - from.x) * edge - (to.y - from.y) * aside;
  const y = from.y + (to.y - from.y) * edge + (to.x - from.x) * aside;
  const kind = kindOf(message);
  const shape =
    kind === 'vote' ? (
      <path d="M0 -6 6 0 0 6 -6 0z" />
    ) : kind === 'entries' ? (
      <rect x="-5" y="-5" width="10" height="10" rx="2" />
    ) : (
      <circle r={kind === 'heartbeat' ? 3 : 3.5} />
    );
  // Time stands still: each message stands where it was at this moment.
  const share = live ? 0 : Math.min(1, Math.max(0.12, (atMs - message.sentMs) / FLIGHT_MS));
  return (
    <g transform={`translate(${x + dx * share} ${y + dy * share})`}>
      <g class={`flight is-${kind} ${live ? 'flies' : ''}`} style={{ '--dx': `${dx}px`, '--dy': `${dy}px` }}>
        {shape}
      </g>
    </g>
  );
}

function Legend() {
  const { words } = useApp();
  const kinds = ['heartbeat', 'entries', 'vote', 'other'] as const;
  return (
    <g class="ring-legend" transform={`translate(12 16)`}>
      {kinds.map((kind, at) => (
        <g key={kind} transform={`translate(4 ${at * 17})`}>
          <g class={`flight is-${kind}`}>
            {kind === 'vote' ? (
              <path d="M0 -5 5 0 0 5 -5 0z" />
            ) : kind === 'entries' ? (
              <rect x="-4.500" y="-4.500" width="9" height="9" rx="2" />
            ) : (
              <circle r="3.500" />
            )}
          </g>
          <text x="11" y="4">
            {words.store[kind]}
          </text>
        </g>
      ))}
    </g>
  );
}
