import type { CommandSpec } from '../spec.ts';
import { copy, move } from './copy.ts';
import { del, expdel, unlink } from './delete.ts';
import { dump, restore } from './dump.ts';
import { exists, mexists, touch } from './exists.ts';
import { expire, expireat, pexpire, pexpireat } from './expire.ts';
import { memberExpiryCommands } from './member-expiry.ts';
import { object } from './object.ts';
import { rename, renamenx } from './rename.ts';
import { keys, randomkey, scan } from './scan.ts';
import { expiretime, persist, pexpiretime, pttl, ttl } from './ttl.ts';
import { type } from './type.ts';
import { waitCommands } from './wait.ts';

/** Commands on keys of any type. */
export const genericCommands: readonly CommandSpec[] = [
  copy,
  del,
  dump,
  exists,
  expdel,
  expire,
  expireat,
  expiretime,
  keys,
  ...memberExpiryCommands,
  mexists,
  move,
  object,
  persist,
  pexpire,
  pexpireat,
  pexpiretime,
  pttl,
  randomkey,
  rename,
  renamenx,
  restore,
  scan,
  touch,
  ttl,
  type,
  unlink,
  ...waitCommands,
];
