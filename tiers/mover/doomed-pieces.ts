import { piecesRange, RecordReader } from '../cold/record.ts';
import { type ColdStore, ColdStoreError, type KeyRange } from '../cold/store.ts';
import type { Doom, Doomed } from '../tree/doomed.ts';
import { ENCODING_TREE, TREE_HEADER_BYTES, TREE_IDENTITY } from '../tree/layout.ts';

/**
 * Which pieces are to be deleted once no record on disk refers to them: what threads noted (tree/doomed.ts), as ranges of keys. Nothing that was
 * noted is lost by an error of the store.
 */
export class DoomedPieces {
  private readonly noted: Doomed;
  private readonly cold: ColdStore;
  /** Taken from what threads noted, and not looked up yet. */
  private unresolved: Doom[] = [];
  private ranges: KeyRange[] = [];

  constructor(noted: Doomed, cold: ColdStore) {
    this.noted = noted;
    this.cold = cold;
  }

  /**
   * Looks up the identities of those that are known by their record only. Nobody may write to the store meanwhile: the record could be
   * that of a later collection of the same name, whose pieces would go.
   * @throws ColdStoreError; it is tried again the next time
   */
  async resolve(): Promise<void> {
    for (const doom of this.noted.take()) this.unresolved.push(doom);
    const dooms = this.unresolved;
    if (dooms.length === 0) return;
    const keys = dooms.flatMap(({ recordKey }) => recordKey ?? []);
    const values = keys.length === 0 ? [] : await this.read(keys);
    this.unresolved = [];
    for (const { recordKey, keyspaceId, identityHigh, identityLow } of dooms) {
      if (recordKey === undefined) this.ranges.push(piecesRange(keyspaceId, identityHigh, identityLow));
    }
    const reader = new RecordReader();
    for (const [n, key] of keys.entries()) {
      const value = values[n];
      // Damaged or gone: its pieces, if there are any, wait for the next start.
      if (value === undefined || reader.read(key, value) !== undefined) continue;
      if ((reader.encoding & ENCODING_TREE) === 0 || value.length < reader.payloadAt + TREE_HEADER_BYTES) continue;
      const low = value.readUInt32LE(reader.payloadAt + TREE_IDENTITY);
      const high = value.readUInt32LE(reader.payloadAt + TREE_IDENTITY + 4);
      if ((low | high) !== 0) this.ranges.push(piecesRange(reader.keyspaceId, high, low));
    }
  }

  /** Takes what was resolved. */
  take(): KeyRange[] {
    const { ranges } = this;
    this.ranges = [];
    return ranges;
  }

  /** They could not be deleted yet. */
  keep(ranges: readonly KeyRange[]): void {
    for (const range of ranges) this.ranges.push(range);
  }

  private async read(keys: readonly Buffer[]): Promise<(Buffer | undefined)[]> {
    try {
      return await this.cold.getMany(keys);
    } catch (error) {
      if (!(error instanceof ColdStoreError) || error.kind !== 'corrupt') throw error;
    }
    // A damaged block must not keep everything else from being written.
    const values: (Buffer | undefined)[] = [];
    for (const key of keys) values.push(await this.readSound(key));
    return values;
  }

  private async readSound(key: Buffer): Promise<Buffer | undefined> {
    try {
      return (await this.cold.getMany([key]))[0];
    } catch (error) {
      if (error instanceof ColdStoreError && error.kind === 'corrupt') return undefined;
      throw error;
    }
  }
}
