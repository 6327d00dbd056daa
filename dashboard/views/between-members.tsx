/** The network between two chosen members: cut it, make it slow, mend it. */
import { useState } from 'preact/hooks';
import { heal, makeFault } from '../live/kubernetes.ts';
import { linkFaults } from '../model/look.ts';
import type { FaultRow } from '../model/rows.ts';
import type { State } from '../model/state.ts';
import { useApp } from '../parts/app.tsx';

const DELAYS = ['50ms', '200ms', '1s'] as const;
type Delay = (typeof DELAYS)[number];

interface Props {
  /** More than one, in order. */
  readonly names: readonly string[];
  readonly state: State;
}

export function BetweenMembers({ names, state }: Props) {
  const { session, words, attempt } = useApp();
  const [one = '', other = ''] = names;
  const [from, setFrom] = useState(one);
  const [to, setTo] = useState(other);
  const [delay, setDelay] = useState<Delay>('200ms');
  const able = (type: string): boolean => session.abilities.members && session.abilities.faults.includes(type);
  if (!able('StoreMemberPartition') || !able('StoreMemberDelay')) return null;
  const strike = (type: string, late?: Delay): void => {
    const network = { peers: [to], ...(late === undefined ? {} : { delay: late }) };
    void attempt(words.faultTypes[type] ?? type, () => makeFault(type, { name: from }, network));
  };
  const disabled = !session.live || from === to;
  return (
    <fieldset class="between" aria-label={words.store.between}>
      <legend>{words.store.between}</legend>
      <Choice label={words.store.oneEnd} names={names} chosen={from} choose={setFrom} />
      <span aria-hidden="true">↔</span>
      <Choice label={words.store.otherEnd} names={names} chosen={to} choose={setTo} />
      <button
        type="button"
        class="button small danger"
        disabled={disabled}
        title={words.store.cutHint}
        onClick={() => strike('StoreMemberPartition')}
      >
        {words.store.cut}
      </button>
      <button
        type="button"
        class="button small danger"
        disabled={disabled}
        title={words.faultHints['StoreMemberDelay']}
        onClick={() => strike('StoreMemberDelay', delay)}
      >
        {words.faultTypes['StoreMemberDelay']}
      </button>
      <select
        aria-label={words.store.delayBy}
        value={delay}
        onChange={({ currentTarget: { value } }) => setDelay(DELAYS.find((each) => each === value) ?? delay)}
      >
        {DELAYS.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
      {linkFaults(state).map((fault) => (
        <Struck key={fault.key} fault={fault} />
      ))}
    </fieldset>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly names: readonly string[];
  readonly chosen: string;
  choose(name: string): void;
}

function Choice({ label, names, chosen, choose }: ChoiceProps) {
  return (
    <select aria-label={label} value={chosen} onChange={({ currentTarget }) => choose(currentTarget.value)}>
      {names.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}

function Struck({ fault }: { readonly fault: FaultRow }) {
  const { session, words, attempt } = useApp();
  const what = fault.type === 'StoreMemberDelay' ? words.store.slow(fault.delay ?? '') : words.store.cutNow;
  const ends = `${fault.target} ↔ ${fault.peers?.join(', ') ?? words.store.allOthers}`;
  return (
    <p class="between-struck" data-fault={fault.type}>
      <span>
        {ends} · {what}
      </span>
      <button
        type="button"
        class="button small"
        aria-label={`${words.heal}: ${ends}`}
        disabled={!session.live}
        onClick={() => void attempt(words.heal, () => heal([fault]))}
      >
        {words.heal}
      </button>
    </p>
  );
}
