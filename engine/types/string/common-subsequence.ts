/** A stretch that both strings have in common. Positions count bytes from each string's start. */
export interface Match {
  readonly startA: number;
  readonly startB: number;
  readonly length: number;
}

/**
 * The longest common subsequence of two byte strings, by the textbook table: cell (i, j) holds the length for the first i
 * bytes of one and the first j of the other. Where several subsequences are equally long it finds the one that LCS of Redis
 * answers: walking back from the ends, a tie drops a byte of `b`.
 */
export class CommonSubsequence {
  readonly length: number;
  private readonly a: Buffer;
  private readonly b: Buffer;
  private readonly cells: Uint32Array;
  private readonly columns: number;

  constructor(a: Buffer, b: Buffer) {
    this.a = a;
    this.b = b;
    this.columns = b.length + 1;
    this.cells = new Uint32Array((a.length + 1) * this.columns);
    for (let i = 1; i <= a.length; i++) fillRow(this.cells, (i - 1) * this.columns, i * this.columns, a[i - 1] ?? 0, b);
    this.length = this.cells[this.cells.length - 1] ?? 0;
  }

  /** Bytes of the table for strings of these lengths. */
  static tableBytes(lengthA: number, lengthB: number): number {
    return (lengthA + 1) * (lengthB + 1) * Uint32Array.BYTES_PER_ELEMENT;
  }

  /** The length alone, which needs only two rows of the table. */
  static lengthOf(a: Buffer, b: Buffer): number {
    const columns = b.length + 1;
    const rows = new Uint32Array(2 * columns);
    for (let i = 0; i < a.length; i++) fillRow(rows, (i & 1) * columns, (~i & 1) * columns, a[i] ?? 0, b);
    return rows[(a.length & 1) * columns + b.length] ?? 0;
  }

  /** Common stretches, last one first. */
  matches(): Match[] {
    const { a, b, cells, columns } = this;
    const found: Match[] = [];
    let i = a.length;
    let j = b.length;
    while (i > 0 && j > 0) {
      const endA = i;
      while (i > 0 && j > 0 && a[i - 1] === b[j - 1]) {
        i--;
        j--;
      }
      if (i < endA) found.push({ startA: i, startB: j, length: endA - i });
      else if ((cells[(i - 1) * columns + j] ?? 0) > (cells[i * columns + j - 1] ?? 0)) i--;
      else j--;
    }
    return found;
  }

  /** The subsequence itself. */
  bytes(): Buffer {
    const stretches = this.matches().map(({ startA, length }) => this.a.subarray(startA, startA + length));
    return Buffer.concat(stretches.reverse(), this.length);
  }
}

/** Computes the row at `row` from the one before it, at `before`. Column 0 of both is 0. */
function fillRow(cells: Uint32Array, before: number, row: number, byte: number, b: Buffer): void {
  let left = 0;
  for (let j = 1; j <= b.length; j++) {
    const above = cells[before + j] ?? 0;
    if (b[j - 1] === byte) left = (cells[before + j - 1] ?? 0) + 1;
    else if (above > left) left = above;
    cells[row + j] = left;
  }
}
