import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { projectFolder } from './paths.ts';

const PAGE = 'docs/BENCHMARKS.md';

export interface Machine {
  cpu: string;
  cores: number;
  memoryGib: number;
  kernel: string;
  node: string;
  date: string;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
  };
}

export function machineLine(machine: Machine): string {
  const { cpu, cores, memoryGib, kernel, node, date } = machine;
  return `${date} UTC, ${cores} cores of ${cpu}, ${memoryGib} GiB, Linux ${kernel}, Node ${node}.`;
}

/** A Markdown table; the first column is text, the others are aligned right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = header.map((_, column) => (column === 0 ? '---' : '---:'));
  return [header, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
export const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');
export const ratio = (value: number): string => (Number.isFinite(value) ? `${value.toFixed(2)}x` : '-');
export const microseconds = (value: number): string =>
  Number.isFinite(value) ? (value < 10_000 ? `${thousands(value)} µs` : `${(value / 1000).toFixed(1)} ms`) : '-';

/** Writes a result as JSON to bench/results/. */
export function writeResult(name: string, result: object): void {
  const path = join(projectFolder(), 'bench/results', `${name}.json`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
}

/** Puts `content` between the section's markers in a page's text, adding the markers at the end when it has none. */
export function replaceSection(page: string, section: string, content: string): string {
  const begin = `<!-- ${section}:begin -->`;
  const end = `<!-- ${section}:end -->`;
  const block = `${begin}\n${content.trim()}\n${end}`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) return `${page.trimEnd()}\n\n${block}\n`;
  return page.slice(0, from) + block + page.slice(to + end.length);
}

export function writeSection(section: string, content: string): void {
  const path = join(projectFolder(), PAGE);
  writeFileSync(path, replaceSection(readFileSync(path, 'utf8'), section, content));
}
