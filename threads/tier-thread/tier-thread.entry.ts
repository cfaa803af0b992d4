import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../../tiers/base/assert.ts';
import type { TierThreadStart } from '../messages.ts';
import { runTierThread } from './run.ts';

assert(parentPort !== null, 'tier-thread.entry.js is started by main.js, as a worker');
runTierThread(parentPort, workerData as TierThreadStart);
