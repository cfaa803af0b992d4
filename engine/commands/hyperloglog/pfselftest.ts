import { checkHyperLogLog } from '../../types/string/hyperloglog/check.ts';
import { CommandError } from '../errors.ts';
import type { CommandSpec } from '../spec.ts';

export const pfselftestCommand: CommandSpec = {
  name: 'pfselftest',
  summary: 'Check registers, encodings and the error of estimates of HyperLogLogs',
  since: '2.8.9',
  group: 'hyperloglog',
  complexity: 'O(N) with a fixed N of some 100,000 elements',
  arity: 1,
  flags: ['admin'],
  categories: ['hyperloglog'],
  keySpecs: [],
  systemCommand: true,
  tiers: 'none',
  execute({ reply, nowMs }) {
    const problem = checkHyperLogLog(nowMs);
    if (problem !== undefined) throw new CommandError(`TESTFAILED ${problem}`);
    reply.ok();
  },
};
