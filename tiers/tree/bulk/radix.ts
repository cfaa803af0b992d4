const DIGIT_BITS = 11;
const DIGITS = 2 ** DIGIT_BITS;
const PASSES = 3;
/** Fewer are put in order by insertion. */
const FEW = 32;

/** The numbers from 0 to `count` - 1 in the order of their unsigned keys; equal ones stay as they are. Linear: three passes of 11 bits. */
export function orderOf(keys: Uint32Array, count: number): Uint32Array {
  const order = new Uint32Array(count);
  for (let n = 0; n < count; n++) order[n] = n;
  return reorder(order, keys);
}

/** Puts what is in `order` in the order of the keys that it names; equal ones stay as they are. May answer another array. */
export function reorder(order: Uint32Array, keys: Uint32Array): Uint32Array {
  if (order.length <= FEW) return byInsertion(order, keys);
  const places = new Uint32Array(DIGITS * PASSES);
  for (let n = 0; n < order.length; n++) {
    const key = keys[order[n] ?? 0] ?? 0;
    count(places, key & (DIGITS - 1));
    count(places, DIGITS + ((key >>> DIGIT_BITS) & (DIGITS - 1)));
    count(places, 2 * DIGITS + (key >>> (2 * DIGIT_BITS)));
  }
  let from: Uint32Array = order;
  let to: Uint32Array = new Uint32Array(order.length);
  for (let pass = 0; pass < PASSES; pass++) {
    const base = pass * DIGITS;
    if (!toStarts(places, base, order.length)) continue;
    const shift = pass * DIGIT_BITS;
    for (let n = 0; n < from.length; n++) {
      const item = from[n] ?? 0;
      const digit = base + (((keys[item] ?? 0) >>> shift) & (DIGITS - 1));
      const place = places[digit] ?? 0;
      places[digit] = place + 1;
      to[place] = item;
    }
    [from, to] = [to, from];
  }
  return from;
}

function count(places: Uint32Array, at: number): void {
  places[at] = (places[at] ?? 0) + 1;
}

/** Turns counts into where each digit's items begin; false when all items have the same digit. */
function toStarts(places: Uint32Array, base: number, items: number): boolean {
  let start = 0;
  for (let at = base; at < base + DIGITS; at++) {
    const some = places[at] ?? 0;
    if (some === items) return false;
    places[at] = start;
    start += some;
  }
  return true;
}

function byInsertion(order: Uint32Array, keys: Uint32Array): Uint32Array {
  for (let n = 1; n < order.length; n++) {
    const item = order[n] ?? 0;
    const key = keys[item] ?? 0;
    let at = n;
    for (; at > 0 && (keys[order[at - 1] ?? 0] ?? 0) > key; at--) order[at] = order[at - 1] ?? 0;
    order[at] = item;
  }
  return order;
}
