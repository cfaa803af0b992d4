/** More of a name is not shown. */
const MAX_CODE_POINTS = 200;
/** Marks above and below one letter; more of them run over the lines beside. */
const MAX_MARKS = 2;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * What must not reach a terminal, or would mislead who reads: control characters and escape sequences, changes of direction, what is
 * invisible, blanks that are none, and what joins with its neighbours to one picture.
 */
const unsafe =
  /^(?:[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Regional_Indicator}\p{Emoji_Modifier}]|(?! )\p{Zs})$/u;
const mark = /^\p{M}$/u;

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

/**
 * A name that clients have chosen, as text that is safe to print: one line, nothing but letters, signs and plain blanks. Everything else, and
 * bytes that are no UTF-8, is written as `\n`, `\x1b`, `\u{202e}`; the backslash itself as `\\`.
 */
export function keyText(bytes: Uint8Array): string {
  let text = '';
  let marks = MAX_MARKS;
  let count = 0;
  for (let at = 0; at < bytes.length; count++) {
    if (count === MAX_CODE_POINTS) return `${text}…`;
    const length = sequenceLength(bytes[at] ?? 0);
    const char = decode(bytes.subarray(at, at + length));
    if (char === undefined) {
      text += hex(bytes[at] ?? 0);
      marks = MAX_MARKS;
      at++;
      continue;
    }
    at += length;
    marks = mark.test(char) ? marks + 1 : 0;
    text += marks > MAX_MARKS ? escaped(char) : (named[char] ?? (unsafe.test(char) ? escaped(char) : char));
  }
  return text;
}

/** By the first byte of UTF-8; whether the rest is right the decoder says. */
function sequenceLength(first: number): number {
  if (first >= 0xf0) return 4;
  if (first >= 0xe0) return 3;
  return first >= 0xc0 ? 2 : 1;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    // Not UTF-8: told byte by byte.
    return undefined;
  }
}

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return code < 0x80 ? hex(code) : `\\u{${code.toString(16)}}`;
}

function hex(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}
