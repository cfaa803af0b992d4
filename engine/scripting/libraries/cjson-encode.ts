import { formatGeneral } from '../../../protocol/text/general-format.ts';
import { BytesOut } from './bytes-out.ts';
import type { CjsonSettings } from './cjson-settings.ts';
import { INVALID_AS_IS, INVALID_FAILS } from './cjson-settings.ts';
import type { LuaHost, Pointer, State } from './host.ts';
import { LUA_TBOOLEAN, LUA_TLIGHTUSERDATA, LUA_TNIL, LUA_TNUMBER, LUA_TSTRING, LUA_TTABLE } from './host.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const INT_MIN = -2147483648;
/** Escapes by byte; undefined: as it is. */
const ESCAPES = escapes();

function escapes(): readonly (string | undefined)[] {
  const table: (string | undefined)[] = new Array<string | undefined>(256).fill(undefined);
  for (let byte = 0; byte < 32; byte++) table[byte] = `\\u${byte.toString(16).padStart(4, '0')}`;
  table[0x7f] = '\\u007f';
  table[0x08] = '\\b';
  table[0x09] = '\\t';
  table[0x0a] = '\\n';
  table[0x0c] = '\\f';
  table[0x0d] = '\\r';
  table[QUOTE] = '\\"';
  table[0x2f] = '\\/';
  table[0x5c] = '\\\\';
  return table;
}

/** How much longer a byte is when it is escaped; 0 for those that are not. */
const ESCAPE_EXCESS = Uint8Array.from(ESCAPES, (escaped) => (escaped === undefined ? 0 : escaped.length - 1));
/** From so many bytes on a native copy is faster than a loop. */
const SHORT = 48;

function writeEscape(bytes: Uint8Array, start: Pointer, byte: number): Pointer {
  const text = ESCAPES[byte] ?? '';
  for (let at = 0; at < text.length; at++) bytes[start + at] = text.charCodeAt(at);
  return start + text.length;
}

/** An array (`length` > 0; the next index) or an object (`length` 0; the key on the Lua stack) that is being written. */
interface Container {
  readonly length: number;
  index: number;
}

/** Lua values → JSON, with a stack of its own, so that no nesting exhausts that of JavaScript. */
export class JsonEncoder {
  readonly #host: LuaHost;
  readonly #settings: CjsonSettings;
  readonly #out: BytesOut;
  #cfg: Pointer = 0;

  constructor(host: LuaHost, settings: CjsonSettings) {
    this.#host = host;
    this.#settings = settings;
    this.#out = new BytesOut(host);
  }

  encode(L: State): number {
    if (this.#host.lua.lua_gettop(L) !== 1) this.#host.failArgument(L, 1, 'expected 1 argument');
    this.#cfg = this.#settings.current(L);
    this.#out.begin();
    const open: Container[] = [];
    this.#value(L, open);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      if (top.length > 0) this.#element(L, top, open);
      else this.#member(L, top, open);
    }
    this.#out.push(L);
    return 1;
  }

