import { BytesOut } from './bytes-out.ts';
import type { LuaHost, State } from './host.ts';
import { LUA_TBOOLEAN, LUA_TNUMBER, LUA_TSTRING, LUA_TTABLE } from './host.ts';

/** Tables nested deeper become nil. */
const MAX_NESTING = 16;
const TWO_32 = 4294967296;
const TWO_63 = 2 ** 63;

/** Lua values → MessagePack, each in the shortest form. */
export class MessagePacker {
  readonly #host: LuaHost;
  readonly #out: BytesOut;

  constructor(host: LuaHost) {
    this.#host = host;
    this.#out = new BytesOut(host);
  }

  /** All arguments, one behind the other. */
  pack(L: State): number {
    const { lua } = this.#host;
    const count = lua.lua_gettop(L);
    if (count === 0) this.#host.failArgument(L, 0, 'MessagePack pack needs input.');
    if (lua.lua_checkstack(L, count) === 0) this.#host.failArgument(L, 0, 'Too many arguments for MessagePack pack.');
    this.#out.begin();
    for (let argument = 1; argument <= count; argument++) {
      this.#checkStack(L, 1, 'in function mp_check');
      lua.lua_pushvalue(L, argument);
      this.#value(L, 0);
    }
    this.#out.push(L);
    return 1;
  }

  #checkStack(L: State, slots: number, where: string): void {
    this.#host.lua.luaL_checkstack(L, slots, this.#host.text(where));
  }

  /** Packs and pops the value on top. */
  #value(L: State, level: number): void {
    const { lua } = this.#host;
    switch (lua.lua_type(L, -1)) {
      case LUA_TSTRING:
        this.#string(L);
        break;
      case LUA_TNUMBER:
        this.#number(L, lua.lua_tonumber(L, -1));
        break;
      case LUA_TBOOLEAN:
        this.#out.byte(L, lua.lua_toboolean(L, -1) === 0 ? 0xc2 : 0xc3);
        break;
      case LUA_TTABLE:
        if (level === MAX_NESTING) this.#out.byte(L, 0xc0);
        else this.#table(L, level);
        break;
      default:
        this.#out.byte(L, 0xc0);
    }
    lua.lua_settop(L, -2);
  }

  #string(L: State): void {
    const at = this.#host.lua.lua_tolstring(L, -1, 0);
    const length = this.#host.lua.lua_objlen(L, -1);
    if (length < 32) this.#out.byte(L, 0xa0 | length);
    else if (length <= 0xff) this.#head(L, 0xd9, length, 1);
    else if (length <= 0xffff) this.#head(L, 0xda, length, 2);
    else this.#head(L, 0xdb, length, 4);
    this.#out.copy(L, at, length);
  }

  /** A byte that says what follows, and a big-endian integer of `size` bytes. */
  #head(L: State, kind: number, value: number, size: 1 | 2 | 4): void {
    this.#out.ensure(L, 1 + size);
    const at = this.#out.take(1 + size);
    const { view } = this.#host;
    view.setUint8(at, kind);
    if (size === 1) view.setUint8(at + 1, value);
    else if (size === 2) view.setUint16(at + 1, value);
    else view.setUint32(at + 1, value);
  }

  #number(L: State, value: number): void {
    const isInteger = Math.trunc(value) === value && value >= -TWO_63 && value < TWO_63;
    if (!isInteger) this.#float(L, value);
    else if (value >= 0) this.#natural(L, value);
    else this.#negative(L, value);
  }

  #natural(L: State, value: number): void {
    if (value <= 127) this.#out.byte(L, value);
    else if (value <= 0xff) this.#head(L, 0xcc, value, 1);
    else if (value <= 0xffff) this.#head(L, 0xcd, value, 2);
    else if (value < TWO_32) this.#head(L, 0xce, value, 4);
    else this.#long(L, 0xcf, value);
  }

  #negative(L: State, value: number): void {
    if (value >= -32) this.#out.byte(L, value & 0xff);
    else if (value >= -128) this.#head(L, 0xd0, value, 1);
    else if (value >= -32768) this.#head(L, 0xd1, value, 2);
    else if (value >= -2147483648) this.#head(L, 0xd2, value, 4);
    else this.#long(L, 0xd3, value);
  }

  #long(L: State, kind: number, value: number): void {
    this.#out.ensure(L, 9);
    const at = this.#out.take(9);
    const { view } = this.#host;
    view.setUint8(at, kind);
    view.setInt32(at + 1, Math.floor(value / TWO_32));
    view.setInt32(at + 5, value);
  }

  #float(L: State, value: number): void {
    const fits = Math.fround(value) === value;
    this.#out.ensure(L, 9);
    const at = this.#out.take(fits ? 5 : 9);
    const { view } = this.#host;
    view.setUint8(at, fits ? 0xca : 0xcb);
    if (fits) view.setFloat32(at + 1, value);
    else view.setFloat64(at + 1, value);
  }

  #table(L: State, level: number): void {
    const length = this.#arrayLength(L);
    if (length >= 0) this.#array(L, length, level);
    else this.#map(L, level);
  }

  /** Number of elements if the keys are exactly 1 to n, else -1. */
  #arrayLength(L: State): number {
    const { lua } = this.#host;
    const top = lua.lua_gettop(L);
    let count = 0;
    let largest = 0;
    this.#checkStack(L, 2, 'in function table_is_an_array');
    lua.lua_pushnil(L);
    while (lua.lua_next(L, -2) !== 0) {
      lua.lua_settop(L, -2);
      const key = lua.lua_type(L, -1) === LUA_TNUMBER ? lua.lua_tonumber(L, -1) : 0;
      if (key <= 0 || (key | 0) !== key) {
        lua.lua_settop(L, top);
        return -1;
      }
      if (key > largest) largest = key;
      count++;
    }
    return largest === count ? count : -1;
  }

  #array(L: State, length: number, level: number): void {
    if (length <= 15) this.#out.byte(L, 0x90 | length);
    else if (length <= 0xffff) this.#head(L, 0xdc, length, 2);
    else this.#head(L, 0xdd, length, 4);
    this.#checkStack(L, 1, 'in function mp_encode_lua_table_as_array');
    for (let index = 1; index <= length; index++) {
      this.#host.lua.lua_rawgeti(L, -1, index);
      this.#value(L, level + 1);
    }
  }

  #map(L: State, level: number): void {
    const { lua } = this.#host;
    let length = 0;
    this.#checkStack(L, 3, 'in function mp_encode_lua_table_as_map');
    lua.lua_pushnil(L);
    while (lua.lua_next(L, -2) !== 0) {
      lua.lua_settop(L, -2);
      length++;
    }
    if (length <= 15) this.#out.byte(L, 0x80 | length);
    else if (length <= 0xffff) this.#head(L, 0xde, length, 2);
    else this.#head(L, 0xdf, length, 4);
    lua.lua_pushnil(L);
    while (lua.lua_next(L, -2) !== 0) {
      lua.lua_pushvalue(L, -2);
      this.#value(L, level + 1);
      this.#value(L, level + 1);
    }
  }
}
