import { parseMemory } from '../../../engine/config/kinds.ts';
import { PlanError } from '../plan-error.ts';

/** More sizes than this in a row make a table that nobody reads, and work that nobody asked for. */
export const MAX_SIZES = 64;

/**
 * Bytes as redis.conf writes them (`1gb` is 2^30, `1g` 10^9), with fractions (`1.5gb`) and `tb`.
 *
 * @throws PlanError that names `what`
 */
export function parseBytes(word: string, what: string): number {
  const match = /^(\d+)(\.\d+)?([a-z]*)$/i.exec(word.trim());
  const unit = (match?.[3] ?? '?').toLowerCase();
  const scale = unit === 'tb' ? 2 ** 40 : unit === 't' ? 1e12 : Number(parseMemory(`1${unit}`) ?? Number.NaN);
  const bytes = Math.round(Number(`${match?.[1] ?? ''}${match?.[2] ?? ''}`) * scale);
  if (match === null || !Number.isSafeInteger(bytes))
    throw new PlanError(`${what}: \`${word}\` is not a size; write it like 512mb or 1.5gb`);
  return bytes;
}

/**
 * One or more sizes, ascending and without repetitions: a list (`1gb,4gb`), whose elements may be ranges. `1gb..16gb` doubles from one end to the
 * other, `1gb..16gb:9` has nine sizes at equal ratios.
 *
 * @throws PlanError that names `what`
 */
export function parseSizes(text: string, what: string): number[] {
  const sizes = new Set<number>();
  for (const part of text.split(',')) for (const size of sizesOf(part.trim(), what)) sizes.add(size);
  if (sizes.size > MAX_SIZES) throw new PlanError(`${what}: ${sizes.size} sizes, at most ${MAX_SIZES}`);
  return [...sizes].sort((a, b) => a - b);
}

function sizesOf(part: string, what: string): number[] {
  if (!part.includes('..')) return [parseBytes(part, what)];
  const [first = '', rest = ''] = part.split('..', 2);
  const [last = '', count] = rest.split(':', 2);
  const from = parseBytes(first, what);
  const to = parseBytes(last, what);
  if (from <= 0) throw new PlanError(`${what}: the range \`${part}\` begins at 0; write 0,${last} or begin above 0`);
  if (to <= from) throw new PlanError(`${what}: the range \`${part}\` ends where it begins or before`);
  return count === undefined ? doubling(from, to) : equalRatios(from, to, parseCount(count, what, 2, MAX_SIZES));
}

function doubling(from: number, to: number): number[] {
  const sizes: number[] = [];
  for (let size = from; size < to; size *= 2) sizes.push(size);
  return [...sizes, to];
}

/** Inner sizes are rounded to 1/64 of a power of two: nobody configures 1234567891 bytes. */
function equalRatios(from: number, to: number, count: number): number[] {
  const inner = (index: number) => {
    const size = from * (to / from) ** (index / (count - 1));
    const step = Math.max(1, 2 ** (Math.floor(Math.log2(size)) - 6));
    return Math.round(size / step) * step;
  };
  return Array.from({ length: count }, (_, index) => (index === 0 ? from : index === count - 1 ? to : inner(index)));
}

const timeUnits: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6 };

/**
 * A duration in microseconds from `250us`, `2ms`, `1.5s`.
 *
 * @throws PlanError that names `what`
 */
export function parseDurationUs(word: string, what: string): number {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s)$/i.exec(word.trim());
  const us = Number(match?.[1]) * (timeUnits[(match?.[2] ?? '').toLowerCase()] ?? Number.NaN);
  if (!(us > 0)) throw new PlanError(`${what}: \`${word}\` is not a duration; write it like 500us or 2ms`);
  return us;
}

/**
 * A share from `0.95` or `95%`.
 *
 * @throws PlanError that names `what`
 */
export function parseShare(word: string, what: string): number {
  const match = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(word.trim());
  const share = Number(match?.[1]) / (match?.[2] === '%' ? 100 : 1);
  if (!(share >= 0 && share <= 1))
    throw new PlanError(`${what}: \`${word}\` is not a share; write it like 0.95 or 95%`);
  return share;
}

const countScales: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, b: 1e9 };

/**
 * A whole number from `1000000`, `1m`, `2.5k`.
 *
 * @throws PlanError that names `what`
 */
export function parseCount(word: string, what: string, min = 1, max = Number.MAX_SAFE_INTEGER): number {
  const match = /^(\d+(?:\.\d+)?)([a-z]?)$/i.exec(word.trim());
  const count = Math.round(Number(match?.[1]) * (countScales[(match?.[2] ?? '').toLowerCase()] ?? Number.NaN));
  if (!(count >= min && count <= max)) {
    const limit = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`;
    throw new PlanError(`${what}: \`${word}\` is not a whole number ${limit}`);
  }
  return count;
}

/**
 * A number above 0 (or from 0, with `zero`).
 *
 * @throws PlanError that names `what`
 */
export function parseNumber(word: string, what: string, zero = false): number {
  const value = /^\d+(\.\d+)?$/.test(word.trim()) ? Number(word) : Number.NaN;
  if (!(zero ? value >= 0 : value > 0))
    throw new PlanError(`${what}: \`${word}\` is not a number${zero ? '' : ' above 0'}`);
  return value;
}

/**
 * Host and port from `localhost:6379`, `[::1]:6379` or `6379`.
 *
 * @throws PlanError that names `what`
 */
export function parseAddress(word: string, what: string): { readonly host: string; readonly port: number } {
  const match = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(word.trim());
  const port = Number(match?.[3]);
  if (!(port >= 1 && port <= 65_535))
    throw new PlanError(`${what}: \`${word}\` is not an address; write it like localhost:6379`);
  return { host: match?.[1] ?? match?.[2] ?? '127.0.0.1', port };
}
