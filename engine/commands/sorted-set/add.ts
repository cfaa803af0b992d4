import { eventClass } from '../../events/events.ts';
import { VALUE_ZSET } from '../../keyspace/key-ref.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';
import { key, member, memberArgument, scoreArgument } from './arguments.ts';

const xxAndNx = new CommandError('ERR XX and NX options at the same time are not compatible');
const gtLtNx = new CommandError('ERR GT, LT, and/or NX options at the same time are not compatible');
const onePair = new CommandError('ERR INCR option supports a single increment-element pair');
const notNumber = new CommandError('ERR resulting score is not a number (NaN)');

export const NX = 1;
export const XX = 2;
export const CH = 4;
export const INCR = 8;
const GT = 16;
const LT = 32;

/** What ZADD, ZINCRBY and GEOADD do with pairs of a score and a member; reused by every command. */
export class Adder {
  /** Sum of the options. */
  options = 0;
  private pairs = 0;
  private scores = new Float64Array(16);
  private added = 0;
  private updated = 0;
  /** The score that INCR led to, undefined when nothing was done. */
  private result: number | undefined;

  begin(options: number): void {
    this.options = options;
    this.pairs = 0;
  }

  /** Scores are read before the first change. */
  addScore(score: number): void {
    if (this.pairs === this.scores.length) {
      const larger = new Float64Array(this.pairs * 2);
      larger.set(this.scores);
      this.scores = larger;
    }
    this.scores[this.pairs++] = score;
  }

  /** Adds the members that stand at argument `first` and every `step` arguments on to the sorted set of key 0, and replies. */
  run(context: CommandContext, first: number, step: number): void {
    const { keys, keyspace, reply } = context;
    const ref = keys.at(0);
    keyspace.requireType(ref, VALUE_ZSET);
    this.added = 0;
    this.updated = 0;
    this.result = undefined;
    if (ref.exists || (this.options & XX) === 0) this.change(context, first, step);
    if ((this.options & INCR) !== 0) {
      if (this.result === undefined) reply.nil();
      else reply.double(this.result);
    } else reply.integer((this.options & CH) !== 0 ? this.added + this.updated : this.added);
  }

  private change({ keys, keyspace, request, server }: CommandContext, first: number, step: number): void {
    const { pairs, scores } = this;
    const limits = server.collectionLimits;
    const { collections, sortedSets: zset } = keyspace;
    const ref = keys.at(0);
    collections.reserve(2 * (request.end(first + (pairs - 1) * step) - request.start(first)));
    if (ref.exists) zset.open(ref);
    else zset.create(ref, request.length(first), limits);
    if (pairs > 1) for (let n = 0; n < pairs; n++) zset.look(scores[n] ?? 0, memberArgument(request, first + n * step));
    for (let n = 0; n < pairs; n++) {
      const member = memberArgument(request, first + n * step);
      const score = this.newScore(zset.find(member), zset.score, scores[n] ?? 0);
      if (score === undefined) continue;
      if ((this.options & INCR) === 0) zset.overwritten();
      zset.put(member, score, limits);
    }
    const changes = this.added + this.updated;
    if (changes === 0) return;
    collections.changed(ref, changes);
    keyspace.events.notify(eventClass.zset, (this.options & INCR) !== 0 ? 'zincr' : 'zadd', ref);
  }

  /** The score that a member gets; undefined when it stays as it is, or away. Counts. */
  private newScore(found: boolean, old: number, given: number): number | undefined {
    const { options } = this;
    if (!found) {
      if ((options & XX) !== 0) return undefined;
      this.added++;
      this.result = given;
      return given;
    }
    if ((options & NX) !== 0) return undefined;
    const score = (options & INCR) !== 0 ? given + old : given;
    if (Number.isNaN(score)) throw notNumber;
    if (((options & GT) !== 0 && score <= old) || ((options & LT) !== 0 && score >= old)) return undefined;
    this.result = score;
    if (score === old) return undefined;
    this.updated++;
    return score;
  }
}

const adder = new Adder();

/** `key [options] score member [score member ...]`, also for ZINCRBY. */
function addPairs(context: CommandContext, options: number): void {
  const { request } = context;
  let bits = options;
  let first = 2;
  for (; first < request.count; first++) {
    const bit = optionAt(context, first);
    if (bit === 0) break;
    bits |= bit;
  }
  const pairs = (request.count - first) / 2;
  if (pairs === 0 || !Number.isInteger(pairs)) throw errors.syntax;
  if ((bits & NX) !== 0 && (bits & XX) !== 0) throw xxAndNx;
  const directions = bits & (NX | GT | LT);
  if ((bits & (GT | LT)) !== 0 && (directions & (directions - 1)) !== 0) throw gtLtNx;
  if ((bits & INCR) !== 0 && pairs > 1) throw onePair;
  adder.begin(bits);
  for (let i = first; i < request.count; i += 2) adder.addScore(scoreArgument(request, i));
  adder.run(context, first + 1, 2);
}

function optionAt({ request }: CommandContext, i: number): number {
  if (request.length(i) === 2) {
    if (request.is(i, 'nx')) return NX;
    if (request.is(i, 'xx')) return XX;
    if (request.is(i, 'ch')) return CH;
    if (request.is(i, 'gt')) return GT;
    if (request.is(i, 'lt')) return LT;
  } else if (request.is(i, 'incr')) return INCR;
  return 0;
}

function zadd(context: CommandContext): void {
  addPairs(context, 0);
}

function zincrby(context: CommandContext): void {
  addPairs(context, INCR);
}

export const addCommands: readonly CommandSpec[] = [
  {
    name: 'zadd',
    summary: 'Give members scores, adding those that are new',
    since: '1.2.0',
    group: 'sorted-set',
    complexity: 'O(log(N)) for each pair, N being the number of members',
    cheapArguments: 4,
    arity: -4,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['sortedset'],
    keySpecs: [keyAt(1, ['RW', 'update'])],
    history: [
      ['2.4.0', 'Several pairs in one call'],
      ['3.0.2', 'Options XX, NX, CH and INCR'],
      ['6.2.0', 'Options GT and LT'],
    ],
    arguments: [
      key,
      {
        name: 'condition',
        type: 'oneof',
        since: '3.0.2',
        optional: true,
        arguments: [
          { name: 'nx', type: 'pure-token', token: 'NX' },
          { name: 'xx', type: 'pure-token', token: 'XX' },
        ],
      },
      {
        name: 'comparison',
        type: 'oneof',
        since: '6.2.0',
        optional: true,
        arguments: [
          { name: 'gt', type: 'pure-token', token: 'GT' },
          { name: 'lt', type: 'pure-token', token: 'LT' },
        ],
      },
      { name: 'change', type: 'pure-token', token: 'CH', since: '3.0.2', optional: true },
      { name: 'increment', type: 'pure-token', token: 'INCR', since: '3.0.2', optional: true },
      { name: 'score_member', type: 'block', multiple: true, arguments: [{ name: 'score', type: 'double' }, member] },
    ],
    tiers: 'value',
    execute: zadd,
  },
  {
    name: 'zincrby',
    summary: 'Add a number to the score of a member',
    since: '1.2.0',
    group: 'sorted-set',
    complexity: 'O(log(N)), N being the number of members',
    cheapArguments: 4,
    arity: 4,
    flags: ['write', 'denyoom', 'fast'],
    categories: ['sortedset'],
    keySpecs: [keyAt(1, ['RW', 'access', 'update'])],
    arguments: [key, { name: 'increment', type: 'integer' }, member],
    tiers: 'value',
    execute: zincrby,
  },
];
