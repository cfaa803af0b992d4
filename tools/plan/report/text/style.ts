/** How text is drawn: its width in characters, and whether escape sequences for colours are understood. */
export interface TextStyle {
  readonly width: number;
  readonly colour: boolean;
}

export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan';

const codes: Readonly<Record<Colour, number>> = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
};

export function paint(style: TextStyle, colour: Colour | undefined, text: string): string {
  return style.colour && colour !== undefined ? `\x1b[${codes[colour]}m${text}\x1b[0m` : text;
}

/** Names of files and servers come from outside: nothing in them may steer the terminal. */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '?');
}

/** Lines of at most `width` characters, broken between words; further lines begin with `indent`. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line === '' || line.length + 1 + word.length <= width) line = line === '' ? word : `${line} ${word}`;
    else {
      lines.push(line);
      line = indent + word;
    }
  }
  return [...lines, line];
}

export function heading(style: TextStyle, text: string): string {
  return paint(style, 'bold', text);
}
