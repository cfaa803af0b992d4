import type { ReplyWriter } from '../../../protocol/resp/writer.ts';
import { lengthBytes, readLength, SHORT_LENGTH } from '../../../tiers/tree/pack.ts';

const DOLLAR = 0x24;
const ZERO = 0x30;
const CRLF = 0x0a0d;
/** A pack that is longer has long entries: nothing is to be gained, and the room that is asked for below would be too much. */
const MAX_RUN_BYTES = 16 * 1024;

/**
 * Writes up to `most` entries of a pack by position as bulk strings: those in [from, end) of `view` and `bytes`, which are one memory. Answers
 * how many. LRANGE spends its time here: short entries are written without a call each (20 bytes: 12 ns instead of 45).
 */
export function replyRun(
  reply: ReplyWriter,
  view: DataView,
  bytes: Uint8Array,
  from: number,
  end: number,
  most: number,
): number {
  const isShort = end - from <= MAX_RUN_BYTES;
  let at = from;
  let done = 0;
  while (at < end && done < most) {
    if (isShort) {
      // A short entry takes 2 bytes besides its content in a pack, and 6 to 8 in the reply.
      reply.ensure((end - at) * 4);
      const out = reply.view;
      let to = reply.length;
      for (; at < end && done < most; done++) {
        const length = view.getUint8(at);
        if (length >= SHORT_LENGTH) break;
        to = writeHeader(out, to, length);
        copyShort(out, to, view, at + 1, length);
        out.setUint16(to + length, CRLF, true);
        to += length + 2;
        at += length + 2;
      }
      reply.length = to;
      if (at >= end || done >= most) break;
    }
    const length = readLength(view, at);
    const prefix = lengthBytes(length);
    reply.bulkFrom(view, bytes, at + prefix, length);
    at += 2 * prefix + length;
    done++;
  }
  return done;
}

/** `$`, a length of up to three digits, CR LF; answers the offset after it. */
function writeHeader(out: DataView, to: number, length: number): number {
  if (length < 10) {
    out.setInt32(to, DOLLAR | ((ZERO + length) << 8) | (CRLF << 16), true);
    return to + 4;
  }
  const tens = (length / 10) | 0;
  const ones = ZERO + length - tens * 10;
  if (length < 100) {
    out.setInt32(to, DOLLAR | ((ZERO + tens) << 8) | (ones << 16) | (CRLF << 24), true);
    out.setUint8(to + 4, CRLF >> 8);
    return to + 5;
  }
  const hundreds = (tens / 10) | 0;
  out.setInt32(to, DOLLAR | ((ZERO + hundreds) << 8) | ((ZERO + tens - hundreds * 10) << 16) | (ones << 24), true);
  out.setUint16(to + 4, CRLF, true);
  return to + 6;
}

/** Copies without a loop for the rest: the last step overlaps the one before. */
function copyShort(out: DataView, to: number, view: DataView, from: number, length: number): void {
  if (length >= 16) {
    const last = length - 16;
    for (let i = 0; i < last; i += 16) copy16(out, to + i, view, from + i);
    copy16(out, to + last, view, from + last);
  } else if (length >= 4) {
    const last = length - 4;
    for (let i = 0; i < last; i += 4) out.setInt32(to + i, view.getInt32(from + i, true), true);
    out.setInt32(to + last, view.getInt32(from + last, true), true);
  } else for (let i = 0; i < length; i++) out.setUint8(to + i, view.getUint8(from + i));
}

function copy16(out: DataView, to: number, view: DataView, from: number): void {
  out.setInt32(to, view.getInt32(from, true), true);
  out.setInt32(to + 4, view.getInt32(from + 4, true), true);
  out.setInt32(to + 8, view.getInt32(from + 8, true), true);
  out.setInt32(to + 12, view.getInt32(from + 12, true), true);
}
