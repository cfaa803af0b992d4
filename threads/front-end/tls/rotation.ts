import { statSync } from 'node:fs';
import type { Config } from '../../../engine/config/config.ts';
import { tlsFiles } from './options.ts';

const checkMs = 1000;

/** `tls-rotation`: calls back when one of the files behind the TLS configuration has changed. Looks once a second, as KeyDB does. */
export class FileWatch {
  private readonly config: Config;
  private readonly changed: () => void;
  private timer: NodeJS.Timeout | undefined;
  private seen = '';

  constructor(config: Config, changed: () => void) {
    this.config = config;
    this.changed = changed;
    config.watch('tls-rotation', (on) => {
      this.close();
      if (!on) return;
      this.seen = this.look();
      this.timer = setInterval(() => this.check(), checkMs);
      this.timer.unref();
    });
  }

  close(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** A file that changes while it is read shows as another change a second later, so half a certificate does no lasting harm. */
  private check(): void {
    const now = this.look();
    if (now === this.seen) return;
    this.seen = now;
    this.changed();
  }

  private look(): string {
    try {
      return tlsFiles(this.config.values).map(stamp).join('\n');
    } catch {
      // A folder that is being exchanged.
      return '';
    }
  }
}

function stamp(path: string): string {
  try {
    const { mtimeNs, size, ino } = statSync(path, { bigint: true });
    return `${path} ${mtimeNs} ${size} ${ino}`;
  } catch {
    return `${path} -`;
  }
}
