import type { Snapshot } from '../../engine/live/snapshot.ts';
import { age } from '../../engine/live/units.ts';
import { type Glyphs, sparkline } from './glyphs.ts';
import { beside, fit, type Line, span } from './line.ts';
import { commands, curve, headline, hotKeys, type Sorting, slots, threads, tiers } from './panels.ts';

export const MIN_COLUMNS = 80;
export const MIN_ROWS = 24;

export interface ViewState {
  /** `host:port`, or the path of a socket. */
  readonly target: string;
  readonly snapshot: Snapshot | undefined;
  /** Why the figures are old. */
  readonly problem: string | undefined;
  readonly sorting: Sorting;
  readonly paused: boolean;
  readonly help: boolean;
  readonly intervalMs: number;
  /** Operations per second, the newest last. */
  readonly history: readonly number[];
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const helpLines = [
  ['q', 'quit (also Ctrl-C)'],
  ['s', 'sort commands by calls, time (calls x mean), p99, name'],
  ['p, space', 'pause; the server is not asked'],
  ['+ -', 'longer and shorter interval'],
  ['?, h', 'this help'],
  ['', ''],
  ['ops/s', 'commands; percentiles are of execution times within the interval'],
  ['hits', 'RAM: of all lookups; NVMe: of those that RAM could not answer'],
  ['reads/s', 'records read from disk; their percentiles are since CONFIG RESETSTAT'],
  ['x', 'bytes written to the device for each byte of records'],
  ['stall', 'longest time that a thread did not come to its event loop'],
  ['misses', 'by RAM: share of accesses that RAM of that size would not answer (LRU)'],
  ['slots', 'keys by range of slots; used: slots with keys; largest: keys in one'],
] as const;

/** One frame: exactly as many lines as the screen has, each exactly as wide. */
export function frame(state: ViewState, size: Size, glyphs: Glyphs): Line[] {
  const { columns, rows } = size;
  if (columns < MIN_COLUMNS || rows < MIN_ROWS) {
    const text = `${columns}x${rows} is too small: stratakv-top needs ${MIN_COLUMNS}x${MIN_ROWS}. q quits.`;
    return Array.from({ length: rows }, (_, row) => fit(row === 0 ? [span(text, 'warn')] : [], columns));
  }
  const lines = [title(state), ...body(state, { columns, rows: rows - 2 }, glyphs)].slice(0, rows - 1);
  while (lines.length < rows - 1) lines.push([]);
  return [...lines, footer(state)].map((line) => fit(line, columns));
}

/** As one text to print: as many lines as there is to tell. */
export function wholeText(state: ViewState, columns: number, glyphs: Glyphs): Line[] {
  return [title(state), ...body(state, { columns, rows: 60 }, glyphs)];
}

function title({ target, snapshot, problem, intervalMs, paused }: ViewState): Line {
  const line = [span('stratakv-top ', 'title'), span(target, 'strong')];
  // A narrow screen has no room for both.
  if (problem !== undefined) line.push(span(`  ${problem}`, 'bad'));
  else if (snapshot !== undefined) {
    const { name, version, uptimeSeconds } = snapshot.server;
    line.push(span(`  ${name} ${version}  up ${age(uptimeSeconds)}  every ${intervalMs / 1000} s`, 'dim'));
  }
  if (paused) line.push(span('  PAUSED', 'warn'));
  return line;
}

function footer({ sorting, paused }: ViewState): Line {
  const text = ` q quit  s sort: ${sorting}  p ${paused ? 'go on' : 'pause'}  +/- interval  ? help`;
  return [span(text, 'dim')];
}

function body(state: ViewState, size: Size, glyphs: Glyphs): Line[] {
  if (state.help) return [[], ...helpLines.map(([key, text]) => [span(`  ${key.padEnd(10)}`, 'strong'), span(text)])];
  const { snapshot } = state;
  if (snapshot === undefined)
    return [[], [span(state.problem === undefined ? 'connecting ...' : 'no figures yet', 'dim')]];
  const { columns, rows } = size;
  const top = [...headline(snapshot)];
  if (rows >= 30 && state.history.length > 1) {
    top.push([span(sparkline(state.history, columns, glyphs), 'accent')]);
  }
  top.push([], ...tiers(snapshot, columns, glyphs), []);
  return [...top, ...lower(state, snapshot, { columns, rows: rows - top.length }, glyphs)];
}

/** Commands and hot keys on the left, threads, curve and slots on the right. */
function lower({ sorting }: ViewState, snapshot: Snapshot, { columns, rows }: Size, glyphs: Glyphs): Line[] {
  const leftColumns = Math.ceil(columns * 0.55);
  const rightColumns = columns - leftColumns - 2;
  const half = Math.floor((rows - 3) / 2);
  const keyRows = Math.min(half, Math.max(1, snapshot.hotKeys?.length ?? 1));
  const commandRows = rows - 3 - keyRows;
  const left = [
    ...commands(snapshot, sorting, leftColumns, commandRows),
    [],
    ...hotKeys(snapshot, leftColumns, keyRows),
  ];
  const threadRows = Math.min(snapshot.threads?.length ?? 1, Math.max(2, Math.floor(rows / 3)));
  const right = [...threads(snapshot, rightColumns, threadRows, glyphs)];
  const curveRows = Math.min(12, rows - right.length - 4);
  if (curveRows > 0) right.push([], ...curve(snapshot, rightColumns, curveRows, glyphs));
  if (right.length + 3 <= rows) right.push([]);
  if (right.length + 2 <= rows) right.push(...slots(snapshot, rightColumns, glyphs));
  return beside(left, right.slice(0, rows), leftColumns, columns);
}
