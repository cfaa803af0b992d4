import { sealed } from './old-encodings.ts';
import type { Random } from './random.ts';

/** Lengths that no payload can have, as they are written. */
const HUGE_LENGTHS = [
  '8100000000000000ff',
  '817fffffffffffffff',
  '818000000000000000',
  '81ffffffffffffffff',
  '80ffffffff',
  '8040000000',
  'c3',
  'fe',
  'ff',
].map((hex) => Buffer.from(hex, 'hex'));

/** A payload with a few changes to the value, and a checksum that fits. */
export function damaged(random: Random, payload: Buffer): Buffer {
  let body: Buffer = Buffer.from(payload.subarray(0, -10));
  for (let changes = random.between(1, 3); changes > 0; changes--) {
    const at = random.below(body.length);
    const rest = body.subarray(at);
    switch (random.below(7)) {
      case 0:
      case 1:
        body[at] = (body[at] ?? 0) ^ (1 << random.below(8));
        break;
      case 2:
        body[at] = random.pick([0, 1, 2, 0x7f, 0x80, 0xc0, 0xfe, 0xff, random.below(256)]);
        break;
      case 3:
        if (at > 0) body = body.subarray(0, at);
        break;
      case 4:
        body = Buffer.concat([body.subarray(0, at), random.pick(HUGE_LENGTHS), rest.subarray(random.below(3))]);
        break;
      case 5:
        body = Buffer.concat([body.subarray(0, at), rest.subarray(random.between(1, 10))]);
        break;
      default:
        body = Buffer.concat([body.subarray(0, at), rest.subarray(0, 6), rest]);
    }
    if (body.length === 0) body = Buffer.from([0]);
  }
  return sealed([body], payload.readUInt16LE(payload.length - 10));
}
