/** The members of the store: who leads, what passes between them, how far each log has come; crash, pause, cut off, heal. */
import { makeFault } from '../live/kubernetes.ts';
import { faultsOn, memberLook } from '../model/look.ts';
import type { LogEntry, MemberState, State } from '../model/state.ts';
import { useApp } from '../parts/app.tsx';
import { inOrder } from '../parts/sorted.ts';
import { clockText, sizeText } from '../words/spans.ts';
import { BetweenMembers } from './between-members.tsx';
import { HealButton } from './heal-button.tsx';
import { MemberRing } from './member-ring.tsx';

const STAGES: readonly LogEntry['stage'][] = ['append', 'durable', 'commit', 'apply'];

export function StoreView() {
  const { session, words } = useApp();
  const state = session.shown;
  const members = [...state.members.values()].sort((a, b) => inOrder(a.name, b.name));
  const names = members.map(({ name }) => name);
  const up = members.filter((member) => !['down', 'paused', 'starting'].includes(memberLook(member))).length;
  const quorum = up > members.length / 2;
  return (
    <section class="view store-view" aria-label={words.store.title}>
      <header>
        <h1>{words.store.title}</h1>
        <p>{words.store.about}</p>
      </header>
      {members.length === 0 ? <p class="empty">{words.store.external}</p> : null}
      {members.length > 0 && !quorum ? <p class="notice bad">{words.store.quorumLost(up, members.length)}</p> : null}
      <div class="store-columns">
        <div class="card ring-card">
          <MemberRing members={members} state={state} />
          <p class="faint ring-about">{members.length > 1 ? words.store.messagesAbout : words.store.single}</p>
          {members.length > 1 ? (
            // A cluster of other members has other ends to choose from.
            <BetweenMembers key={names.join()} names={names} state={state} />
          ) : null}
        </div>
        <div class="scroll member-cards">
          {members.map((member) => (
            <MemberCard key={member.name} member={member} state={state} />
          ))}
          <LogLegend />
        </div>
        <div class="card elections">
          <h2>{words.store.elections}</h2>
          <ol class="scroll plain-lines">
            {state.turnings.length === 0 ? <li class="faint">{words.store.noElections}</li> : null}
            {state.turnings.map((turning) => (
              <li key={`${turning.place}`} class={`turning is-${turning.kind}`}>
                <span class="faint number">{clockText(turning.atMs)}</span>
                <span>{words.store.turn(turning)}</span>
              </li>
            ))}
          </ol>
        </div>
      </div>
    </section>
  );
}

function MemberCard({ member, state }: { readonly member: MemberState; readonly state: State }) {
  const { words } = useApp();
  const look = memberLook(member);
  const facts: readonly (readonly [string, string | number])[] = [
    [words.store.term, member.term],
    [words.store.lastIndex, member.lastIndex],
    [words.store.commit, member.commit],
    [words.store.applied, member.applied],
    [words.store.revision, member.revision],
    [words.store.size, sizeText(member.bytes)],
    [words.store.restarts, member.restarts],
    [words.store.process, member.pid ?? '–'],
  ];
  return (
    <article class={`card member-card is-${look}`} data-member={member.name} data-look={look}>
      <header>
        <svg width="18" height="18" viewBox="-9 -9 18 18" aria-hidden="true">
          <MemberSign look={look} />
        </svg>
        <h3>{member.name}</h3>
        <span class="member-said">{words.memberLook[look]}</span>
        <span class="spacer" />
        <MemberActions member={member} state={state} />
      </header>
      <dl class="member-facts number">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div class="log-tail" role="img" aria-label={words.store.log}>
        {member.tail.map((entry) => (
          <span
            key={entry.index}
            class={`log-cell at-${entry.stage}`}
            title={`${entry.index} · ${words.store.term} ${entry.term} · ${words.store.logLegend[entry.stage]}`}
          >
            {entry.index % 1000}
          </span>
        ))}
      </div>
    </article>
  );
}

function MemberSign({ look }: { readonly look: ReturnType<typeof memberLook> }) {
  switch (look) {
    case 'leader':
      return <path d="M-7 5 -8 -4 -3.500 -1 0 -7 3.500 -1 8 -4 7 5z" class="fill" />;
    case 'candidate':
      return <path d="M0 -8 8 0 0 8 -8 0z" class="line" />;
    case 'down':
      return <path d="M-6 -6 6 6M6 -6 -6 6" class="line" />;
    case 'paused':
      return <path d="M-3 -6V6M3 -6V6" class="line" />;
    default:
      return <circle r="6" class="fill" />;
  }
}

const MEMBER_FAULTS = ['StoreMemberCrash', 'StoreMemberPause', 'StoreMemberPartition', 'StoreMemberDiskStall'] as const;

function MemberActions({ member, state }: { readonly member: MemberState; readonly state: State }) {
  const { session, words, attempt } = useApp();
  const faults = faultsOn(state, member.name);
  if (!session.abilities.members) return null;
  if (faults.length > 0) {
    return <HealButton faults={faults} />;
  }
  return (
    <span class="buttons">
      {MEMBER_FAULTS.filter((type) => session.abilities.faults.includes(type)).map((type) => (
        <button
          key={type}
          type="button"
          class="button small danger"
          disabled={!session.live}
          title={words.faultHints[type]}
          onClick={() => void attempt(words.faultTypes[type] ?? type, () => makeFault(type, { name: member.name }))}
        >
          {words.faultTypes[type] ?? type}
        </button>
      ))}
    </span>
  );
}

function LogLegend() {
  const { words } = useApp();
  return (
    <ul class="legend log-legend">
      <li>{words.store.log}:</li>
      {STAGES.map((stage) => (
        <li key={stage}>
          <span class={`log-cell at-${stage}`} /> {words.store.logLegend[stage]}
        </li>
      ))}
    </ul>
  );
}
