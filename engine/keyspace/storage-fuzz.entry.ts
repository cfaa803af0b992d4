import { parentPort, workerData } from 'node:worker_threads';
import { type FuzzStart, StorageFuzzer } from './storage-fuzz.ts';

// A thread of storage-fuzz.test.ts: runs as many operations as it is told, then says what it has done.
const fuzzer = new StorageFuzzer(workerData as FuzzStart);
parentPort?.on('message', (operations: number) => {
  fuzzer.run(operations);
  parentPort?.postMessage(fuzzer.done);
});
