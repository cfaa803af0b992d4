import type { LuaHost, Pointer, State } from './host.ts';

const INT_MAX = 2147483647;
/** Largest integer, in bytes. */
const MAX_INTEGER = 32;
const MAX_ALIGNMENT = 8;

/** Sizes on x86-64 Linux, by option; the others have none or read a number. */
const SIZES: ReadonlyMap<string, number> = new Map([
  ['b', 1],
  ['B', 1],
  ['h', 2],
  ['H', 2],
  ['l', 8],
  ['L', 8],
  ['T', 8],
  ['f', 4],
  ['d', 8],
  ['x', 1],
]);

/** Reads a format of the struct library option by option: `next`, then `option` and `size`. */
export class StructFormat {
  readonly #host: LuaHost;
  readonly #L: State;
  readonly #text: string;
  #at = 0;
  #align = 1;
  littleEndian = true;
  option = '';
  /** Bytes of the option's value; 0 when the value decides (`s`, `c0`) or there is none. */
  size = 0;

  /** `format` is the address of a C string. */
  constructor(host: LuaHost, L: State, format: Pointer) {
    this.#host = host;
    this.#L = L;
    this.#text = host.textAt(format);
  }

  next(): boolean {
    if (this.#at >= this.#text.length) return false;
    this.option = this.#text.charAt(this.#at++);
    this.size = this.#sizeOfOption();
    return true;
  }

  #sizeOfOption(): number {
    if (this.option === 'c') return this.#number(1);
    if (this.option !== 'i' && this.option !== 'I') return SIZES.get(this.option) ?? 0;
    const size = this.#number(4);
    if (size > MAX_INTEGER) this.#fail(`integral size ${size} is larger than limit of ${MAX_INTEGER}`);
    return size;
  }

  #number(missing: number): number {
    let value: number | undefined;
    for (; this.#at < this.#text.length; this.#at++) {
      const digit = this.#text.charCodeAt(this.#at) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = (value ?? 0) * 10 + digit;
      if (value > INT_MAX) this.#fail('integral size overflow');
    }
    return value ?? missing;
  }

  /** Bytes to leave free at `position` so that the option's value is aligned. */
  padding(position: number): number {
    if (this.size === 0 || this.option === 'c') return 0;
    const size = Math.min(this.size, this.#align);
    return (size - (position & (size - 1))) & (size - 1);
  }

  /** An option without a value: byte order, alignment, blanks. Everything else is an error. */
  control(): void {
    if (this.option === ' ') return;
    if (this.option === '>' || this.option === '<') {
      this.littleEndian = this.option === '<';
    } else if (this.option === '!') {
      const align = this.#number(MAX_ALIGNMENT);
      if (align <= 0 || (align & (align - 1)) !== 0) this.#fail(`alignment ${align} is not a power of 2`);
      this.#align = align;
    } else {
      this.#host.failArgument(this.#L, 1, `invalid format option '${this.option}'`);
    }
  }

  #fail(text: string): never {
    return this.#host.fail(this.#L, text);
  }
}
