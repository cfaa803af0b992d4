import { BytesOut } from './bytes-out.ts';
import { CNumber } from './c-number.ts';
import type { LuaHost, Pointer, State } from './host.ts';

/** Kinds of tokens; what the scanner found last. */
export const OBJECT_BEGIN = 0;
export const OBJECT_END = 1;
export const ARRAY_BEGIN = 2;
export const ARRAY_END = 3;
export const STRING = 4;
export const NUMBER = 5;
export const BOOLEAN = 6;
export const NULL = 7;
export const COLON = 8;
export const COMMA = 9;
export const END = 10;
export const ERROR = 12;
const WHITESPACE = 11;
const LONGER = 13;

/** Their names in error messages. */
const NAMES: readonly string[] = [
  'T_OBJ_BEGIN',
  'T_OBJ_END',
  'T_ARR_BEGIN',
  'T_ARR_END',
  'T_STRING',
  'T_NUMBER',
  'T_BOOLEAN',
  'T_NULL',
  'T_COLON',
  'T_COMMA',
  'T_END',
];

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;

/** Kind of token by its first byte. */
const KINDS = kinds();
/** What follows a backslash, by byte; 0: an error. */
const ESCAPED = escaped();

function kinds(): Uint8Array {
  const table = new Uint8Array(256).fill(ERROR);
  const single: readonly (readonly [string, number])[] = [
    ['{', OBJECT_BEGIN],
    ['}', OBJECT_END],
    ['[', ARRAY_BEGIN],
    [']', ARRAY_END],
    [',', COMMA],
    [':', COLON],
    ['\0', END],
    [' \t\n\r', WHITESPACE],
    ['fiInNt"+-0123456789', LONGER],
  ];
  for (const [characters, kind] of single) for (const one of characters) table[one.charCodeAt(0)] = kind;
  return table;
}

function escaped(): Uint8Array {
  const table = new Uint8Array(256);
  const pairs: readonly (readonly [string, number])[] = [
    ['"', QUOTE],
    ['\\', BACKSLASH],
    ['/', 0x2f],
    ['b', 0x08],
    ['t', 0x09],
    ['n', 0x0a],
    ['f', 0x0c],
    ['r', 0x0d],
    ['u', LETTER_U],
  ];
  for (const [character, byte] of pairs) table[character.charCodeAt(0)] = byte;
  return table;
}

/** Cuts JSON in the VM's memory into tokens, as forgiving as lua-cjson is. The text ends with its first NUL. */
export class JsonTokens {
  readonly #host: LuaHost;
  readonly #number = new CNumber();
  readonly #unescaped: BytesOut;
  #start: Pointer = 0;
  #invalidNumbers = true;
  /** The next byte. */
  at: Pointer = 0;
  kind = END;
  /** The token's offset in the text. */
  index = 0;
  /** Of an error token: what is wrong. */
  error = '';
  /** Of a string: where it is, until the next token. */
  stringAt: Pointer = 0;
  stringLength = 0;
  truth = false;

  constructor(host: LuaHost) {
    this.#host = host;
    this.#unescaped = new BytesOut(host);
  }

  get number(): number {
    return this.#number.value;
  }

  get isNegativeNan(): boolean {
    return this.#number.negativeNan;
  }

  /** How the token is called in messages. */
  get name(): string {
    return this.kind === ERROR ? this.error : (NAMES[this.kind] ?? '');
  }

  is(kind: number): boolean {
    return this.kind === kind;
  }

  /** Offset of the next byte. */
  get offset(): number {
    return this.at - this.#start;
  }

  begin(start: Pointer, invalidNumbers: boolean): void {
    this.#start = start;
    this.at = start;
    this.#invalidNumbers = invalidNumbers;
  }

  next(L: State): void {
    const { bytes } = this.#host;
    let kind: number = WHITESPACE;
    while (true) {
      kind = KINDS[bytes[this.at] ?? 0] ?? ERROR;
      if (kind !== WHITESPACE) break;
      this.at++;
    }
    this.index = this.offset;
    this.kind = kind;
    if (kind === ERROR) this.#fail('invalid token');
    else if (kind === LONGER) this.#longer(L, bytes, bytes[this.at] ?? 0);
    else if (kind !== END) this.at++;
  }

