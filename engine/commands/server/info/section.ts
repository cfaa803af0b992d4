import type { ThreadInfo } from '../../../server/answers.ts';
import type { CommandStatisticsSnapshot } from '../../../server/command-statistics.ts';
import type { TierStatus } from '../../../server/link.ts';
import type { CommandContext } from '../../context.ts';

/** What sections may need from other threads; INFO asks only for what its sections name. */
export type InfoNeed = 'tiers' | 'commands' | 'errors' | 'threads';

/** What a section is written from: this thread's own view, and the answers to its needs (empty when not asked for). */
export interface InfoFacts {
  readonly context: CommandContext;
  readonly tiers: TierStatus | undefined;
  readonly commands: readonly CommandStatisticsSnapshot[];
  /** Error code and count, in alphabetical order. */
  readonly errors: readonly (readonly [code: string, count: number])[];
  readonly threads: readonly ThreadInfo[];
}

export type InfoField = readonly [name: string, value: string | number];

/** One section of INFO. */
export interface InfoSection {
  /** As an argument of INFO names it, lower case. */
  readonly name: string;
  /** As the heading prints it. */
  readonly title: string;
  /** Whether plain INFO has it; `all` and `everything` have every section. */
  readonly byDefault: boolean;
  readonly needs: readonly InfoNeed[];
  fields(facts: InfoFacts): readonly InfoField[];
}

/** `1.50M`, as the `_human` fields print bytes. */
export function humanBytes(bytes: number): string {
  const units = ['K', 'M', 'G', 'T', 'P'];
  if (bytes < 1024) return `${bytes}B`;
  let value = bytes;
  let unit = -1;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(2)}${units[unit]}`;
}

/** `a / b` with two decimals; 0.00 when b is zero. */
export function ratio(a: number, b: number): string {
  return (b === 0 ? 0 : a / b).toFixed(2);
}

export function percent(a: number, b: number): string {
  return `${(b === 0 ? 0 : (a * 100) / b).toFixed(2)}%`;
}
