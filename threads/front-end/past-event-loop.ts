import { readSync, writeSync } from 'node:fs';

/** What a descriptor has to read, here and now: 0 when that is nothing. What is wrong with the connection the event loop will find out. */
export function readPastEventLoop(fd: number, buffer: Buffer): number {
  try {
    return readSync(fd, buffer);
  } catch {
    return 0;
  }
}

/** Writes a short answer; one that finds no room, or nobody, is lost. */
export function writePastEventLoop(fd: number, text: string): void {
  try {
    writeSync(fd, text, null, 'latin1');
  } catch {
    // As above.
  }
}
