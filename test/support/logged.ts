import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { PATIENCE_MS } from './patience.ts';

/** A line of the log comes by way of the main thread and a pipe, so it may be behind what a client sees: waits for it. */
export async function logged(server: { log(): string }, line: RegExp): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until && !line.test(server.log()); ) await setTimeout(10);
  assert.match(server.log(), line);
}
