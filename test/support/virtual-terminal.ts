/**
 * The screen of a terminal that knows the few sequences that full-screen programs here use: cursor addressing, clearing, colours, the other
 * screen, hidden cursor. Anything else is an error, so that nothing else slips out.
 */
export class VirtualTerminal {
  otherScreen = false;
  cursorHidden = false;
  private readonly cells: Map<number, string> = new Map();
  private row = 0;
  private pending = '';

  write(bytes: string): void {
    this.pending += bytes;
    for (;;) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is how sequences begin
      const next = /^(?:\u001b\[(\??)([\d;]*)([A-Za-z])|\r|\n|[^\u001b\r\n]+)/.exec(this.pending);
      if (next === null) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: a sequence that is not whole yet
        if (this.pending !== '' && !/^\u001b(?:\[\??[\d;]*)?$/.test(this.pending))
          throw new Error(`unknown sequence ${JSON.stringify(this.pending.slice(0, 20))}`);
        return;
      }
      this.pending = this.pending.slice(next[0].length);
      const [, mark = '', numbers = '', letter] = next;
      if (letter === undefined) this.print(next[0]);
      else this.obey(mark, numbers, letter);
    }
  }

  /** Lines from the top, without blanks at the end. Each `write` of a whole line replaces what was there. */
  get lines(): string[] {
    const last = Math.max(-1, ...this.cells.keys());
    return Array.from({ length: last + 1 }, (_, row) => (this.cells.get(row) ?? '').trimEnd());
  }

  get text(): string {
    return this.lines.join('\n');
  }

  private print(text: string): void {
    if (text === '\r' || text === '\n') {
      if (text === '\n') this.row++;
      return;
    }
    this.cells.set(this.row, (this.cells.get(this.row) ?? '') + text);
  }

  private obey(mark: string, numbers: string, letter: string): void {
    const what = `${mark}${numbers}${letter}`;
    if (letter === 'm' || what.startsWith('?2026')) return;
    if (letter === 'H') {
      this.row = Number(numbers.split(';')[0]) - 1;
      this.cells.set(this.row, '');
    } else if (what === '2J') this.cells.clear();
    else if (what === '?1049h' || what === '?1049l') this.otherScreen = letter === 'h';
    else if (what === '?25h' || what === '?25l') this.cursorHidden = letter === 'l';
    else throw new Error(`unknown sequence ESC [ ${what}`);
  }
}
