/** The keys of the store: the tree, each key's history with what changed, and who watches. */
import { useMemo, useState } from 'preact/hooks';
import { type KeyLine, keyLines, ROOT_FOLDER } from '../model/key-tree.ts';
import type { State } from '../model/state.ts';
import { useApp } from '../parts/app.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { KeyPanel } from './key-panel.tsx';

const ROW_HEIGHT = 26;
/** How long a change flashes. */
const FLASH_MS = 1600;

export function KeysView() {
  const { session, words } = useApp();
  const state = session.shown;
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [filter, setFilter] = useState('');
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const [current, setCurrent] = useState(0);
  const lines = useMemo(() => keyLines(state, open, filter), [state.keys, state.folders, open, filter]);
  const toggle = (path: string): void => {
    const next = new Set(open);
    if (!next.delete(path)) next.add(path);
    setOpen(next);
  };
  const act = (line: KeyLine | undefined): void => {
    if (line === undefined) return;
    if (line.folder) toggle(line.path);
    else setChosen(line.path);
  };
  const pressed = (event: KeyboardEvent): void => {
    const line = lines[current];
    if (event.key === 'ArrowDown') setCurrent(Math.min(lines.length - 1, current + 1));
    else if (event.key === 'ArrowUp') setCurrent(Math.max(0, current - 1));
    else if (event.key === 'Enter' || event.key === ' ') act(line);
    else if (event.key === 'ArrowRight' && line?.folder === true && !line.open) toggle(line.path);
    else if (event.key === 'ArrowLeft' && line?.folder === true && line.open) toggle(line.path);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <section class="view keys-view" aria-label={words.keys.title}>
      <header>
        <h1>{words.keys.title}</h1>
        <p>{words.keys.about}</p>
      </header>
      <div class="keys-columns">
        <div class="card key-tree">
          <div class="key-tools">
            <code>{ROOT_FOLDER}</code>
            <span class="faint number">{words.keys.count(state.keys.size)}</span>
            <span class="spacer" />
            <input
              type="search"
              placeholder={words.keys.filter}
              aria-label={words.keys.filter}
              value={filter}
              onInput={({ currentTarget }) => setFilter(currentTarget.value)}
            />
          </div>
          <VirtualRows
            count={lines.length}
            rowHeight={ROW_HEIGHT}
            label={words.keys.title}
            current={current}
            onKeyDown={pressed}
            row={(index) => {
              const line = lines[index];
              if (line === undefined) return null;
              return (
                <Line
                  key={line.path}
                  line={line}
                  state={state}
                  current={index === current}
                  chosen={line.path === chosen}
                  act={() => {
                    setCurrent(index);
                    act(line);
                  }}
                />
              );
            }}
          />
        </div>
        <KeyPanel path={chosen} state={state} />
      </div>
    </section>
  );
}

interface LineProps {
  readonly line: KeyLine;
  readonly state: State;
  readonly current: boolean;
  readonly chosen: boolean;
  act(): void;
}

function Line({ line, state, current, chosen, act }: LineProps) {
  const { words } = useApp();
  const fresh = state.atMs - line.atMs < FLASH_MS;
  return (
    <button
      type="button"
      tabIndex={-1}
      class={`key-line ${current ? 'is-current' : ''} ${chosen ? 'is-chosen' : ''}`}
      style={{ paddingLeft: `${12 + line.depth * 18}px`, height: `${ROW_HEIGHT}px` }}
      data-key={line.path}
      aria-expanded={line.folder ? line.open : undefined}
      onClick={act}
    >
      {/* A new element for each change, so that each flashes anew. */}
      <span key={line.atMs} class={`flash ${fresh ? 'is-fresh' : ''}`} />
      <span class="twist" aria-hidden="true">
        {line.folder ? (line.open ? '▾' : '▸') : ''}
      </span>
      <span class="key-name mono">{line.name}</span>
      <span class="faint number">
        {line.folder ? words.keys.count(line.count) : `${line.revision}${line.count > 1 ? ` · v${line.count}` : ''}`}
      </span>
    </button>
  );
}
