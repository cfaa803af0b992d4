import { setTimeout as sleep } from 'node:timers/promises';
import type { Reading } from '../../engine/live/reading.ts';
import { snapshotOf } from '../../engine/live/snapshot-of.ts';
import { glyphsFor } from './glyphs.ts';
import { plainText } from './line.ts';
import type { TopOptions } from './options.ts';
import { withoutControls } from './screen.ts';
import type { Source } from './source.ts';
import { MIN_COLUMNS, wholeText } from './view.ts';

/** Where no terminal tells its width. */
const COLUMNS = 100;

/** `--once` and `--json`: text or JSON on the standard output, until it is told once, or for ever. Rejects when the server is gone. */
export async function print(options: TopOptions, target: string, source: Source): Promise<void> {
  const columns = Math.max(MIN_COLUMNS, process.stdout.columns || Number(process.env.COLUMNS) || COLUMNS);
  let before: Reading = await source.read();
  for (;;) {
    await sleep(options.intervalMs);
    const now = await source.read();
    const snapshot = snapshotOf(before, now);
    before = now;
    if (options.json) {
      if (!process.stdout.write(`${JSON.stringify(snapshot)}\n`)) await drained();
    } else {
      const state = {
        target,
        snapshot,
        problem: undefined,
        sorting: 'calls',
        paused: false,
        help: false,
        intervalMs: options.intervalMs,
        history: [],
      } as const;
      const lines = wholeText(state, columns, glyphsFor(process.env));
      process.stdout.write(lines.map((line) => `${withoutControls(plainText(line))}\n`).join(''));
    }
    if (options.once) return;
  }
}

function drained(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.once('drain', resolve);
  });
}
