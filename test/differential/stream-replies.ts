import type { Reply } from '../support/resp-reply.ts';

/** Fields that only Redis 7.2 has, which we have too. */
const NEWER_FIELDS = new Set(['inactive', 'active-time']);
/** Fields that depend on the clock. */
const TIMES = new Set(['idle', 'seen-time']);

/**
 * Whether two replies about streams say the same: what is pending (id, perhaps consumer, time, deliveries) and when consumers were seen may
 * differ by `toleranceMs`.
 */
export function sameStreamReply(a: Reply, b: Reply, toleranceMs: number): boolean {
  if (a.items.length === 0 && b.items.length === 0) {
    return a.kind === b.kind && a.isNull === b.isNull && a.text.equals(b.text);
  }
  const [left, right] = [comparable(a), comparable(b)];
  if (a.kind !== b.kind || left.length !== right.length) return false;
  return left.every((item, n) => {
    const other = right[n];
    if (other === undefined) return false;
    if (isTime(left, n) && item.kind === ':' && other.kind === ':') {
      return Math.abs(Number(item.text) - Number(other.text)) <= toleranceMs;
    }
    return sameStreamReply(item, other, toleranceMs);
  });
}

function comparable(reply: Reply): readonly Reply[] {
  const newer = (n: number): boolean => NEWER_FIELDS.has(reply.items[n]?.text.toString() ?? '');
  return reply.items.filter((_, n) => !newer(n) && !(n > 0 && newer(n - 1)));
}

function isTime(items: readonly Reply[], n: number): boolean {
  if (TIMES.has(items[n - 1]?.text.toString() ?? '')) return true;
  return (items.length === 4 && n === 2) || (items.length === 3 && n === 1);
}
