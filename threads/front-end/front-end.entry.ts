import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../tiers/base/assert.ts';
import type { FrontEndStart } from '../messages.ts';
import { runFrontEnd } from './run.ts';

assert(parentPort !== null, 'front-end.entry.js is started by main.js, as a worker');
runFrontEnd(parentPort, workerData as FrontEndStart);
