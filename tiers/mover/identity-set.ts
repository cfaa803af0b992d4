/** A set of 64-bit identities (never 0), 16 bytes each at most: there may be as many as there are large collections. */
export class IdentitySet {
  private slots = new Uint32Array(2 * 1024);
  private count = 0;

  /** False when it was in already. */
  add(high: number, low: number): boolean {
    if ((this.count + 1) * 4 > this.slots.length) this.grow();
    const at = this.find(high, low);
    if ((this.slots[at] ?? 0) !== 0 || (this.slots[at + 1] ?? 0) !== 0) return false;
    this.slots[at] = high;
    this.slots[at + 1] = low;
    this.count++;
    return true;
  }

  has(high: number, low: number): boolean {
    const at = this.find(high, low);
    return this.slots[at] === high >>> 0 && this.slots[at + 1] === low >>> 0;
  }

  /** Where the identity stands, or would stand. */
  private find(high: number, low: number): number {
    const { slots } = this;
    const mask = slots.length / 2 - 1;
    let n = (Math.imul(high, 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b)) >>> 0;
    n = (n ^ (n >>> 15)) & mask;
    for (; ; n = (n + 1) & mask) {
      const atHigh = slots[n * 2] ?? 0;
      const atLow = slots[n * 2 + 1] ?? 0;
      if ((atHigh | atLow) === 0 || (atHigh === high >>> 0 && atLow === low >>> 0)) return n * 2;
    }
  }

  private grow(): void {
    const { slots } = this;
    this.slots = new Uint32Array(slots.length * 2);
    this.count = 0;
    for (let at = 0; at < slots.length; at += 2) {
      const high = slots[at] ?? 0;
      const low = slots[at + 1] ?? 0;
      if ((high | low) !== 0) this.add(high, low);
    }
  }
}
