import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { Config } from '../engine/config/config.ts';
import type { LogLevel } from './messages.ts';
import { createShared } from './shared.ts';
import { Supervisor } from './supervisor.ts';

/** Where a server's process would have ended, its workers live on here, and keep this one alive. */
const workers: Worker[] = [];
process.on('worker', (worker: Worker) => void workers.push(worker));
after(() => Promise.all(workers.map((worker) => worker.terminate())));

const script = (body: string) =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`import { parentPort } from 'node:worker_threads'; const post = (m) => parentPort.postMessage(m); ${body}`)}`,
  );

/** Goes through the steps of the start like a real worker, and answers what main asks. */
const obedient = `
  post({ kind: 'reached', step: 'opened' });
  parentPort.on('message', (m) => {
    if (m.kind === 'connect') post({ kind: 'reached', step: 'connected' });
    if (m.kind === 'listen') post({ kind: 'reached', step: 'listening' });
    if (m.kind === 'request') post({ kind: 'answer', id: m.id });
    if (m.kind === 'tiers') ANSWER;
    if (m.kind === 'close') { post({ kind: 'closed' }); parentPort.close(); }
  });`;
const good = obedient.replace('ANSWER', "post({ kind: 'tiers-answer', id: m.id })");
const failing = obedient.replace('ANSWER', "post({ kind: 'tiers-answer', id: m.id, error: 'IOERR disk full' })");

interface Run {
  readonly supervisor: Supervisor;
  readonly lines: string[];
  readonly exited: Promise<number>;
}

function run(frontEnd: string, tierThread: string): Run {
  const config = new Config();
  const lines: string[] = [];
  let supervisor: Supervisor | undefined;
  const exited = new Promise<number>((resolve) => {
    const log = { write: (_level: LogLevel, text: string) => void lines.push(text), flush: () => {} };
    supervisor = new Supervisor(
      { config, log, exit: resolve },
      {
        scripts: { frontEnd: script(frontEnd), tierThread: script(tierThread) },
        shared: createShared(config),
        config: config.snapshot(),
        aclFile: undefined,
        threads: 1,
        runId: '',
        startedAtMs: 0,
      },
    );
  });
  assert.ok(supervisor !== undefined);
  return { supervisor, lines, exited };
}

test('a shutdown saves, closes and leaves with 0', async () => {
  const { supervisor, exited, lines } = run(good, good);
  await supervisor.start();
  void supervisor.shutdown({ save: true, now: false, force: false });
  assert.equal(await exited, 0);
  assert.match(lines.join('\n'), /Saving.*\n.*bye bye/);
});

test('a shutdown whose save fails does not happen, unless forced', async () => {
  const { supervisor, exited, lines } = run(good, failing);
  await supervisor.start();
  assert.equal(
    await supervisor.shutdown({ save: true, now: false, force: false }),
    'ERR Errors trying to SHUTDOWN. Check logs.',
  );
  assert.match(lines.join('\n'), /IOERR disk full/);
  assert.equal(supervisor.isShuttingDown, false);
  void supervisor.shutdown({ save: true, now: false, force: true });
  assert.equal(await exited, 0);
});

test('a worker that throws ends the process with 1 and its stack in the log', async () => {
  const { exited, lines } = run("throw new Error('broken invariant');", good);
  assert.equal(await exited, 1);
  assert.match(lines.join('\n'), /Fatal: The front-end 0 died: Error: broken invariant\n {4}at /);
});

test('a worker that cannot start ends the process with its reason', async () => {
  const { exited, lines } = run(good, "post({ kind: 'failed', text: 'the store is locked' });");
  assert.equal(await exited, 1);
  assert.deepEqual(lines, ['Fatal: the store is locked']);
});
