// A thread that reads blocks of the probe's file: one after the other, or several at a time in libuv's pool. See read-threads.ts.
import { read, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { alignedBuffer, BLOCK_BYTES } from './device-file.ts';
import { ReadLog, type ReadOrder } from './read-times.ts';

const { fd, blocks } = workerData as { readonly fd: number; readonly blocks: number };

const somewhere = () => Math.floor(Math.random() * blocks) * BLOCK_BYTES;

function check(length: number): void {
  if (length !== BLOCK_BYTES) throw new Error(`${length} of ${BLOCK_BYTES} bytes read`);
}

function readInTurn(log: ReadLog): void {
  const into = alignedBuffer(BLOCK_BYTES);
  for (let askedAt = performance.now(); !log.over(askedAt); ) {
    check(readSync(fd, into, 0, BLOCK_BYTES, somewhere()));
    const endedAt = performance.now();
    log.note(askedAt, endedAt);
    askedAt = endedAt;
  }
}

function readInPool(log: ReadLog, depth: number): Promise<unknown> {
  const buffers = alignedBuffer(depth * BLOCK_BYTES);
  const chain = (at: number) =>
    new Promise<void>((resolve, reject) => {
      const next = () => {
        const askedAt = performance.now();
        read(fd, buffers, at, BLOCK_BYTES, somewhere(), (error, length) => {
          if (error !== null) {
            reject(error);
            return;
          }
          check(length);
          const endedAt = performance.now();
          log.note(askedAt, endedAt);
          if (log.over(endedAt)) resolve();
          else next();
        });
      };
      next();
    });
  return Promise.all(Array.from({ length: depth }, (_, n) => chain(n * BLOCK_BYTES)));
}

parentPort?.on('message', async (order: ReadOrder) => {
  const log = new ReadLog(order, performance.now());
  if (order.depth === 1) readInTurn(log);
  else await readInPool(log, order.depth);
  parentPort?.postMessage(log.report());
});
