import { openSync } from 'node:fs';
import pino, { type Logger } from 'pino';
import type { Config } from '../engine/config/config.ts';
import type { LogLevel } from './messages.ts';

/** pino's level for each of redis.conf's, and the mark that redis-server puts before the text. */
const levels: Readonly<Record<LogLevel, { readonly pino: pino.Level; readonly mark: string }>> = {
  debug: { pino: 'trace', mark: '.' },
  verbose: { pino: 'debug', mark: '-' },
  notice: { pino: 'info', mark: '*' },
  warning: { pino: 'warn', mark: '#' },
};

const marks: ReadonlyMap<number, string> = new Map([
  [10, '.'],
  [20, '-'],
  [30, '*'],
  [40, '#'],
  [50, '#'],
  [60, '#'],
]);

/** Writes the server's log: one line of redis-server's form per entry, to `logfile` or standard output. Main thread only. */
export class ServerLog {
  private readonly logger: Logger;
  private readonly destination: { write(line: string): void; flushSync(): void };

  /** @throws Error when the log file cannot be opened */
  constructor(config: Config) {
    const path = config.values.logfile;
    // Synchronous: a line is out before the process can die of what it tells.
    const fd = path === '' ? 1 : openSync(path, 'a', 0o644);
    const destination = pino.destination({ fd, sync: true });
    this.destination = destination;
    this.logger = pino({ base: null, level: 'info' }, { write: (json: string) => destination.write(formatLine(json)) });
    config.watch('loglevel', (level) => {
      this.logger.level = levels[asLevel(level)].pino;
    });
  }

  write(level: LogLevel, text: string): void {
    this.logger[levels[level].pino](text);
  }

  flush(): void {
    this.destination.flushSync();
  }
}

function asLevel(text: string): LogLevel {
  return text === 'debug' || text === 'verbose' || text === 'warning' ? text : 'notice';
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12345:M 22 Nov 2026 13:23:43.123 * text`, from pino's JSON. */
export function formatLine(json: string): string {
  const { level, time, msg } = JSON.parse(json) as { level: number; time: number; msg: string };
  const at = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
  const date = `${two(at.getDate())} ${months[at.getMonth()]} ${at.getFullYear()}`;
  return `${process.pid}:M ${date} ${clock} ${marks.get(level) ?? '#'} ${msg}\n`;
}
