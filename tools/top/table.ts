import { type Line, type Span, type Style, span } from './line.ts';
import { cut, padEnd, padStart } from './text.ts';

/** A column of a table: positive widths are right-aligned, negative ones left-aligned. */
export interface Column {
  readonly title: string;
  readonly width: number;
}

export type Cell = string | readonly [text: string, style: Style];

function cell(value: Cell, width: number, style: Style): Span {
  const [text, own] = typeof value === 'string' ? [value, style] : value;
  const columns = Math.abs(width);
  const shown = cut(text, columns);
  return span(width < 0 ? padEnd(shown, columns) : padStart(shown, columns), own);
}

function row(columns: readonly Column[], cells: readonly Cell[], style: Style): Line {
  return columns.flatMap(({ width }, at) => [...(at === 0 ? [] : [span(' ')]), cell(cells[at] ?? '', width, style)]);
}

/** The heading, and at most so many rows. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], maxRows: number): Line[] {
  const titles = columns.map(({ title }) => title);
  return [
    row(columns, titles, 'title'),
    ...rows.slice(0, Math.max(0, maxRows)).map((cells) => row(columns, cells, 'plain')),
  ];
}
