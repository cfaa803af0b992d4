import type { ReplyWriter } from '../../../protocol/resp/writer.ts';
import { SCORE_BYTES } from '../../types/zset/score-key.ts';
import { type SharedSortedSets, WINDOW } from '../../types/zset/shared-sorted-sets.ts';

/** How members are written: alone, with the score behind each, as arrays of member and score. */
export const PLAIN = 0;
export const FLAT_SCORES = 1;
export const NESTED_SCORES = 2;
export type Style = typeof PLAIN | typeof FLAT_SCORES | typeof NESTED_SCORES;

/** What WITHSCORES asks for: RESP3 has pairs. */
export function styleOf(reply: ReplyWriter, scores: boolean): Style {
  return !scores ? PLAIN : reply.resp === 3 ? NESTED_SCORES : FLAT_SCORES;
}

/** The header of an array of members. */
export function writeCount(reply: ReplyWriter, count: number, style: Style): void {
  reply.array(style === FLAT_SCORES ? count * 2 : count);
}

/** The member that is picked. */
export function writeMember(reply: ReplyWriter, zset: SharedSortedSets, style: Style): void {
  if (style === NESTED_SCORES) reply.array(2);
  reply.bulkFrom(zset.view, zset.bytes, zset.memberAt, zset.memberLength);
  if (style !== PLAIN) reply.double(zset.score);
}

/** Calls `visit` with each of `count` members from number `start` on picked; `backwards`: from the last of them to the first. */
export function visitMembers(
  zset: SharedSortedSets,
  start: number,
  count: number,
  backwards: boolean,
  visit: () => void,
): void {
  for (let done = 0; done < count; ) {
    const n = zset.window(
      backwards ? Math.max(start, start + count - done - WINDOW) : start + done,
      Math.min(WINDOW, count - done),
    );
    for (let i = 0; i < n; i++) {
      zset.pick(backwards ? n - 1 - i : i);
      visit();
    }
    done += n;
  }
}

/** An array of such members. */
export function writeMembers(
  reply: ReplyWriter,
  zset: SharedSortedSets,
  start: number,
  count: number,
  backwards: boolean,
  style: Style,
): void {
  writeCount(reply, count, style);
  if (backwards || style !== PLAIN) {
    visitMembers(zset, start, count, backwards, () => writeMember(reply, zset, style));
    return;
  }
  const { ranked } = zset;
  let more = count > 0 && ranked.seek(start);
  for (let left = count; more; more = --left > 0 && ranked.next()) {
    reply.bulkFrom(ranked.leafView, ranked.leafBytes, ranked.keyAt + SCORE_BYTES, ranked.keyLength - SCORE_BYTES);
  }
}
