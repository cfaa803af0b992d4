import type { ShutdownOptions } from './messages.ts';

/** What signals need of the supervisor. */
export interface Stoppable {
  readonly isShuttingDown: boolean;
  shutdown(options: ShutdownOptions): Promise<string>;
}

export interface SignalParts {
  readonly server: () => Stoppable | undefined;
  readonly warn: (text: string) => void;
  /** `shutdown-on-sigterm` or `shutdown-on-sigint`, as words. */
  readonly words: (signal: 'SIGTERM' | 'SIGINT') => readonly string[];
  readonly exit: (code: number) => void;
}

/** SIGTERM and SIGINT save and leave; a second SIGINT leaves at once. */
export function handleSignals(parts: SignalParts): void {
  const onSignal = (signal: 'SIGTERM' | 'SIGINT') => {
    const server = parts.server();
    if (server === undefined || (signal === 'SIGINT' && server.isShuttingDown)) {
      parts.warn('You insist... exiting now.');
      parts.exit(1);
      return;
    }
    if (server.isShuttingDown) return;
    parts.warn(`Received ${signal} scheduling shutdown...`);
    const words = parts.words(signal);
    void server.shutdown({
      save: !words.includes('nosave'),
      now: words.includes('now'),
      force: words.includes('force'),
    });
  };
  process.on('SIGTERM', () => onSignal('SIGTERM'));
  process.on('SIGINT', () => onSignal('SIGINT'));
  // The log file is reopened by nobody, and a terminal that goes away is no reason to stop.
  process.on('SIGHUP', () => {});
}
