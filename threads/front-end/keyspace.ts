import type { BatchLock, KeyAccess, MemoryGate } from '../../engine/dispatch/hooks.ts';
import { GATE_OPEN } from '../../engine/dispatch/hooks.ts';
import type { Keyspace } from '../../engine/keyspace/keyspace.ts';
import type { MemoryFigures } from '../../engine/server/link.ts';
import type { FrontEndStart } from '../messages.ts';

/** One front-end's access to the shared keyspace. */
export interface KeyspaceParts {
  readonly keyspace: Keyspace;
  readonly keys: KeyAccess;
  readonly gate: MemoryGate;
  readonly lock: BatchLock;
  readonly memory: () => MemoryFigures;
}

/** Opens the keyspace in the shared memory that the thread was started with. */
export function openKeyspace(_start: FrontEndStart): KeyspaceParts {
  // To be replaced by the keyspace of engine/keyspace: until then every command that declares keys fails.
  const missing = (): never => {
    throw new Error('the keyspace is not built yet');
  };
  const keyspace = new Proxy({}, { get: missing }) as Keyspace;
  const keys: KeyAccess = {
    count: 0,
    at: missing,
    begin: () => {},
    add: missing,
    prepare: missing,
    prepareOne: missing,
    fetch: missing,
    release: () => {},
  };
  return {
    keyspace,
    keys,
    gate: { admit: () => GATE_OPEN, whenRoom: (wake) => setImmediate(wake) },
    memory: () => ({ usedBytes: 0, peakBytes: 0, overheadBytes: 0, committedBytes: 0, reservedBytes: 0 }),
    lock: { enter: () => {}, leave: () => {}, run: (body) => body() },
  };
}
