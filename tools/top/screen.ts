import { writeSync } from 'node:fs';
import type { Line, Style } from './line.ts';

const ESC = '\u001b';
const ENTER = `${ESC}[?1049h${ESC}[?25l${ESC}[2J`;
const LEAVE = `${ESC}[0m${ESC}[?25h${ESC}[?1049l`;
/** Terminals that know it show what is between at once; others ignore it. */
const BEGIN_UPDATE = `${ESC}[?2026h`;
const END_UPDATE = `${ESC}[?2026l`;

const colours: Readonly<Record<Style, string>> = {
  plain: '',
  title: `${ESC}[1;36m`,
  dim: `${ESC}[2m`,
  strong: `${ESC}[1m`,
  good: `${ESC}[32m`,
  warn: `${ESC}[33m`,
  bad: `${ESC}[1;31m`,
  accent: `${ESC}[34m`,
};

/** Nothing that a server says may steer the terminal: `keyText` has seen to names of keys, this sees to all else. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f]/g;

export function withoutControls(text: string): string {
  return text.replace(controls, '?');
}

type Terminal = NodeJS.WriteStream & { readonly fd: number };

/** The terminal's other screen. Draws only the lines that differ from the frame before, in one write. */
export class Screen {
  private readonly out: Terminal;
  private readonly colours: boolean;
  private shown: string[] = [];
  private entered = false;

  constructor(out: Terminal, useColours: boolean) {
    this.out = out;
    this.colours = useColours;
  }

  get size(): { columns: number; rows: number } {
    const { columns, rows } = this.out;
    // A terminal that does not tell its size says 0.
    return { columns: columns || 80, rows: rows || 24 };
  }

  enter(): void {
    this.entered = true;
    this.out.write(ENTER);
  }

  /** To be called at every end of the process; by a synchronous write, since nothing else may come after it. */
  leave(): void {
    if (!this.entered) return;
    this.entered = false;
    try {
      writeSync(this.out.fd, LEAVE);
    } catch (error) {
      // The terminal is gone (EIO after SIGHUP), or full (EAGAIN): there is nobody to tell.
      if (!isGone(error)) throw error;
    }
  }

  /** The next frame is drawn whole: after a resize, or when something else has written. */
  forget(): void {
    this.shown = [];
  }

  draw(lines: readonly Line[]): void {
    const whole = this.shown.length !== lines.length;
    let changes = whole ? `${ESC}[2J` : '';
    const painted = lines.map((line) => this.paint(line));
    painted.forEach((line, row) => {
      if (whole || line !== this.shown[row]) changes += `${ESC}[${row + 1};1H${line}`;
    });
    this.shown = painted;
    if (changes !== '') this.out.write(BEGIN_UPDATE + changes + END_UPDATE);
  }

  private paint(line: Line): string {
    return line
      .map(({ text, style }) => {
        const clean = withoutControls(text);
        const colour = this.colours ? colours[style] : '';
        return colour === '' ? clean : `${colour}${clean}${ESC}[0m`;
      })
      .join('');
  }
}

function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EIO' || code === 'EAGAIN' || code === 'EPIPE' || code === 'EBADF' || code === 'ENXIO';
}
