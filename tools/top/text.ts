/** Blocks that terminals draw two columns wide (Unicode 15, East Asian Width W and F). */
const wide =
  /[\u{1100}-\u{115f}\u{2329}\u{232a}\u{2e80}-\u{303e}\u{3041}-\u{33ff}\u{3400}-\u{4dbf}\u{4e00}-\u{a4cf}\u{a960}-\u{a97f}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe10}-\u{fe19}\u{fe30}-\u{fe6f}\u{ff00}-\u{ff60}\u{ffe0}-\u{ffe6}\u{16fe0}-\u{18cff}\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
const mark = /\p{M}/u;

/** Columns of one code point that `keyText` lets through. */
function widthOf(char: string): number {
  if (char < '\u0300') return 1;
  return mark.test(char) ? 0 : wide.test(char) ? 2 : 1;
}

/** Columns that a terminal needs for a line of text. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const char of text) columns += widthOf(char);
  return columns;
}

/** The beginning of a text, with `…` (or `~`) where it was cut. */
export function cut(text: string, columns: number, ellipsis = '…'): string {
  if (columnsOf(text) <= columns) return text;
  let result = '';
  let used = 0;
  for (const char of text) {
    const width = widthOf(char);
    if (used + width > columns - 1) break;
    result += char;
    used += width;
  }
  return columns <= 0 ? '' : result + ellipsis;
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - columnsOf(text))) + text;
}
