const FIRST_BYTES = 1 << 20;

/** A sequence of requests as they go to a socket: made before the clock runs, and sent to every server alike. */
export class Requests {
  count = 0;
  private bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  private used = 0;
  private ends = new Float64Array(1024);

  add(...args: readonly (string | number)[]): void {
    this.addAll(args);
  }

  addAll(args: readonly (string | number)[]): void {
    let text = `*${args.length}\r\n`;
    for (const arg of args) {
      const word = typeof arg === 'string' ? arg : String(arg);
      text += `$${word.length}\r\n${word}\r\n`;
    }
    this.reserve(text.length);
    this.bytes.write(text, this.used, 'latin1');
    this.used += text.length;
    this.ends[this.count++] = this.used;
  }

  /** The bytes of requests `from` to `to`, the latter not included. */
  slice(from: number, to: number): Buffer {
    return this.bytes.subarray(from === 0 ? 0 : this.ends[from - 1], this.ends[to - 1]);
  }

  private reserve(bytes: number): void {
    if (this.used + bytes > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.used + bytes));
      this.bytes.copy(larger, 0, 0, this.used);
      this.bytes = larger;
    }
    if (this.count === this.ends.length) {
      const more = new Float64Array(this.ends.length * 2);
      more.set(this.ends);
      this.ends = more;
    }
  }
}
