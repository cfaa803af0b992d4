import { type DataDirectory, DIRECTORY_FORMAT } from '../cold/meta.ts';
import type { SlotTables } from '../index/slot-tables.ts';

/**
 * Keeps the data directory's record in step with the shared mapping of databases to tables. `changed` says that FLUSHDB, SWAPDB or a
 * finished clearing left something to be written.
 */
export class DirectoryKeeper {
  private readonly tables: SlotTables;
  private readonly hashSeed: readonly [number, number, number];
  /** Keyspace ids whose records are still to be deleted from disk. */
  readonly pending: Set<number>;
  private writtenVersion = -1;
  private pendingChanged = true;
  private known: Set<number>;
  private knownNext: number;
  /** Databases that the directory has and this server, started with a lower `databases`, does not. */
  private readonly unseen: DataDirectory['databases'];

  constructor(tables: SlotTables, directory: DataDirectory) {
    this.tables = tables;
    this.hashSeed = directory.hashSeed;
    this.pending = new Set(directory.pendingClears);
    this.known = new Set(directory.databases.map(([, keyspaceId]) => keyspaceId));
    this.knownNext = tables.nextKeyspaceId;
    this.unseen = directory.databases.filter(([db]) => db >= tables.databases);
  }

  get changed(): boolean {
    return this.pendingChanged || this.writtenVersion !== this.tables.mappingVersion;
  }

  /** The record as it should be on disk now; counts as written until `retry`. Nobody may change the mapping meanwhile. */
  take(): DataDirectory {
    const { tables } = this;
    this.writtenVersion = tables.mappingVersion;
    this.pendingChanged = false;
    const seen = Array.from({ length: tables.databases }, (_, db): readonly [number, number] => [
      db,
      tables.keyspaceId(tables.tableOf(db)),
    ]);
    const databases = [...seen, ...this.unseen];
    const used = new Set(databases.map(([, keyspaceId]) => keyspaceId));
    // Those that came and went since the last record may have left something too: batches are filled before they are written.
    for (; this.knownNext < tables.nextKeyspaceId; this.knownNext++) this.known.add(this.knownNext);
    for (const id of this.known) if (!used.has(id)) this.pending.add(id);
    this.known = used;
    return {
      formatVersion: DIRECTORY_FORMAT,
      hashSeed: this.hashSeed,
      nextKeyspaceId: tables.nextKeyspaceId,
      databases,
      pendingClears: [...this.pending].sort((a, b) => a - b),
    };
  }

  retry(): void {
    this.pendingChanged = true;
  }

  /** The records of a flushed table are gone from disk. */
  cleared(keyspaceId: number): void {
    this.pending.delete(keyspaceId);
    this.pendingChanged = true;
  }
}
