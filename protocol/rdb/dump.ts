import { Crc64 } from './crc64.ts';
import { BadRdb, type BadRdbReason } from './errors.ts';
import { RdbOutput } from './output.ts';
import { RdbReader } from './reader.ts';
import { ByteSpan } from './span.ts';
import { kindOfType, MAX_RDB_VERSION, OPCODE_AUX, type RdbKind, TYPE_STRING } from './types.ts';
import { ValueReader } from './values/value-reader.ts';
import { IGNORE, type RdbVisitor } from './values/visitor.ts';

/**
 * The payload of DUMP and RESTORE:
 *
 *     ┌──────┬───────────────┬─────────────────────┬───────────────────────┐
 *     │ type │ the value     │ RDB version, u16 LE │ CRC-64 of all before, │
 *     │ u8   │ as in an RDB  │                     │ u64 LE                │
 *     └──────┴───────────────┴─────────────────────┴───────────────────────┘
 *
 * KeyDB puts AUX fields (0xFA, two strings) between value and version.
 */
const VERSION_BYTES = 2;
const FOOTER_BYTES = VERSION_BYTES + 8;

/**
 * A payload that was found to be in order in all its parts; it must not be changed from then on.
 *
 * More is refused than by Redis with `sanitize-dump-payload yes`, which accepts: bytes left over behind the value, values that reach into
 * the footer, texts that are no number as scores, and streams whose entries do not ascend, whose length or last id does not fit their
 * entries, or of which a pending entry has two owners.
 */
export class RdbDump {
  readonly type: number;
  readonly kind: RdbKind;
  /** Elements, members, fields or entries; 1 for a string. */
  readonly count: number;
  private readonly payload: Uint8Array;
  private readonly values: ValueReader;
  /** Bytes of AUX fields before the footer. */
  private readonly auxBytes: number;

  private constructor(payload: Uint8Array, type: number, kind: RdbKind, values: ValueReader, auxBytes: number) {
    this.payload = payload;
    this.auxBytes = auxBytes;
    this.type = type;
    this.kind = kind;
    this.values = values;
    this.count = values.count;
  }

  /**
   * Reads all of a payload that may be anything, in linear time. A checksum of zero means that the writer had checksums switched off.
   * Throws `BadRdb`: reasons 'version' and 'checksum' are RESTORE's "DUMP payload version or checksum are wrong", all others its "Bad data format".
   */
  static open(payload: Uint8Array): RdbDump {
    return RdbDump.parse(payload, () => IGNORE, true);
  }

  /**
   * The same in one pass, for those who can take back what a payload told their visitor before it turned out to be bad, and who find
   * members that come twice themselves. `visitorFor` is called once, when the checksum is known to be right.
   */
  static load(payload: Uint8Array, visitorFor: (kind: RdbKind, type: number) => RdbVisitor): RdbDump {
    return RdbDump.parse(payload, visitorFor, false);
  }

  private static parse(
    payload: Uint8Array,
    visitorFor: (kind: RdbKind, type: number) => RdbVisitor,
    findDuplicates: boolean,
  ): RdbDump {
    const reader = new RdbReader(payload, 0, checkFooter(payload));
    const values = new ValueReader();
    let auxBytes = 0;
    const type = reader.byte();
    const kind = kindOfType(type);
    if (kind === undefined) throw new BadRdb('unsupported type', String(type));
    const visitor = visitorFor(kind, type);
    try {
      values.read(reader, type, visitor, findDuplicates);
      auxBytes = reader.left;
      readAux(reader, () => undefined);
    } catch (error) {
      // What a RangeError says here is that there is no memory for an array of the length that the payload calls for.
      if (error instanceof RangeError) throw new BadRdb('too large', error.message);
      throw error;
    }
    return new RdbDump(payload, type, kind, values, auxBytes);
  }

  /** Hands the value to the visitor, piece by piece. */
  visit(visitor: RdbVisitor): void {
    const reader = new RdbReader(this.payload, 1, this.payload.length - FOOTER_BYTES);
    this.values.read(reader, this.type, visitor, false);
  }

  /** Calls `visit` with name and value of each AUX field behind the value; spans are valid only during the call. */
  visitAux(visit: (name: ByteSpan, value: ByteSpan) => void): void {
    const end = this.payload.length - FOOTER_BYTES;
    readAux(new RdbReader(this.payload, end - this.auxBytes, end), visit);
  }
}

/** Where what stands before version and checksum ends. Throws `BadRdb`, reasons 'version' and 'checksum'. */
export function checkFooter(payload: Uint8Array): number {
  const bodyEnd = payload.length - FOOTER_BYTES;
  if (bodyEnd < 0) throw new BadRdb('version', 'too short for one');
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  if (view.getUint16(bodyEnd, true) > MAX_RDB_VERSION) throw new BadRdb('version');
  const low = view.getUint32(bodyEnd + VERSION_BYTES, true);
  const high = view.getUint32(bodyEnd + VERSION_BYTES + 4, true);
  if (low === 0 && high === 0) return bodyEnd;
  const crc = new Crc64();
  crc.update(payload, 0, bodyEnd + VERSION_BYTES);
  if (crc.low !== low || crc.high !== high) throw new BadRdb('checksum');
  return bodyEnd;
}

function readAux(reader: RdbReader, visit: (name: ByteSpan, value: ByteSpan) => void): void {
  const name = new ByteSpan();
  const value = new ByteSpan();
  while (reader.left > 0) {
    if (reader.byte() !== OPCODE_AUX) throw new BadRdb('trailing bytes');
    reader.string(name);
    reader.string(value);
    visit(name, value);
  }
}

/** The payload of a string, equal byte for byte to redis-server 7.0's; `compress` is its `rdbcompression`. */
export function encodeStringDump(value: Uint8Array, compress = true): Buffer {
  const output = new RdbOutput({ compress, sizeHint: value.length + 32 });
  output.valueType(TYPE_STRING);
  output.string(value);
  return output.dump();
}

export type DumpResult =
  | { readonly ok: true; readonly type: number; readonly value: Buffer }
  | { readonly ok: false; readonly failure: BadRdbReason };

/** A string's payload, for those who take no other types; see {@link RdbDump}. */
export function decodeStringDump(payload: Uint8Array): DumpResult {
  try {
    const dump = RdbDump.open(payload);
    if (dump.type !== TYPE_STRING) return { ok: false, failure: 'unsupported type' };
    let value = Buffer.alloc(0);
    dump.visit({
      ...IGNORE,
      string: (span) => {
        value = Buffer.from(span.copy());
      },
    });
    return { ok: true, type: TYPE_STRING, value };
  } catch (error) {
    if (!(error instanceof BadRdb)) throw error;
    return { ok: false, failure: error.reason };
  }
}
