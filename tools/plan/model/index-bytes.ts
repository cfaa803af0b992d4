import { BUCKET_BYTES, MAX_PAGE_BUCKETS, MAX_SLAB_BLOCK_BYTES, PAGE_BYTES, SLOTS } from '../../../tiers/base/limits.ts';
import { DESCRIPTOR_BYTES } from '../../../tiers/index/layout.ts';
import { bucketsFor, pageThreshold } from '../../../tiers/index/page.ts';
import { classBytes, classOf } from '../../../tiers/memory/size-classes.ts';

/**
 * RAM that the index takes for so many entries of one database, on average: a key has one entry, and a cold key that expires two. Keys fall into slots by
 * their hash, so a slot's entries follow Poisson's law; a slot has one page, or a directory and pages that split in two by the next bit of the hash
 * (tiers/index/slot-index.ts). Pages grow and split here as they do there, but never become crowded.
 */
export function indexRamBytes(entries: number): number {
  if (entries <= 0) return 0;
  let perSlot = entries / SLOTS;
  let scale = SLOTS;
  // From some size on a slot with twice the entries is two slots, and its directory as well.
  while (perSlot > MOST_PER_SLOT / 2) {
    perSlot /= 2;
    scale *= 2;
  }
  return scale * (overPoisson(perSlot, (count) => pagesBytes[count] ?? 0) + directoryBytes(perSlot));
}

/** The same for a sample at `rate`, in bytes of the sample, as a table for inner loops; exact at every 1/1024 of `mostEntries`. */
export function sampledIndexBytes(rate: number, mostEntries: number): (entries: number) => number {
  const step = Math.max(1, mostEntries / 1024);
  const table = Float64Array.from(
    { length: Math.ceil(mostEntries / step) + 2 },
    (_, n) => indexRamBytes((n * step) / rate) * rate,
  );
  return (entries) => {
    const at = entries / step;
    const low = Math.floor(at);
    const from = table[low] ?? 0;
    return from + ((table[low + 1] ?? from) - from) * (at - low);
  };
}

const MOST_PER_SLOT = 2048;
const MOST_IN_PAGE = pageThreshold(MAX_PAGE_BUCKETS);

function blockBytes(bytes: number): number {
  return bytes <= MAX_SLAB_BLOCK_BYTES ? classBytes(classOf(bytes)) : Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
}

/** A page grows by one bucket, or two from ten on. */
function pageBytes(entries: number): number {
  const buckets = bucketsFor(entries);
  return blockBytes((buckets <= 10 ? buckets : buckets + (buckets % 2)) * BUCKET_BYTES);
}

/** By the entries of a slot: bytes of its pages. */
const pagesBytes: Float64Array = (() => {
  const bytes = new Float64Array(MOST_PER_SLOT * 2);
  for (let entries = 1; entries < bytes.length; entries++) {
    if (entries <= MOST_IN_PAGE) {
      bytes[entries] = pageBytes(entries);
      continue;
    }
    // Each entry goes to either half with equal chance; that all go to one is left out, since the split would then be done again.
    let sum = 0;
    let weights = 0;
    const spread = Math.ceil(4 * Math.sqrt(entries));
    for (
      let left = Math.max(1, (entries >> 1) - spread);
      left <= Math.min(entries - 1, (entries >> 1) + spread);
      left++
    ) {
      const distance = left - entries / 2;
      const weight = Math.exp((-2 * distance * distance) / entries);
      sum += weight * ((bytes[left] ?? 0) + (bytes[entries - left] ?? 0));
      weights += weight;
    }
    bytes[entries] = sum / weights;
  }
  return bytes;
})();

/** The mean of `value` over a Poisson distribution. */
function overPoisson(mean: number, value: (count: number) => number): number {
  const spread = 8 * Math.sqrt(mean) + 8;
  const from = Math.max(0, Math.floor(mean - spread));
  const to = Math.min(MOST_PER_SLOT * 2 - 1, Math.ceil(mean + spread));
  let weight = Math.exp(from * Math.log(mean) - mean - logFactorial(from));
  let sum = 0;
  for (let count = from; count <= to; count++) {
    sum += weight * value(count);
    weight *= mean / (count + 1);
  }
  return sum;
}

function logFactorial(n: number): number {
  let sum = 0;
  for (let factor = 2; factor <= n; factor++) sum += Math.log(factor);
  return sum;
}

/** A directory is as deep as the slot's fullest part wants: no deeper than d when none of 2^d parts has more than a page holds. */
function directoryBytes(perSlot: number): number {
  let bytes = 0;
  let before = chanceOfDepth(perSlot, 0);
  for (let depth = 1; depth < 16 && before < 1 - 1e-9; depth++) {
    const chance = chanceOfDepth(perSlot, depth);
    bytes += (chance - before) * blockBytes(2 ** depth * DESCRIPTOR_BYTES);
    before = chance;
  }
  return bytes;
}

function chanceOfDepth(perSlot: number, depth: number): number {
  const fits = overPoisson(perSlot / 2 ** depth, (count) => (count <= MOST_IN_PAGE ? 1 : 0));
  return Math.min(1, fits) ** (2 ** depth);
}
