/** The log of a command: pino, one JSON object a line, on standard error unless it is told otherwise. */
import { messageOf, UsageError } from '../base/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

/** @param outputs `stderr`, `stdout`, or files, which are appended to */
export async function processLogger(
  level: LogLevel,
  component: string,
  outputs: readonly string[] = ['stderr'],
): Promise<Logger> {
  if (level === 'silent') return silentLogger;
  const { pino } = await import('pino');
  const streams = outputs.map((output) => {
    const place = output === 'stderr' ? { fd: 2 } : output === 'stdout' ? { fd: 1 } : { dest: output };
    try {
      return { level, stream: pino.destination({ ...place, sync: true }) };
    } catch (thrown) {
      throw new UsageError(`cannot write the log to ${output}: ${messageOf(thrown)}`);
    }
  });
  const [first] = streams;
  const logger: Logger = pino(
    { level, base: { component } },
    streams.length === 1 && first !== undefined ? first.stream : pino.multistream(streams),
  );
  return logger;
}
