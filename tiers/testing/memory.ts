import { tablesBytesFor } from '../index/slot-tables.ts';
import { createSharedMemory, type SharedMemory } from '../memory/shared-memory.ts';
import { queuesBytesFor } from '../policy/hot-queues.ts';

/** Shared memory for a test or benchmark: an arena limited to `limitBytes`, with tables for `databases`. */
export function testMemory(limitBytes: number, databases = 1): SharedMemory {
  return createSharedMemory({
    arenaBytes: limitBytes,
    limitBytes,
    databases,
    tablesBytes: tablesBytesFor(databases),
    queuesBytes: queuesBytesFor(limitBytes),
  });
}
