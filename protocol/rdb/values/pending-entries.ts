import { BadRdb, expect } from '../errors.ts';

const INITIAL_ENTRIES = 16;

/** The pending entries of one group, until each has found the consumer that owns it. */
export class PendingEntries {
  count = 0;
  private ms = new BigUint64Array(INITIAL_ENTRIES);
  private seq = new BigUint64Array(INITIAL_ENTRIES);
  private deliveredAt = new Float64Array(INITIAL_ENTRIES);
  private deliveries = new BigUint64Array(INITIAL_ENTRIES);
  private owned = new Uint8Array(INITIAL_ENTRIES);
  private ownedCount = 0;
  private next = 0;

  clear(): void {
    this.count = 0;
    this.ownedCount = 0;
    this.next = 0;
  }

  /** Ids must ascend, as they do wherever Redis wrote them. */
  add(ms: bigint, seq: bigint, deliveredAtMs: number, deliveries: bigint): void {
    const at = this.count;
    if (at > 0) expect(this.compare(at - 1, ms, seq) < 0, 'pending entries that do not ascend');
    if (at === this.owned.length) this.grow();
    this.ms[at] = ms;
    this.seq[at] = seq;
    this.deliveredAt[at] = deliveredAtMs;
    this.deliveries[at] = deliveries;
    this.owned[at] = 0;
    this.count++;
  }

  /** Which one it is; it must be there, and have no owner yet. */
  own(ms: bigint, seq: bigint): number {
    const at = this.find(ms, seq);
    expect(at >= 0, "a consumer's entry that its group does not have");
    if (this.owned[at] !== 0) throw new BadRdb('duplicate', 'a pending entry with two owners');
    this.owned[at] = 1;
    this.ownedCount++;
    this.next = at + 1;
    return at;
  }

  get allOwned(): boolean {
    return this.ownedCount === this.count;
  }

  deliveredAtMs(at: number): number {
    return this.deliveredAt[at] ?? 0;
  }

  deliveryCount(at: number): bigint {
    return this.deliveries[at] ?? 0n;
  }

  /** -1 when it is not there. */
  private find(ms: bigint, seq: bigint): number {
    // A consumer's entries ascend too: what comes next is often the one behind the last.
    if (this.next < this.count && this.compare(this.next, ms, seq) === 0) return this.next;
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = this.compare(middle, ms, seq);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  private compare(at: number, ms: bigint, seq: bigint): number {
    const ownMs = this.ms[at] ?? 0n;
    if (ownMs !== ms) return ownMs < ms ? -1 : 1;
    const ownSeq = this.seq[at] ?? 0n;
    return ownSeq < seq ? -1 : ownSeq > seq ? 1 : 0;
  }

  private grow(): void {
    const entries = this.owned.length * 2;
    this.ms = copied(this.ms, new BigUint64Array(entries));
    this.seq = copied(this.seq, new BigUint64Array(entries));
    this.deliveries = copied(this.deliveries, new BigUint64Array(entries));
    const deliveredAt = new Float64Array(entries);
    deliveredAt.set(this.deliveredAt);
    this.deliveredAt = deliveredAt;
    const owned = new Uint8Array(entries);
    owned.set(this.owned);
    this.owned = owned;
  }
}

function copied(from: BigUint64Array, to: BigUint64Array<ArrayBuffer>): BigUint64Array<ArrayBuffer> {
  to.set(from);
  return to;
}
