/**
 * The CRC-64 of RDB files and DUMP payloads: Jones's polynomial, reflected, initial value and final XOR 0. The state is two
 * 32-bit halves; eight tables take eight bytes a step, the table of position k giving the CRC of a byte that k more follow.
 */
const POLYNOMIAL_HIGH = 0x95ac9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;
const STEP_BYTES = 8;

const LOW = new Int32Array(256 * STEP_BYTES);
const HIGH = new Int32Array(256 * STEP_BYTES);

function fillTables(): void {
  for (let byte = 0; byte < 256; byte++) {
    let low = byte;
    let high = 0;
    for (let bit = 0; bit < 8; bit++) {
      const carry = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (carry === 0) continue;
      low ^= POLYNOMIAL_LOW;
      high ^= POLYNOMIAL_HIGH;
    }
    LOW[byte] = low;
    HIGH[byte] = high;
  }
  for (let at = 256; at < LOW.length; at++) {
    const low = LOW[at - 256] ?? 0;
    const high = HIGH[at - 256] ?? 0;
    const byte = low & 0xff;
    LOW[at] = ((low >>> 8) | (high << 24)) ^ (LOW[byte] ?? 0);
    HIGH[at] = (high >>> 8) ^ (HIGH[byte] ?? 0);
  }
}
fillTables();

/** The running CRC of bytes that come in pieces; the halves are unsigned 32-bit numbers. */
export class Crc64 {
  low = 0;
  high = 0;

  reset(): void {
    this.low = 0;
    this.high = 0;
  }

  update(bytes: Uint8Array, start = 0, end = bytes.length): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let low = this.low | 0;
    let high = this.high | 0;
    let at = start;
    for (; at + STEP_BYTES <= end; at += STEP_BYTES) {
      const a = low ^ view.getInt32(at, true);
      const b = high ^ view.getInt32(at + 4, true);
      const i0 = 1792 | (a & 0xff);
      const i1 = 1536 | ((a >>> 8) & 0xff);
      const i2 = 1280 | ((a >>> 16) & 0xff);
      const i3 = 1024 | (a >>> 24);
      const i4 = 768 | (b & 0xff);
      const i5 = 512 | ((b >>> 8) & 0xff);
      const i6 = 256 | ((b >>> 16) & 0xff);
      const i7 = b >>> 24;
      low = at0(LOW, i0) ^ at0(LOW, i1) ^ at0(LOW, i2) ^ at0(LOW, i3);
      low ^= at0(LOW, i4) ^ at0(LOW, i5) ^ at0(LOW, i6) ^ at0(LOW, i7);
      high = at0(HIGH, i0) ^ at0(HIGH, i1) ^ at0(HIGH, i2) ^ at0(HIGH, i3);
      high ^= at0(HIGH, i4) ^ at0(HIGH, i5) ^ at0(HIGH, i6) ^ at0(HIGH, i7);
    }
    for (; at < end; at++) {
      const index = (low ^ view.getUint8(at)) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ at0(LOW, index);
      high = (high >>> 8) ^ at0(HIGH, index);
    }
    this.low = low >>> 0;
    this.high = high >>> 0;
  }

  value(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }
}

function at0(table: Int32Array, index: number): number {
  return table[index] ?? 0;
}

/** The CRC of `bytes[start, end)`. */
export function crc64(bytes: Uint8Array, start = 0, end = bytes.length): bigint {
  const crc = new Crc64();
  crc.update(bytes, start, end);
  return crc.value();
}
