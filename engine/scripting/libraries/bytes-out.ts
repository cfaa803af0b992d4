import type { LuaHost, Pointer, State } from './host.ts';

const FIRST_SIZE = 4096;
/** What is kept from call to call; more is given back. */
const KEPT_SIZE = 1 << 20;

/**
 * Bytes that a library puts together in the VM's own memory, so that the finished string is copied once. Reused from call to call; a
 * call that ends in a Lua error leaves it as it is, `begin` starts afresh.
 */
export class BytesOut {
  readonly #host: LuaHost;
  #at: Pointer = 0;
  #size = 0;
  #length = 0;

  constructor(host: LuaHost) {
    this.#host = host;
  }

  get length(): number {
    return this.#length;
  }

  get at(): Pointer {
    return this.#at;
  }

  begin(): void {
    this.#length = 0;
    if (this.#size > KEPT_SIZE) this.#release();
  }

  /** Room for `more` bytes behind what is there; a Lua error "not enough memory" if there is none. */
  ensure(L: State, more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#size) return;
    const size = Math.max(FIRST_SIZE, needed, Math.min(this.#size * 2, needed + (64 << 20)));
    const at = this.#host.lua.realloc(this.#at, size);
    if (at === 0) {
      this.#release();
      this.#host.failPlain(L, 'not enough memory');
    }
    this.#at = at;
    this.#size = size;
  }

  byte(L: State, byte: number): void {
    this.ensure(L, 1);
    this.#host.bytes[this.#at + this.#length++] = byte;
  }

  /** Characters below 256. */
  text(L: State, text: string): void {
    this.ensure(L, text.length);
    const bytes = this.#host.bytes;
    let to = this.#at + this.#length;
    for (let at = 0; at < text.length; at++) bytes[to++] = text.charCodeAt(at);
    this.#length += text.length;
  }

  /** `length` bytes of the VM's memory. */
  copy(L: State, from: Pointer, length: number): void {
    this.ensure(L, length);
    this.#host.bytes.copyWithin(this.#at + this.#length, from, from + length);
    this.#length += length;
  }

  fill(L: State, byte: number, length: number): void {
    this.ensure(L, length);
    const start = this.#at + this.#length;
    this.#host.bytes.fill(byte, start, start + length);
    this.#length += length;
  }

  /** Reserves `length` bytes, which the caller has ensured and will write, and answers where they are. */
  take(length: number): Pointer {
    const at = this.#at + this.#length;
    this.#length += length;
    return at;
  }

  /** Pushes all of it as a Lua string. */
  push(L: State): void {
    this.#host.lua.lua_pushlstring(L, this.#at, this.#length);
    if (this.#size > KEPT_SIZE) this.#release();
  }

  #release(): void {
    this.#host.lua.free(this.#at);
    this.#at = 0;
    this.#size = 0;
  }
}
