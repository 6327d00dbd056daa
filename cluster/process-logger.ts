/** The log of a command: pino, one JSON object a line, on standard error. */
import { type Logger, silentLogger } from '../base/logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent'];

export async function processLogger(level: LogLevel, component: string): Promise<Logger> {
  if (level === 'silent') return silentLogger;
  const { pino } = await import('pino');
  const logger: Logger = pino({ level, base: { component } }, pino.destination({ fd: 2, sync: true }));
  return logger;
}
