import type { CommandSpec } from '../spec.ts';
import { sinter, sintercard, sinterstore } from './intersection.ts';
import { sadd, scard, sismember, smembers, smismember, smove, srem } from './members.ts';
import { spop, srandmember } from './random.ts';
import { sscan } from './scan.ts';
import { sdiff, sdiffstore, sunion, sunionstore } from './union-difference.ts';

/** Commands on sets. */
export const setCommands: readonly CommandSpec[] = [
  sadd,
  scard,
  sdiff,
  sdiffstore,
  sinter,
  sintercard,
  sinterstore,
  sismember,
  smembers,
  smismember,
  smove,
  spop,
  srandmember,
  srem,
  sscan,
  sunion,
  sunionstore,
];
