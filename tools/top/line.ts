import { columnsOf, cut } from './text.ts';

/** What a piece of text means; how it looks is the screen's business. */
export type Style = 'plain' | 'title' | 'dim' | 'strong' | 'good' | 'warn' | 'bad' | 'accent';

export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Span[];

export function span(text: string, style: Style = 'plain'): Span {
  return { text, style };
}

export function widthOfLine(line: Line): number {
  return line.reduce((columns, { text }) => columns + columnsOf(text), 0);
}

/** Exactly so many columns: cut, or filled with blanks. */
export function fit(line: Line, columns: number): Line {
  const spans: Span[] = [];
  let left = columns;
  for (const { text, style } of line) {
    if (left <= 0) break;
    const shown = cut(text, left);
    spans.push({ text: shown, style });
    left -= columnsOf(shown);
    if (shown !== text) break;
  }
  if (left > 0) spans.push(span(' '.repeat(left)));
  return spans;
}

/** Two blocks of lines side by side, `gap` columns apart. */
export function beside(left: readonly Line[], right: readonly Line[], leftColumns: number, columns: number): Line[] {
  const gap = 2;
  return Array.from({ length: Math.max(left.length, right.length) }, (_, row) => [
    ...fit(left[row] ?? [], leftColumns),
    span(' '.repeat(gap)),
    ...fit(right[row] ?? [], columns - leftColumns - gap),
  ]);
}

/** As plain text, without blanks at the end. */
export function plainText(line: Line): string {
  return line
    .map(({ text }) => text)
    .join('')
    .trimEnd();
}
