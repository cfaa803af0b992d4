import { formatDouble } from '../../../protocol/text/numbers.ts';
import { VALUE_ZSET } from '../../keyspace/key-ref.ts';
import { memberScanArguments, scanMembers } from '../collection-scan.ts';
import type { CommandContext } from '../context.ts';
import { keyAt } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';

/** Whole numbers up to this Redis keeps in a listpack as integers, and ZSCAN shows them so. */
const WHOLE_MAX = 2 ** 62;

function scoreText(score: number, listpack: boolean): string {
  if (listpack && !Number.isSafeInteger(score) && Number.isInteger(score) && Math.abs(score) <= WHOLE_MAX)
    return BigInt(score).toString();
  return formatDouble(score);
}

function zscan(context: CommandContext): void {
  const { keys, keyspace, reply } = context;
  const zset = keyspace.sortedSets;
  const ref = keys.at(0);
  let listpack = false;
  scanMembers(
    context,
    VALUE_ZSET,
    () => {
      listpack = zset.isListpack(ref);
      return zset.openForScan(ref);
    },
    () => listpack,
    (opened) => {
      zset.read(opened);
      reply.bulkFrom(zset.view, zset.bytes, zset.memberAt, zset.memberLength);
      reply.text(scoreText(zset.score, listpack));
      return 2;
    },
    (opened) => zset.scanSkips(opened),
  );
}

export const scanCommands: readonly CommandSpec[] = [
  {
    name: 'zscan',
    summary: 'Walk over the members and scores of a sorted set in steps',
    since: '2.8.0',
    group: 'sorted-set',
    complexity: 'O(1) per call, O(N) for a whole walk over N members',
    arity: -3,
    flags: ['readonly'],
    categories: ['sortedset'],
    keySpecs: [keyAt(1, ['RO', 'access'])],
    tips: ['nondeterministic_output'],
    arguments: memberScanArguments,
    tiers: 'value',
    execute: zscan,
  },
];
