/** Signs that draw bars; letters of ASCII where the terminal is not known to have others. */
export interface Glyphs {
  /** From empty to full. */
  readonly levels: readonly string[];
  readonly full: string;
  readonly empty: string;
  readonly rule: string;
}

const unicode: Glyphs = { levels: [...' ▁▂▃▄▅▆▇█'], full: '█', empty: '░', rule: '─' };
const ascii: Glyphs = { levels: [...' .:-=+*#@'], full: '#', empty: '.', rule: '-' };

export function glyphsFor(env: NodeJS.ProcessEnv): Glyphs {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale) ? unicode : ascii;
}

export function bar(share: number, columns: number, { full, empty }: Glyphs): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * columns);
  return full.repeat(filled) + empty.repeat(columns - filled);
}

/** One column for each of the last values, as high as its share of the largest. */
export function sparkline(values: readonly number[], columns: number, { levels }: Glyphs): string {
  const shown = values.slice(-columns);
  const largest = Math.max(0, ...shown);
  const top = levels.length - 1;
  return shown
    .map((value) => levels[value <= 0 || largest === 0 ? 0 : Math.max(1, Math.round((value / largest) * top))] ?? ' ')
    .join('')
    .padStart(columns, ' ');
}
