/** The process's own terminal, or whatever its standard input and output are. */
import readline from 'node:readline';
import type { Terminal } from './lesson-terminal.ts';

export class StandardTerminal implements Terminal {
  readonly #lines: string[] = [];
  readonly #interface: readline.Interface;
  #waiting: ((line: string | undefined) => void) | undefined;
  #closed = false;
  #interrupt = new AbortController();

  constructor() {
    this.#interface = readline.createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: process.stdin.isTTY === true,
    });
    this.#interface.on('line', (line) => {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (waiting === undefined) this.#lines.push(line);
      else waiting(line);
    });
    this.#interface.on('close', () => {
      this.#closed = true;
      this.#waiting?.(undefined);
    });
    this.#interface.on('SIGINT', () => {
      this.#interrupt.abort();
      // At the prompt nothing runs that could be interrupted: it means to leave.
      if (this.#waiting !== undefined) this.#interface.close();
    });
  }

  get colours(): boolean {
    return process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '';
  }

  get lineWaits(): boolean {
    return this.#lines.length > 0;
  }

  async readLine(prompt: string): Promise<string | undefined> {
    const ready = this.#lines.shift();
    if (ready !== undefined || this.#closed) {
      if (ready !== undefined) this.write(`${prompt}${ready}\n`);
      return ready;
    }
    this.#interface.setPrompt(prompt);
    this.#interface.prompt();
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  write(text: string): void {
    process.stdout.write(text);
  }

  interrupt(): AbortSignal {
    this.#interrupt = new AbortController();
    return this.#interrupt.signal;
  }

  close(): void {
    this.#interface.close();
  }
}
