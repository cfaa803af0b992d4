import { aclCommands } from './acl/index.ts';
import { bitmapCommands } from './bitmap/index.ts';
import { connectionCommands } from './connection/index.ts';
import { genericCommands } from './generic/index.ts';
import { geoCommands } from './geo/index.ts';
import { hashCommands } from './hash/index.ts';
import { hyperLogLogCommands } from './hyperloglog/index.ts';
import { listCommands } from './list/index.ts';
import { pubsubCommands } from './pubsub/index.ts';
import { scriptingCommands } from './scripting/index.ts';
import { serverCommands } from './server/index.ts';
import { setCommands } from './set/index.ts';
import { sortCommands } from './sort/index.ts';
import { sortedSetCommands } from './sorted-set/index.ts';
import type { CommandSpec } from './spec.ts';
import { streamCommands } from './stream/index.ts';
import { stringCommands } from './string/index.ts';
import { transactionCommands } from './transactions/index.ts';

/** Every command of the server; `new CommandTable(commandSpecs)`. */
export const commandSpecs: readonly CommandSpec[] = [
  ...stringCommands,
  ...bitmapCommands,
  ...setCommands,
  ...hashCommands,
  ...sortedSetCommands,
  ...geoCommands,
  ...hyperLogLogCommands,
  ...listCommands,
  ...streamCommands,
  ...genericCommands,
  ...sortCommands,
  ...transactionCommands,
  ...scriptingCommands,
  ...pubsubCommands,
  ...connectionCommands,
  ...serverCommands,
  ...aclCommands,
];