  /** The next element of the array on top of the Lua stack, or its end. */
  #element(L: State, array: Container, open: Container[]): void {
    if (array.index === array.length) {
      this.#out.byte(L, 0x5d);
      this.#close(L, open);
      return;
    }
    if (array.index > 0) this.#out.byte(L, COMMA);
    array.index++;
    this.#host.lua.lua_rawgeti(L, -1, array.index);
    this.#value(L, open);
  }

  /** The next member of the object below the key on top of the Lua stack, or its end. */
  #member(L: State, object: Container, open: Container[]): void {
    const { lua } = this.#host;
    if (lua.lua_next(L, -2) === 0) {
      this.#out.byte(L, 0x7d);
      this.#close(L, open);
      return;
    }
    if (object.index > 0) this.#out.byte(L, COMMA);
    object.index = 1;
    const type = lua.lua_type(L, -2);
    if (type === LUA_TSTRING) {
      this.#string(L, -2);
      this.#out.byte(L, 0x3a);
    } else if (type === LUA_TNUMBER) {
      this.#out.byte(L, QUOTE);
      this.#number(L, -2);
      this.#out.text(L, '":');
    } else {
      this.#fail(L, -2, 'table key must be a number or string');
    }
    this.#value(L, open);
  }

  #close(L: State, open: Container[]): void {
    open.pop();
    this.#host.lua.lua_settop(L, -2);
  }

  /** Writes and pops the value on top, or leaves it there and opens it. */
  #value(L: State, open: Container[]): void {
    const { lua } = this.#host;
    switch (lua.lua_type(L, -1)) {
      case LUA_TTABLE:
        this.#table(L, open);
        return;
      case LUA_TSTRING:
        this.#string(L, -1);
        break;
      case LUA_TNUMBER:
        this.#number(L, -1);
        break;
      case LUA_TBOOLEAN:
        this.#out.text(L, lua.lua_toboolean(L, -1) === 0 ? 'false' : 'true');
        break;
      case LUA_TNIL:
        this.#out.text(L, 'null');
        break;
      case LUA_TLIGHTUSERDATA:
        if (lua.lua_touserdata(L, -1) !== 0) this.#fail(L, -1, 'type not supported');
        this.#out.text(L, 'null');
        break;
      default:
        this.#fail(L, -1, 'type not supported');
    }
    lua.lua_settop(L, -2);
  }

  #table(L: State, open: Container[]): void {
    const { lua } = this.#host;
    const depth = open.length + 1;
    if (depth > this.#settings.encodeDepth(this.#cfg) || lua.lua_checkstack(L, 3) === 0)
      this.#host.fail(L, `Cannot serialise, excessive nesting (${depth})`);
    const length = this.#arrayLength(L);
    if (length > 0) {
      this.#out.byte(L, 0x5b);
    } else {
      this.#out.byte(L, 0x7b);
      lua.lua_pushnil(L);
    }
    open.push({ length: Math.max(length, 0), index: 0 });
  }

  /** The largest index if all keys are positive integers, else 0. Integers beyond 32 bits count as C on x86-64 converts them. */
  #arrayLength(L: State): number {
    const { lua } = this.#host;
    let largest = 0;
    let count = 0;
    lua.lua_pushnil(L);
    while (lua.lua_next(L, -2) !== 0) {
      lua.lua_settop(L, -2);
      const key = lua.lua_type(L, -1) === LUA_TNUMBER ? lua.lua_tonumber(L, -1) : 0;
      if (Math.floor(key) !== key || key < 1) {
        lua.lua_settop(L, -2);
        return 0;
      }
      if (key > largest) largest = key > 2147483647 ? INT_MIN : key;
      count++;
    }
    return this.#isTooSparse(L, largest, count) ? 0 : largest;
  }

  #isTooSparse(L: State, largest: number, count: number): boolean {
    const ratio = this.#settings.sparseRatio(this.#cfg);
    if (ratio <= 0 || largest <= Math.imul(count, ratio)) return false;
    if (largest <= this.#settings.sparseSafe(this.#cfg)) return false;
    if (!this.#settings.sparseConvert(this.#cfg)) this.#fail(L, -1, 'excessively sparse array');
    return true;
  }

  #number(L: State, index: number): void {
    const value = this.#host.lua.lua_tonumber(L, index);
    if (Number.isFinite(value)) {
      this.#out.text(L, formatGeneral(value, this.#settings.precision(this.#cfg)));
      return;
    }
    const choice = this.#settings.encodeInvalid(this.#cfg);
    if (choice === INVALID_FAILS) this.#fail(L, index, 'must not be NaN or Inf');
    this.#out.text(L, choice === INVALID_AS_IS ? formatGeneral(value, 1) : 'null');
  }

  #string(L: State, index: number): void {
    const from = this.#host.lua.lua_tolstring(L, index, 0);
    const end = from + this.#host.lua.lua_objlen(L, index);
    let { bytes } = this.#host;
    let length = end - from + 2;
    for (let at = from; at < end; at++) length += ESCAPE_EXCESS[bytes[at] ?? 0] ?? 0;
    this.#out.ensure(L, length);
    ({ bytes } = this.#host);
    let to = this.#out.take(length);
    bytes[to++] = QUOTE;
    if (length === end - from + 2 && length > SHORT) {
      bytes.copyWithin(to, from, end);
      to += end - from;
    } else {
      for (let at = from; at < end; at++) {
        const byte = bytes[at] ?? 0;
        if (ESCAPE_EXCESS[byte] === 0) bytes[to++] = byte;
        else to = writeEscape(bytes, to, byte);
      }
    }
    bytes[to] = QUOTE;
  }

  #fail(L: State, index: number, reason: string): never {
    const { lua } = this.#host;
    const type = this.#host.textAt(lua.lua_typename(L, lua.lua_type(L, index)));
    this.#host.fail(L, `Cannot serialise ${type}: ${reason}`);
  }
}
