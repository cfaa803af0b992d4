import { crc64 } from '../rdb/crc64.ts';
import { RdbOutput } from '../rdb/output.ts';
import { parseInt64 } from '../text/numbers.ts';

/** A payload of DUMP: the parts, a version, and a checksum that fits. */
export function sealed(parts: readonly Uint8Array[], version = 10): Buffer {
  const payload = Buffer.concat([...parts, Buffer.alloc(10)]);
  payload.writeUInt16LE(version, payload.length - 10);
  payload.writeBigUInt64LE(crc64(payload, 0, payload.length - 8), payload.length - 8);
  return payload;
}

/** The value of a type that is one string: a packed structure. */
export function packedValue(type: number, packed: Uint8Array, compress = false): Buffer {
  const output = new RdbOutput({ compress });
  output.valueType(type);
  output.string(packed);
  return output.dump();
}

/** A ziplist as Redis before 7.0 made it. */
export function ziplist(texts: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [];
  let previous = 0;
  let tail = 10;
  let end = 10;
  for (const text of texts) {
    const entry = Buffer.concat([previousLength(previous), ziplistEntry(text)]);
    tail = end;
    previous = entry.length;
    end += entry.length;
    parts.push(entry);
  }
  const header = Buffer.alloc(10);
  header.writeUInt32LE(end + 1, 0);
  header.writeUInt32LE(tail, 4);
  header.writeUInt16LE(Math.min(texts.length, 0xffff), 8);
  return Buffer.concat([header, ...parts, Buffer.from([0xff])]);
}

function previousLength(length: number): Buffer {
  if (length < 254) return Buffer.from([length]);
  const bytes = Buffer.from([254, 0, 0, 0, 0]);
  bytes.writeUInt32LE(length, 1);
  return bytes;
}

function ziplistEntry(text: Buffer): Buffer {
  const integer = parseInt64(text, 0, text.length);
  if (integer !== undefined) return ziplistInteger(BigInt(integer));
  if (text.length < 64) return Buffer.concat([Buffer.from([text.length]), text]);
  const head = Buffer.alloc(5);
  head[0] = 0x80;
  head.writeUInt32BE(text.length, 1);
  const short = Buffer.from([0x40 | (text.length >> 8), text.length & 0xff]);
  return Buffer.concat([text.length < 16384 ? short : head, text]);
}

function ziplistInteger(value: bigint): Buffer {
  if (value >= 0n && value <= 12n) return Buffer.from([0xf1 + Number(value)]);
  const widths = [
    [0xfe, 1],
    [0xc0, 2],
    [0xf0, 3],
    [0xd0, 4],
  ] as const;
  for (const [encoding, width] of widths) {
    if (BigInt.asIntN(width * 8, value) !== value) continue;
    const bytes = Buffer.alloc(1 + width, encoding);
    bytes.writeIntLE(Number(value), 1, width);
    return bytes;
  }
  const bytes = Buffer.alloc(9, 0xe0);
  bytes.writeBigInt64LE(value, 1);
  return bytes;
}

/** A zipmap as Redis before 2.6 made it, with `free` unused bytes behind each value. */
export function zipmap(pairs: readonly (readonly [Buffer, Buffer])[], free = 0): Buffer {
  const parts: Buffer[] = [Buffer.from([Math.min(pairs.length, 254)])];
  for (const [field, value] of pairs)
    parts.push(
      zipmapLength(field.length),
      field,
      zipmapLength(value.length),
      Buffer.from([free]),
      value,
      Buffer.alloc(free),
    );
  return Buffer.concat([...parts, Buffer.from([0xff])]);
}

function zipmapLength(length: number): Buffer {
  if (length < 254) return Buffer.from([length]);
  const bytes = Buffer.from([254, 0, 0, 0, 0]);
  bytes.writeUInt32LE(length, 1);
  return bytes;
}
