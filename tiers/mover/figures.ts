/** What the tier thread counts. Bytes are bytes, counts are counts since start; read by INFO and TIER STATUS. */
export interface MoverFigures {
  demotions: number;
  cleanEvictions: number;
  evictedKeys: number;
  promotions: number;
  deletions: number;
  checkpoints: number;
  lastCheckpointMs: number;
  /** How many changes of the keyspace there had been when the last checkpoint began. */
  savedChanges: number;
  coldReads: number;
  coldReadMisses: number;
  coldReadErrors: number;
  coldWriteErrors: number;
  bytesRead: number;
  bytesWritten: number;
  expiredKeys: number;
  /** Reads of cold keys that did not bring them to RAM, and values dropped from RAM that were not written, because a policy said so. */
  ramRefused: number;
  nvmeRefused: number;
  /** Of `evictedKeys`: cold ones, because of maxstorage. */
  coldEvictions: number;
  /** Of `bytesWritten`: records in whose place there was one already. */
  bytesRewritten: number;
  /** Of the sweep of cold keys that are due: keys and records read from disk for it, and the time with a request under way, in ms. */
  expirySweepBytes: number;
  expirySweepMs: number;
  lastError: string;
}

export function newFigures(): MoverFigures {
  return {
    demotions: 0,
    cleanEvictions: 0,
    evictedKeys: 0,
    promotions: 0,
    deletions: 0,
    checkpoints: 0,
    lastCheckpointMs: 0,
    savedChanges: 0,
    coldReads: 0,
    coldReadMisses: 0,
    coldReadErrors: 0,
    coldWriteErrors: 0,
    bytesRead: 0,
    bytesWritten: 0,
    expiredKeys: 0,
    ramRefused: 0,
    nvmeRefused: 0,
    coldEvictions: 0,
    bytesRewritten: 0,
    expirySweepBytes: 0,
    expirySweepMs: 0,
    lastError: '',
  };
}