  #fail(error: string): void {
    this.kind = ERROR;
    this.index = this.offset;
    this.error = error;
  }

  #longer(L: State, bytes: Uint8Array, first: number): void {
    if (first === QUOTE) {
      this.#string(L, bytes);
    } else if (first === 0x2d || (first >= 0x30 && first <= 0x39)) {
      if (!this.#invalidNumbers && this.#isInvalidNumber(bytes)) this.#fail('invalid number');
      else this.#readNumber(bytes);
    } else if (this.#startsWith(bytes, 'true')) {
      this.#word(BOOLEAN, 4, true);
    } else if (this.#startsWith(bytes, 'false')) {
      this.#word(BOOLEAN, 5, false);
    } else if (this.#startsWith(bytes, 'null')) {
      this.#word(NULL, 4, false);
    } else if (this.#invalidNumbers && this.#isInvalidNumber(bytes)) {
      this.#readNumber(bytes);
    } else {
      this.#fail('invalid token');
    }
  }

  #word(kind: number, length: number, truth: boolean): void {
    this.kind = kind;
    this.truth = truth;
    this.at += length;
  }

  #startsWith(bytes: Uint8Array, word: string, from = this.at): boolean {
    for (let index = 0; index < word.length; index++) if (bytes[from + index] !== word.charCodeAt(index)) return false;
    return true;
  }

  #readNumber(bytes: Uint8Array): void {
    this.#number.read(bytes, this.at);
    if (this.#number.end === this.at) {
      this.#fail('invalid number');
      return;
    }
    this.kind = NUMBER;
    this.at = this.#number.end;
  }

  /** What C's strtod would read and JSON does not have: a plus, hexadecimal, leading zeros, infinity, NaN. */
  #isInvalidNumber(bytes: Uint8Array): boolean {
    if (bytes[this.at] === 0x2b) return true;
    const from = bytes[this.at] === 0x2d ? this.at + 1 : this.at;
    const text = Buffer.from(bytes.buffer, from, 3).toString('latin1');
    return /^0[x0-9]/i.test(text) || /^(?:inf|nan)/i.test(text);
  }

  #string(L: State, bytes: Uint8Array): void {
    this.at++;
    const from = this.at;
    let at = from;
    while (true) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE || byte === BACKSLASH || byte === 0) break;
      at++;
    }
    this.at = at;
    this.kind = STRING;
    if (bytes[at] === QUOTE) {
      this.stringAt = from;
      this.stringLength = at - from;
      this.at++;
    } else {
      this.#escapedString(L, from);
    }
  }

  /** From the first escape on, with what stands before it from `from` on. */
  #escapedString(L: State, from: Pointer): void {
    const out = this.#unescaped;
    out.begin();
    let done = from;
    while (true) {
      const byte = this.#host.bytes[this.at] ?? 0;
      if (byte !== QUOTE && byte !== BACKSLASH && byte !== 0) {
        this.at++;
        continue;
      }
      if (byte === 0) {
        this.#fail('unexpected end of string');
        return;
      }
      out.copy(L, done, this.at - done);
      if (byte === QUOTE) break;
      if (!this.#escape(L)) return;
      done = this.at;
    }
    this.at++;
    this.stringAt = out.at;
    this.stringLength = out.length;
  }

  /** At a backslash: false if it was an error. */
  #escape(L: State): boolean {
    const byte = ESCAPED[this.#host.bytes[this.at + 1] ?? 0] ?? 0;
    if (byte === LETTER_U) return this.#unicode(L);
    if (byte === 0) {
      this.#fail('invalid escape code');
      return false;
    }
    this.#unescaped.byte(L, byte);
    this.at += 2;
    return true;
  }

  #unicode(L: State): boolean {
    const { bytes } = this.#host;
    const unit = hex4(bytes, this.at + 2);
    const isSurrogate = (unit & 0xf800) === 0xd800;
    const codePoint = unit >= 0 && isSurrogate ? this.#pair(bytes, unit) : unit;
    if (codePoint < 0) {
      this.#fail('invalid unicode escape code');
      return false;
    }
    this.#unescaped.text(L, utf8(codePoint));
    this.at += isSurrogate ? 12 : 6;
    return true;
  }

  /** The code point of a high surrogate and the low one that must follow it, or -1. */
  #pair(bytes: Uint8Array, high: number): number {
    if ((high & 0x400) !== 0 || !this.#startsWith(bytes, '\\u', this.at + 6)) return -1;
    const low = hex4(bytes, this.at + 8);
    if (low < 0 || (low & 0xfc00) !== 0xdc00) return -1;
    return (((high & 0x3ff) << 10) | (low & 0x3ff)) + 0x10000;
  }
}

/** Four hexadecimal digits, or -1. */
function hex4(bytes: Uint8Array, at: Pointer): number {
  let value = 0;
  for (let index = at; index < at + 4; index++) {
    const byte = bytes[index] ?? 0;
    const lower = byte | 0x20;
    if (byte >= 0x30 && byte <= 0x39) value = value * 16 + byte - 0x30;
    else if (lower >= 0x61 && lower <= 0x66) value = value * 16 + lower - 0x61 + 10;
    else return -1;
  }
  return value;
}

/** The bytes of a code point, one character each. */
function utf8(codePoint: number): string {
  return Buffer.from(String.fromCodePoint(codePoint), 'utf8').toString('latin1');
}
