/** One lesson: what to read, to predict and to type at the left, a terminal at the right, and the verdicts of the history. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { lessons } from '../live/lessons.ts';
import type { Said, SessionView, ShownStep, Verdict } from '../model/lesson.ts';
import { useApp } from '../parts/app.tsx';
import { Prose } from '../parts/prose.tsx';

interface Props {
  readonly state: SessionView;
  change(state: SessionView | undefined): void;
}

export function LessonDesk({ state, change }: Props) {
  const { words, language, attempt } = useApp();
  const [verdicts, setVerdicts] = useState<readonly Verdict[]>(state.verdicts);
  const [afterwards, setAfterwards] = useState<Said | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState('');
  const { step, stepIndex, stepCount, title } = state;
  const act = async (what: string, action: () => Promise<void>): Promise<void> => {
    setBusy(true);
    await attempt(what, action);
    setBusy(false);
  };
  const check = (): Promise<void> =>
    act(words.lessons.check, async () => {
      if (step?.ask !== undefined && answer !== '') await lessons.answer(answer);
      const checked = await lessons.check();
      if (checked === undefined) return;
      setVerdicts(checked.outcome.verdicts);
      setAfterwards(checked.outcome.done ? checked.outcome.afterwards : undefined);
      if (checked.outcome.done) setAnswer('');
      change(checked.session);
    });
  return (
    <section class="view lesson-desk" aria-label={title[language]} data-step={step?.name ?? 'done'}>
      <header>
        <h1>{title[language]}</h1>
        <span class="quiet number">
          {step === undefined ? words.lessons.finished : words.lessons.step(stepIndex + 1, stepCount)}
        </span>
        <Progress at={stepIndex} count={stepCount} />
        <span class="spacer" />
        <button
          type="button"
          class="button small"
          disabled={busy}
          onClick={() => void act(words.lessons.again, async () => change(await lessons.reset()))}
        >
          {words.lessons.again}
        </button>
        <button
          type="button"
          class="button small"
          disabled={busy}
          onClick={() =>
            void act(words.lessons.back, async () => {
              await lessons.end();
              change(undefined);
            })
          }
        >
          {words.lessons.back}
        </button>
      </header>
      <div class="desk-columns">
        <div class="card desk-text scroll">
          {afterwards === undefined ? null : (
            <div class="afterwards">
              <Prose text={afterwards[language]} />
            </div>
          )}
          {step === undefined ? null : (
            <Step
              key={`${stepIndex}`}
              step={step}
              state={state}
              change={change}
              answer={answer}
              setAnswer={setAnswer}
            />
          )}
          <ul class="verdicts">
            {verdicts.map((verdict) => (
              <li key={verdict.words.en} class={verdict.passed ? 'is-passed' : 'is-not-passed'}>
                <span aria-hidden="true">{verdict.passed ? '✓' : '○'}</span> {verdict.words[language]}
              </li>
            ))}
          </ul>
          {step === undefined ? null : (
            <button type="button" class="button main-action" disabled={busy} onClick={() => void check()}>
              {words.lessons.check}
            </button>
          )}
        </div>
        <Terminal suggestions={step?.type ?? []} />
      </div>
    </section>
  );
}

function Progress({ at, count }: { readonly at: number; readonly count: number }) {
  return (
    <span class="progress" aria-hidden="true">
      {Array.from({ length: count }, (_, step) => (
        <i key={step} class={step < at ? 'is-past' : step === at ? 'is-now' : ''} />
      ))}
    </span>
  );
}

interface StepProps extends Props {
  readonly step: ShownStep;
  readonly answer: string;
  setAnswer(answer: string): void;
}

function Step({ step, state, change, answer, setAnswer }: StepProps) {
  const { words, language, attempt } = useApp();
  const [hinted, setHinted] = useState(false);
  const { predicted } = state;
  return (
    <div class="step">
      <Prose text={step.text[language]} />
      {step.predict === undefined ? null : (
        <fieldset>
          <legend>
            <Prose text={step.predict.question[language]} />
          </legend>
          {step.predict.options.map((option, at) => (
            <label key={option.en} class="option">
              <input
                type="radio"
                name={`predict-${step.name}`}
                checked={predicted?.option === at}
                disabled={predicted !== undefined}
                onChange={() => void attempt(words.lessons.predict, async () => change(await lessons.predict(at)))}
              />
              {option[language]}
            </label>
          ))}
          {predicted === undefined ? null : (
            <div class={predicted.right ? 'is-passed' : 'is-not-passed'}>
              <b>{predicted.right ? words.lessons.right : words.lessons.wrong}</b>{' '}
              <Prose text={predicted.because[language]} />
            </div>
          )}
        </fieldset>
      )}
      {step.type.length === 0 ? null : (
        <ul class="to-type">
          {step.type.map((line) => (
            <li key={line}>
              <code>{line}</code>
            </li>
          ))}
        </ul>
      )}
      {step.ask === undefined ? null : (
        <label class="ask">
          <Prose text={step.ask[language]} />
          <input name="answer" value={answer} onInput={({ currentTarget }) => setAnswer(currentTarget.value)} />
        </label>
      )}
      {step.hint === undefined ? null : hinted ? (
        <Prose text={step.hint[language]} />
      ) : (
        <button type="button" class="button small" onClick={() => setHinted(true)}>
          {words.lessons.hint}
        </button>
      )}
    </div>
  );
}

const POLL_MS = 250;

function Terminal({ suggestions }: { readonly suggestions: readonly string[] }) {
  const { words, attempt } = useApp();
  const [text, setText] = useState('');
  const [line, setLine] = useState('');
  const [running, setRunning] = useState(false);
  const box = useRef<HTMLPreElement>(null);
  const typed = useRef<readonly string[]>([]);
  const recalled = useRef(0);
  useEffect(() => {
    let next = 0;
    let over = false;
    let timer: ReturnType<typeof setTimeout>;
    const poll = async (): Promise<void> => {
      const printed = await lessons.output(next).catch(() => undefined);
      if (over) return;
      if (printed !== undefined && printed.text !== '') setText((before) => (before + printed.text).slice(-200_000));
      next = printed?.next ?? next;
      timer = setTimeout(() => void poll(), POLL_MS);
    };
    void poll();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, []);
  useEffect(() => {
    if (box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [text]);
  const run = async (): Promise<void> => {
    const wanted = line.trim();
    if (wanted === '') return;
    typed.current = [...typed.current, wanted];
    recalled.current = typed.current.length;
    setLine('');
    setRunning(true);
    await attempt(wanted, () => lessons.run(wanted));
    setRunning(false);
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === 'c' && event.ctrlKey) void lessons.interrupt();
    else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const all = typed.current.length === 0 ? suggestions : typed.current;
      recalled.current = Math.max(0, Math.min(all.length, recalled.current + (event.key === 'ArrowUp' ? -1 : 1)));
      setLine(all[recalled.current] ?? '');
    } else return;
    event.preventDefault();
  };
  return (
    <div class="card terminal">
      <pre ref={box} class="scroll mono" aria-live="polite">
        {text}
      </pre>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <span class="mono" aria-hidden="true">
          $
        </span>
        <input
          name="line"
          class="mono"
          autocomplete="off"
          spellcheck={false}
          aria-label={words.lessons.terminal}
          placeholder={suggestions[0] ?? ''}
          value={line}
          disabled={running}
          onInput={({ currentTarget }) => setLine(currentTarget.value)}
          onKeyDown={pressed}
        />
        {running ? (
          <button type="button" class="button small" onClick={() => void lessons.interrupt()}>
            {words.lessons.interrupt}
          </button>
        ) : null}
      </form>
    </div>
  );
}
