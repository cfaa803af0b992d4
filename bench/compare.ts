// npm run bench:compare -- [--quick] [--group NAME ...] [--only COMMAND,...] [--size N ...] [--rounds N] [--only-peer NAME]
//                          [--no-own] [--no-write]
// Runs this server and its peers side by side; writes bench/results/compare.json (compare-NAME.json for chosen groups) and the tables
// of docs/BENCHMARKS.md.
import { parseArgs } from 'node:util';
import type { CompareContext, GroupResult } from './groups/group.ts';
import { compareGroups } from './groups/groups.ts';
import { findExecutable, findPeers, ownPlan, peerPlan } from './support/peers.ts';
import { describeMachine, machineLine, writeResult, writeSection } from './support/report.ts';

const DEFAULT_ROUNDS = 4;
/** With more servers there are fewer rounds, so that the whole stays within six minutes. */
const MANY_PEERS = 2;
const ROUNDS_WITH_MANY = 2;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    group: { type: 'string', multiple: true },
    only: { type: 'string' },
    size: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    'only-peer': { type: 'string' },
    'no-own': { type: 'boolean', default: false },
    'no-write': { type: 'boolean', default: false },
  },
});

// Leaving by `exit` lets servers be stopped.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const wanted = flags.group ?? compareGroups.map(({ name }) => name);
const unknown = wanted.filter((name) => !compareGroups.some((group) => group.name === name));
if (unknown.length > 0) {
  console.error(`No group ${unknown.join(', ')}; there are ${compareGroups.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}

const peers = findPeers().filter(({ name }) => flags['only-peer'] === undefined || name === flags['only-peer']);
const redis = peers.find(({ name }) => name === 'redis-server');
function defaultRounds(): number {
  if (flags.quick) return 1;
  return peers.length > MANY_PEERS ? ROUNDS_WITH_MANY : DEFAULT_ROUNDS;
}
const context: CompareContext = {
  base: redis === undefined ? undefined : peerPlan(redis),
  peers,
  own: flags['no-own'] ? [] : [ownPlan({ threads: 1 }), ownPlan({ threads: 2 })],
  redisBenchmark: findExecutable('redis-benchmark'),
  only: flags.only?.toLowerCase().split(',') ?? [],
  sizes: flags.size?.map(Number) ?? [],
  rounds: Number(flags.rounds ?? defaultRounds()),
  quick: flags.quick,
  log: (line) => console.error(line),
};

const results: { name: string; title: string; result: GroupResult }[] = [];
for (const group of compareGroups) {
  if (!wanted.includes(group.name)) continue;
  results.push({ name: group.name, title: group.title, result: await group.run(context) });
}

const machine = describeMachine();
const versions = peers.map(({ name, version }) => `${name} ${version}`);
for (const { title, result } of results) console.log(`\n${title}\n\n${result.markdown}`);
const problems = results.flatMap(({ result }) => result.problems);
for (const problem of problems) console.error(`problem: ${problem}`);

// A smoke run's figures mean nothing; what is run by itself gets a file of its own.
const partial = flags.only !== undefined || flags.size !== undefined;
if (!flags.quick && !partial && !flags['no-write'] && problems.length === 0) {
  const groups = Object.fromEntries(results.map(({ name, result }) => [name, result.json]));
  if (flags.group === undefined) writeResult('compare', { machine, versions, groups });
  else
    for (const [name, group] of Object.entries(groups)) writeResult(`compare-${name}`, { machine, versions, ...group });
  for (const { name, result } of results) {
    const commands = result.commands.length === 0 ? '' : `\n\n${['```', ...result.commands, '```'].join('\n')}`;
    writeSection(
      `compare:${name}`,
      `${machineLine(machine)} Peers: ${versions.join(', ') || 'none found'}.\n\n${result.markdown}${commands}`,
    );
  }
}
process.exit(problems.length === 0 ? 0 : 1);
