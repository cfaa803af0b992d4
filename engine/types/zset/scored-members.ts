import { copyBytes, equalBytes } from '../../../tiers/base/bytes.ts';
import type { KeyHasher } from '../../../tiers/index/hash.ts';
import { orderOf, reorder } from '../../../tiers/tree/bulk/radix.ts';
import { compareBytes, Slice } from '../../../tiers/tree/slice.ts';
import { SCORE_BYTES, writeScore } from './score-key.ts';

const INITIAL_BYTES = 1024;
const INITIAL_MEMBERS = 64;
/** Sorted by comparing them: cheaper than by digits. */
const FEW = 256;

/** Members with scores in memory of our own: what a command computes before it answers or stores it. */
export class ScoredMembers {
  count = 0;
  /** Of all members together, and of the longest. */
  memberBytes = 0;
  longest = 0;
  private bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  private view = new DataView(this.bytes.buffer);
  private starts = new Uint32Array(INITIAL_MEMBERS);
  private lengths = new Uint32Array(INITIAL_MEMBERS);
  private scores = new Float64Array(INITIAL_MEMBERS);
  private hashes = new Uint32Array(0);
  private hashOrder: Uint32Array = this.hashes;
  private byName: Map<string, number> | undefined;
  private readonly slice = new Slice();

  /** Whether a score is -0. */
  hasMinusZero = false;

  /** Adds a member, whether it is there or not. */
  add(member: Slice, score: number): void {
    const { length } = member;
    if (this.memberBytes + length > this.bytes.length) this.grow(length);
    copyBytes(this.view, this.bytes, this.memberBytes, member.view, member.bytes, member.at, length);
    const { count } = this;
    if (count === this.scores.length) this.growMembers();
    this.starts[count] = this.memberBytes;
    this.lengths[count] = length;
    this.scores[count] = score;
    if (Object.is(score, -0)) this.hasMinusZero = true;
    this.byName?.set(this.name(this.count), this.count);
    this.count++;
    this.memberBytes += length;
    if (length > this.longest) this.longest = length;
  }

  /** The number of a member, -1 when it is not there. */
  indexOf(member: Slice): number {
    if (this.byName === undefined) {
      this.byName = new Map();
      for (let n = 0; n < this.count; n++) this.byName.set(this.name(n), n);
    }
    return this.byName.get(latin1(member)) ?? -1;
  }

  /** Member `n`: good until the next call, or the next `add`. */
  member(n: number): Slice {
    return this.slice.set(this.view, this.bytes, this.starts[n] ?? 0, this.lengths[n] ?? 0);
  }

  score(n: number): number {
    return this.scores[n] ?? 0;
  }

  setScore(n: number, score: number): void {
    this.scores[n] = score;
    if (Object.is(score, -0)) this.hasMinusZero = true;
  }

  /** Their numbers in the order of (score, member). */
  sorted(): Uint32Array {
    const order = new Uint32Array(this.count);
    for (let n = 0; n < order.length; n++) order[n] = n;
    if (this.runs(1)) return order;
    // As Redis stores them.
    if (this.runs(-1)) return order.reverse();
    return this.count < FEW ? order.sort((a, b) => this.compare(a, b)) : this.sortedByDigits(order);
  }

  private sortedByDigits(all: Uint32Array): Uint32Array {
    const high = new Uint32Array(this.count);
    const low = new Uint32Array(this.count);
    const key = new DataView(new ArrayBuffer(SCORE_BYTES));
    for (let n = 0; n < this.count; n++) {
      writeScore(key, 0, this.scores[n] ?? 0);
      high[n] = key.getUint32(0, false);
      low[n] = key.getUint32(4, false);
    }
    const order = reorder(reorder(all, low), high);
    for (let from = 0; from < order.length; ) {
      const score = this.scores[order[from] ?? 0];
      let to = from + 1;
      while (to < order.length && this.scores[order[to] ?? 0] === score) to++;
      if (to - from > 1) order.subarray(from, to).sort((a, b) => this.compare(a, b));
      from = to;
    }
    return order;
  }

  /** Takes the hashes of all members: `byHash`, `hash` and `repeats` are about them until the next `add`. */
  takeHashes(hasher: KeyHasher): void {
    const { lengths, starts, view } = this;
    if (this.hashes.length === this.count) return;
    this.hashes = new Uint32Array(this.count);
    for (let n = 0; n < this.count; n++) {
      hasher.hash(view, starts[n] ?? 0, lengths[n] ?? 0);
      this.hashes[n] = hasher.position;
    }
    this.hashOrder = orderOf(this.hashes, this.count);
  }

  /** Their numbers in the order of their hashes. */
  byHash(): Uint32Array {
    return this.hashOrder;
  }

  hash(n: number): number {
    return this.hashes[n] ?? 0;
  }

  /** Whether a member is there more than once. */
  repeats(): boolean {
    const { hashes, hashOrder: order, lengths, starts, view } = this;
    for (let n = 1; n < order.length; n++) {
      const at = order[n] ?? 0;
      for (let m = n - 1; m >= 0 && hashes[order[m] ?? 0] === hashes[at]; m--) {
        const other = order[m] ?? 0;
        const length = lengths[at] ?? 0;
        if (length === lengths[other] && equalBytes(view, starts[at] ?? 0, view, starts[other] ?? 0, length))
          return true;
      }
    }
    return false;
  }

  /** Whether all members stand in order: ascending (1) or descending (-1). */
  private runs(direction: 1 | -1): boolean {
    for (let n = 1; n < this.count; n++) if (this.compare(n - 1, n) * direction > 0) return false;
    return true;
  }

  private compare(a: number, b: number): number {
    const { lengths, scores, starts, view } = this;
    const [x, y] = [scores[a] ?? 0, scores[b] ?? 0];
    if (x !== y) return x < y ? -1 : 1;
    return compareBytes(view, starts[a] ?? 0, lengths[a] ?? 0, view, starts[b] ?? 0, lengths[b] ?? 0);
  }

  private name(n: number): string {
    const start = this.starts[n] ?? 0;
    return this.bytes.latin1Slice(start, start + (this.lengths[n] ?? 0));
  }

  private growMembers(): void {
    const { lengths, scores, starts } = this;
    this.starts = new Uint32Array(starts.length * 2);
    this.starts.set(starts);
    this.lengths = new Uint32Array(starts.length * 2);
    this.lengths.set(lengths);
    this.scores = new Float64Array(starts.length * 2);
    this.scores.set(scores);
  }

  private grow(more: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.memberBytes + more));
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}

function latin1(member: Slice): string {
  const { buffer, byteOffset } = member.bytes;
  return Buffer.from(buffer, byteOffset + member.at, member.length).latin1Slice();
}
