/** The log of a command: pino, one JSON object a line, on standard error unless it is told otherwise. */
import { createRequire } from 'node:module';
import { messageOf, UsageError } from '../base/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { systemClock } from '../base/system.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

const STANDARD_ERROR = 'stderr';

const require = createRequire(import.meta.url);

/** klog's verbosity, where it is given, says it for who knows no --log-level: from 4 on everything. */
export function logLevelOf(flags: { readonly logLevel: LogLevel; readonly v?: number }): LogLevel {
  if (flags.v === undefined) return flags.logLevel;
  const level = flags.v >= DEBUG_VERBOSITY ? 'debug' : flags.v >= 1 ? 'info' : 'warn';
  return LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(flags.logLevel) ? level : flags.logLevel;
}

const DEBUG_VERBOSITY = 4;

/** @param format `text`: klog's lines; else JSON @param outputs `stderr`, `stdout`, or files, which are appended to @throws UsageError */
export function processLogger(
  level: LogLevel,
  component: string,
  outputs: readonly string[] = [STANDARD_ERROR],
  format: string | undefined = undefined,
): Logger {
  if (level === 'silent') return silentLogger;
  if (format === 'text') return new TextLogger(level, component, {});
  const make = (): Logger => makeLogger(level, component, outputs);
  // A file that cannot be written is told at the start.
  return outputs.every((output) => output === STANDARD_ERROR) ? new LateLogger(level, make) : make();
}

function makeLogger(level: LogLevel, component: string, outputs: readonly string[]): Logger {
  const { pino } = require('pino') as typeof import('pino');
  const streams = outputs.map((output) => {
    const place = output === STANDARD_ERROR ? { fd: 2 } : output === 'stdout' ? { fd: 1 } : { dest: output };
    try {
      return { level, stream: pino.destination({ ...place, sync: true }) };
    } catch (thrown) {
      throw new UsageError(`cannot write the log to ${output}: ${messageOf(thrown)}`);
    }
  });
  const [first] = streams;
  return pino(
    { level, base: { component } },
    streams.length === 1 && first !== undefined ? first.stream : pino.multistream(streams),
  );
}

/** Made with its first line: most processes have nothing to say when they start, and should not wait for pino. */
class LateLogger implements Logger {
  readonly #level: LogLevel;
  readonly #make: () => Logger;
  #made: Logger | undefined;

  constructor(level: LogLevel, make: () => Logger) {
    this.#level = level;
    this.#make = make;
  }

  debug(fields: object, message: string): void {
    if (this.#says('debug')) this.#logger().debug(fields, message);
  }

  info(fields: object, message: string): void {
    if (this.#says('info')) this.#logger().info(fields, message);
  }

  warn(fields: object, message: string): void {
    if (this.#says('warn')) this.#logger().warn(fields, message);
  }

  error(fields: object, message: string): void {
    this.#logger().error(fields, message);
  }

  child(bindings: Record<string, unknown>): Logger {
    return new LateLogger(this.#level, () => this.#logger().child(bindings));
  }

  #says(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(this.#level);
  }

  #logger(): Logger {
    this.#made ??= this.#make();
    return this.#made;
  }
}

/** Lines as klog writes them: `W1201 11:42:25.718260   11977 apiserver] "what happened" key="value"`. */
class TextLogger implements Logger {
  readonly #level: LogLevel;
  readonly #component: string;
  readonly #bindings: object;

  constructor(level: LogLevel, component: string, bindings: object) {
    this.#level = level;
    this.#component = component;
    this.#bindings = bindings;
  }

  debug(fields: object, message: string): void {
    this.#write('debug', fields, message);
  }

  info(fields: object, message: string): void {
    this.#write('info', fields, message);
  }

  warn(fields: object, message: string): void {
    this.#write('warn', fields, message);
  }

  error(fields: object, message: string): void {
    this.#write('error', fields, message);
  }

  child(bindings: Record<string, unknown>): Logger {
    return new TextLogger(this.#level, this.#component, { ...this.#bindings, ...bindings });
  }

  #write(level: 'debug' | 'info' | 'warn' | 'error', fields: object, message: string): void {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(this.#level)) return;
    const [, month, day, time] = /-(..)-(..)T(.*)Z/.exec(new Date(systemClock.nowMs()).toISOString()) ?? [];
    const head = `${LETTERS[level]}${month}${day} ${time}000 ${String(process.pid).padStart(7)} ${this.#component}]`;
    const values = Object.entries({ ...this.#bindings, ...fields }).map(
      ([key, value]) =>
        ` ${key}=${typeof value === 'number' || typeof value === 'boolean' ? value : JSON.stringify(value)}`,
    );
    process.stderr.write(`${head} ${JSON.stringify(message)}${values.join('')}\n`);
  }
}

const LETTERS = { debug: 'I', info: 'I', warn: 'W', error: 'E' } as const;
