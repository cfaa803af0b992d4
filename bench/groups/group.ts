import type { Peer } from '../support/peers.ts';
import type { ServerPlan } from '../support/server-process.ts';

/** What a group of comparisons is given. */
export interface CompareContext {
  /** redis-server's plan, the base of all ratios; undefined where it is not installed. */
  base: ServerPlan | undefined;
  peers: readonly Peer[];
  /** This server with 1 and with 2 threads, or nothing when it is left out. */
  own: readonly ServerPlan[];
  /** redis-benchmark's path; the load generator of ours drives where it is missing. */
  redisBenchmark: string | undefined;
  rounds: number;
  /** Of the commands that a group compares only these; all when empty. */
  only: readonly string[];
  /** Of the sizes of keys that a group compares only these; all when empty. */
  sizes: readonly number[];
  /** Small counts: results are checked for sanity, not for speed. */
  quick: boolean;
  log(line: string): void;
}

export interface GroupResult {
  /** Goes to bench/results/compare.json. */
  json: object;
  /** Goes to docs/BENCHMARKS.md. */
  markdown: string;
  /** Command lines of servers and drivers, for the page. */
  commands: readonly string[];
  /** What makes the result unfit to publish; any fails the run. */
  problems: readonly string[];
}

/** A named set of side-by-side measurements. Add one by a file here and a line in `groups.ts`. */
export interface CompareGroup {
  name: string;
  title: string;
  run(context: CompareContext): Promise<GroupResult>;
}
