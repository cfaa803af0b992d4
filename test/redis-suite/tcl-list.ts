// Tcl's list syntax, as far as the suite's packets use it (https://www.tcl-lang.org/man/tcl8.6/TclCmd/Tcl.htm, "list" words).

const SPACE = /[ \t\n\r\v\f]/;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

interface Word {
  readonly text: string;
  readonly end: number;
}

/** The words of a Tcl list. Bytes are expected as latin1 characters. */
export function parseTclList(list: string): string[] {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (at < list.length && SPACE.test(list.charAt(at))) at++;
    if (at >= list.length) return words;
    const word = list[at] === '{' ? bracedWord(list, at) : plainWord(list, at);
    words.push(word.text);
    at = word.end;
  }
}

/** A word in braces: literal, braces nest, a backslash protects the next character and stays. */
function bracedWord(list: string, start: number): Word {
  let depth = 1;
  let at = start + 1;
  while (at < list.length && depth > 0) {
    if (list[at] === '\\') at++;
    else if (list[at] === '{') depth++;
    else if (list[at] === '}') depth--;
    at++;
  }
  return { text: list.slice(start + 1, at - 1), end: at };
}

function plainWord(list: string, start: number): Word {
  const quoted = list[start] === '"';
  let at = quoted ? start + 1 : start;
  let text = '';
  while (at < list.length) {
    const char = list.charAt(at);
    if (quoted ? char === '"' : SPACE.test(char)) break;
    if (char === '\\') {
      const escaped = escapedChar(list, at + 1);
      text += escaped.text;
      at = escaped.end;
    } else {
      text += char;
      at++;
    }
  }
  return { text, end: quoted ? at + 1 : at };
}

/** What follows a backslash at `at - 1`. */
function escapedChar(list: string, at: number): Word {
  const hex = /^(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4}))/.exec(list.slice(at, at + 5));
  if (hex) return { text: String.fromCharCode(Number.parseInt(hex[1] ?? hex[2] ?? '0', 16)), end: at + hex[0].length };
  const octal = /^[0-7]{1,3}/.exec(list.slice(at, at + 3));
  if (octal) return { text: String.fromCharCode(Number.parseInt(octal[0], 8) & 0xff), end: at + octal[0].length };
  const char = list.charAt(at);
  return { text: SIMPLE_ESCAPES[char] ?? char, end: at + 1 };
}

/** A list of words that contain neither braces nor backslashes: all that the runner ever sends. */
export function formatTclList(words: readonly string[]): string {
  return words.map((word) => (/^[\w/.-]+$/.test(word) ? word : `{${word}}`)).join(' ');
}
