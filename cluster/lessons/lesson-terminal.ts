/**
 * A lesson in the terminal: shows a step, takes the prediction, runs what is typed, checks after every command, goes on.
 * Lines are taken one after the other, so that a script can follow a lesson as a person does.
 */
import type { SessionView, Verdict } from '../../dashboard/model/lesson.ts';
import type { Language, Lesson, Words } from './lesson.ts';
import { LessonSession } from './lesson-session.ts';
import type { LessonWorld } from './lesson-world.ts';
import { phrases } from './phrases.ts';

/** After a command the checks have so long to come true before what is missing is told. */
const SETTLE_MS = 6_000;
const WIDTH = 96;
const BOLD = '\u001b[1m';
const DIM = '\u001b[2m';
const PLAIN = '\u001b[0m';

export interface Terminal {
  /** The next line typed; undefined at the end of the input. */
  readLine(prompt: string): Promise<string | undefined>;
  /** Whether a line waits already. */
  readonly lineWaits: boolean;
  write(text: string): void;
  readonly colours: boolean;
  /** Aborted by Ctrl-C, for what runs just now. */
  interrupt(): AbortSignal;
}

export class LessonTerminal {
  readonly #terminal: Terminal;
  readonly #language: Language;

  constructor(terminal: Terminal, language: Language) {
    this.#terminal = terminal;
    this.#language = language;
  }

  /** True when the lesson was followed to its end. The cluster is put back as it was in any case. */
  async follow(lesson: Lesson, world: LessonWorld): Promise<boolean> {
    const words = phrases[this.#language];
    this.#heading(this.#say(lesson.title), '=');
    this.#paragraph(this.#say(lesson.about));
    this.#terminal.write(`\n${words.help}\n${words.otherTerminal(world.kubeconfig)}\n`);
    for (;;) {
      const session = await LessonSession.start(lesson, world);
      let end: 'finished' | 'left' | 'reset';
      try {
        end = await this.#steps(session);
      } finally {
        this.#terminal.write(`\n${words.puttingBack}\n`);
        await session.end();
      }
      if (end === 'reset') continue;
      this.#terminal.write(`${end === 'finished' ? words.finished(this.#say(lesson.title)) : words.notFinished}\n`);
      return end === 'finished';
    }
  }

  async #steps(session: LessonSession): Promise<'finished' | 'left' | 'reset'> {
    while (!session.finished) {
      const view = session.view();
      this.#show(view);
      const predicted = await this.#predict(session, view);
      const end = predicted ? await this.#act(session) : 'left';
      if (end !== 'done') return end;
    }
    return 'finished';
  }

  #show({ step, stepIndex, stepCount }: SessionView): void {
    if (step === undefined) return;
    const words = phrases[this.#language];
    this.#heading(words.step(stepIndex + 1, stepCount), '-');
    this.#paragraph(this.#say(step.text));
  }

  /** False at the end of the input. */
  async #predict(session: LessonSession, { step }: SessionView): Promise<boolean> {
    const words = phrases[this.#language];
    const { predict } = step ?? {};
    if (predict !== undefined) {
      this.#terminal.write(`\n${this.#marked(this.#say(predict.question))}\n`);
      predict.options.forEach((option, at) => {
        this.#terminal.write(`  ${at + 1}) ${this.#marked(this.#say(option))}\n`);
      });
      let option = 0;
      while (!(option >= 1 && option <= predict.options.length)) {
        const line = await this.#terminal.readLine(`${words.chooseOption} `);
        if (line === undefined) return false;
        option = Number(line.trim());
      }
      session.predict(option - 1);
    }
    this.#task(session.view());
    return true;
  }

  #task({ step }: SessionView): void {
    if (step === undefined) return;
    const words = phrases[this.#language];
    if (step.type.length > 0) this.#terminal.write(`\n${words.typeThis}\n`);
    for (const line of step.type) this.#terminal.write(`  ${this.#bold(line)}\n`);
    if (step.ask !== undefined) {
      this.#terminal.write(`\n${this.#marked(this.#say(step.ask))}\n${words.answerThis}\n`);
    }
    if (step.type.length === 0 && step.ask === undefined) this.#terminal.write(`\n${words.nothingToType}\n`);
    this.#terminal.write('\n');
  }

  async #act(session: LessonSession): Promise<'done' | 'left' | 'reset'> {
    const words = phrases[this.#language];
    for (;;) {
      const line = (await this.#terminal.readLine('$ '))?.trim();
      if (line === undefined || line === 'quit') return 'left';
      if (line === 'reset') return 'reset';
      if (line === 'help' || line === '?') {
        this.#terminal.write(`${words.help}\n`);
        continue;
      }
      if (line === 'hint') {
        const { hint } = session.view().step ?? {};
        this.#terminal.write(`${hint === undefined ? words.noHint : this.#marked(this.#say(hint))}\n`);
        continue;
      }
      if (line === 'again') {
        this.#show(session.view());
        this.#task(session.view());
        continue;
      }
      const answer = /^answer\s+(.*)$/.exec(line)?.[1];
      if (answer !== undefined) session.answer(answer);
      else if (line !== '') await session.run(line, (text) => this.#terminal.write(text), this.#terminal.interrupt());
      if (await this.#judge(session)) return 'done';
    }
  }

  async #judge(session: LessonSession): Promise<boolean> {
    const words = phrases[this.#language];
    const before = session.view();
    const { done, verdicts, afterwards } = await session.checkWithin(SETTLE_MS, () => this.#terminal.lineWaits);
    if (!done) {
      const open = verdicts.filter((verdict) => !verdict.passed);
      this.#terminal.write(`${this.#dim(words.stillMissing)}\n`);
      for (const verdict of open) this.#verdict(verdict);
      return false;
    }
    this.#terminal.write('\n');
    for (const verdict of verdicts) this.#verdict(verdict);
    const { predicted } = before;
    if (predicted !== undefined) {
      const verdict = predicted.right ? words.predictedRight : words.predictedWrong;
      this.#paragraph(`${verdict} ${this.#say(predicted.because)}`);
    }
    if (afterwards !== undefined) this.#paragraph(this.#say(afterwards));
    return true;
  }

  #verdict({ passed, words }: Verdict): void {
    this.#terminal.write(`  ${passed ? '✓' : '·'} ${this.#say(words)}\n`);
  }

  #say(words: Words): string {
    return words[this.#language];
  }

  #heading(text: string, line: '=' | '-'): void {
    this.#terminal.write(`\n${this.#bold(text)}\n${line.repeat([...text].length)}\n`);
  }

  #paragraph(text: string): void {
    for (const block of text.trim().split(/\n{2,}/)) {
      this.#terminal.write(`\n${this.#marked(wrapped(block.replace(/\s+/g, ' ')))}\n`);
    }
  }

  /** `**bold**` and `code` in backquotes. */
  #marked(text: string): string {
    return text
      .replace(/\*\*(.+?)\*\*/gs, (_, inner: string) => this.#bold(inner))
      .replace(/`([^`]+)`/g, (_, inner: string) => (this.#terminal.colours ? this.#bold(inner) : `\`${inner}\``));
  }

  #bold(text: string): string {
    return this.#terminal.colours ? `${BOLD}${text}${PLAIN}` : text;
  }

  #dim(text: string): string {
    return this.#terminal.colours ? `${DIM}${text}${PLAIN}` : text;
  }
}

function wrapped(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\n');
}
