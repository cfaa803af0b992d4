import { checkFooter } from '../../../protocol/rdb/dump.ts';
import { BadRdb } from '../../../protocol/rdb/errors.ts';
import { RdbOutput } from '../../../protocol/rdb/output.ts';
import { RdbReader } from '../../../protocol/rdb/reader.ts';
import { ByteSpan } from '../../../protocol/rdb/span.ts';
import { functionErrors } from './library.ts';

/** RDB opcodes: a library's code; and name, engine, description and code apart, as release candidates of 7.0 wrote it. */
const OPCODE_FUNCTION = 245;
const OPCODE_OLD_FUNCTION = 246;

/** FUNCTION DUMP: each library's code behind its opcode, then version and checksum as behind DUMP's values. */
export function encodeFunctions(codes: readonly Buffer[], compress: boolean): Buffer {
  const output = new RdbOutput({ compress, sizeHint: codes.reduce((sum, code) => sum + code.length + 16, 16) });
  for (const code of codes) {
    output.byte(OPCODE_FUNCTION);
    output.string(code);
  }
  return output.dump();
}

/** The libraries' codes in a payload that may be anything; throws a ScriptError. */
export function decodeFunctions(payload: Buffer): Buffer[] {
  const end = bodyEnd(payload);
  const reader = new RdbReader(payload, 0, end);
  const codes: Buffer[] = [];
  while (reader.left > 0) {
    const opcode = reader.byte();
    if (opcode !== OPCODE_FUNCTION && opcode !== OPCODE_OLD_FUNCTION) throw functionErrors.notAFunction;
    try {
      codes.push(opcode === OPCODE_FUNCTION ? readString(reader) : readOld(reader));
    } catch (error) {
      if (error instanceof BadRdb || error instanceof RangeError) throw functionErrors.badPayload;
      throw error;
    }
  }
  return codes;
}

function bodyEnd(payload: Buffer): number {
  try {
    return checkFooter(payload);
  } catch (error) {
    if (error instanceof BadRdb) throw functionErrors.badChecksum;
    throw error;
  }
}

function readString(reader: RdbReader): Buffer {
  const span = new ByteSpan();
  reader.string(span);
  return Buffer.from(span.copy());
}

function readOld(reader: RdbReader): Buffer {
  const name = readString(reader);
  const engine = readString(reader);
  if (reader.length() !== 0) readString(reader);
  const code = readString(reader);
  return Buffer.concat([Buffer.from('#!'), engine, Buffer.from(' name='), name, Buffer.from('\n'), code]);
}
