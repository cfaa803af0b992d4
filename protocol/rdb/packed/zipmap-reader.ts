import { expect } from '../errors.ts';
import type { ByteSpan } from '../span.ts';

/**
 * A zipmap, the packed hash of Redis before 2.6:
 *
 *     ┌────────┬──────────────────────────────────────────────────────────────────┬──────┐
 *     │ fields │ length, field, length, free bytes (u8), value, that many bytes    │ 0xFF │
 *     └────────┴──────────────────────────────────────────────────────────────────┴──────┘
 *
 * A count of 254 means that there may be more. A length is a byte below 254, or one from there on and u32 LE.
 */
const BIG = 0xfe;
const END = 0xff;

/** Calls `pair` for each field and value of a zipmap that may be anything, checking all of it. Throws `BadRdb`. */
export function readZipmap(blob: ByteSpan, field: ByteSpan, value: ByteSpan, pair: () => void): void {
  const { bytes, view, at: start, length } = blob;
  expect(length >= 2, 'a zipmap without header');
  const limit = start + length - 1;
  expect(view.getUint8(limit) === END, 'a zipmap without end');
  let at = start + 1;
  let count = 0;

  const text = (span: ByteSpan, freeBytes: number): void => {
    const first = view.getUint8(at);
    const headEnd = at + (first < BIG ? 1 : 5);
    expect(headEnd + freeBytes <= limit, 'a zipmap element that reaches beyond it');
    const size = first < BIG ? first : view.getUint32(at + 1, true);
    const free = freeBytes === 0 ? 0 : view.getUint8(headEnd);
    span.set(view, bytes, headEnd + freeBytes, size);
    at = headEnd + freeBytes + size + free;
    expect(at <= limit, 'a zipmap element that reaches beyond it');
  };
  while (view.getUint8(at) !== END) {
    text(field, 0);
    text(value, 1);
    count++;
    pair();
  }
  expect(at === limit, 'an end within a zipmap');
  const declared = view.getUint8(start);
  expect(declared === BIG || declared === count, 'a zipmap with another count');
}
