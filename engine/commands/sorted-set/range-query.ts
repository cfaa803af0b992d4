import type { SharedSortedSets } from '../../types/zset/shared-sorted-sets.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import { longArgument } from './arguments.ts';
import { Bounds } from './bounds.ts';

const limitByRank = new CommandError(
  'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
);
const scoresByLex = new CommandError('ERR syntax error, WITHSCORES not supported in combination with BYLEX');

export type RangeKind = 'rank' | 'score' | 'lex';

/** What a command's name says already; undefined is for its options to say. */
export interface RangeDefaults {
  readonly kind: RangeKind | undefined;
  readonly backwards: boolean | undefined;
  /** ZRANGESTORE: no WITHSCORES. */
  readonly stores: boolean;
}

/** `min max [options]` of the ZRANGE family, and the ranks that it comes to; reused by every command. */
export class RangeQuery {
  backwards = false;
  withScores = false;
  /** Ranks of the answer: `count` members from `start` on. */
  start = 0;
  count = 0;
  private kind: RangeKind = 'rank';
  private first = 0;
  private last = 0;
  private offset = 0;
  private limit = -1;
  private readonly bounds = new Bounds();

  /** Reads the arguments from `min` on, which is argument `at`. */
  parse(context: CommandContext, at: number, defaults: RangeDefaults): void {
    const { request } = context;
    this.parseOptions(context, at + 2, defaults);
    if (this.limit !== -1 && this.kind === 'rank') throw limitByRank;
    if (this.withScores && this.kind === 'lex') throw scoresByLex;
    const swapped = this.backwards && this.kind !== 'rank';
    const min = swapped ? at + 1 : at;
    const max = swapped ? at : at + 1;
    if (this.kind === 'score') this.bounds.parseScores(request, min, max);
    else if (this.kind === 'lex') this.bounds.parseMembers(request, min, max);
    else {
      this.first = longArgument(request, min);
      this.last = longArgument(request, max);
    }
  }

  private parseOptions({ request }: CommandContext, from: number, defaults: RangeDefaults): void {
    let { kind, backwards } = defaults;
    this.withScores = false;
    this.offset = 0;
    this.limit = -1;
    for (let i = from; i < request.count; i++) {
      if (!defaults.stores && request.is(i, 'withscores')) this.withScores = true;
      else if (request.is(i, 'limit') && i + 2 < request.count) {
        this.offset = longArgument(request, i + 1);
        this.limit = longArgument(request, i + 2);
        i += 2;
      } else if (defaults.backwards === undefined && backwards === undefined && request.is(i, 'rev')) backwards = true;
      else if (kind === undefined && request.is(i, 'bylex')) kind = 'lex';
      else if (kind === undefined && request.is(i, 'byscore')) kind = 'score';
      else throw errors.syntax;
    }
    this.kind = kind ?? 'rank';
    this.backwards = backwards ?? false;
  }

  /** Works out `start` and `count` for the sorted set that is open. */
  resolve(zset: SharedSortedSets): void {
    if (this.kind === 'rank') {
      this.byRank(zset.count);
      return;
    }
    const [start, end] =
      this.kind === 'score' ? this.bounds.scoreRanks(zset) : this.bounds.memberRanks(zset, this.backwards);
    const found = end - start;
    const skipped = this.offset < 0 ? found : Math.min(this.offset, found);
    const left = found - skipped;
    this.count = this.limit < 0 ? left : Math.min(this.limit, left);
    this.start = this.backwards ? end - skipped - this.count : start + skipped;
  }

  private byRank(length: number): void {
    const first = Math.max(0, this.first < 0 ? this.first + length : this.first);
    const last = Math.min(length - 1, this.last < 0 ? this.last + length : this.last);
    this.count = Math.max(0, last - first + 1);
    this.start = this.backwards ? length - 1 - last : first;
  }
}
