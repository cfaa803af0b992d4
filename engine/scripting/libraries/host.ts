/**
 * What the libraries need of the Lua VM: the exports of PUC Lua 5.1 compiled to WebAssembly, by their C names. A `State` is the address of
 * a `lua_State` (the main one or a coroutine's), a `Pointer` an address in `memory`. Functions that raise a Lua error leave the caller's
 * frames by a JavaScript exception that only Lua itself may catch.
 */
export type State = number;
export type Pointer = number;

export interface LuaExports {
  readonly memory: WebAssembly.Memory;
  malloc(size: number): Pointer;
  free(at: Pointer): void;
  realloc(at: Pointer, size: number): Pointer;
  lua_gettop(L: State): number;
  lua_settop(L: State, index: number): void;
  lua_pushvalue(L: State, index: number): void;
  lua_insert(L: State, index: number): void;
  lua_checkstack(L: State, slots: number): number;
  lua_type(L: State, index: number): number;
  lua_typename(L: State, type: number): Pointer;
  lua_isnumber(L: State, index: number): number;
  lua_tonumber(L: State, index: number): number;
  lua_toboolean(L: State, index: number): number;
  lua_tolstring(L: State, index: number, lengthAt: Pointer): Pointer;
  lua_objlen(L: State, index: number): number;
  lua_touserdata(L: State, index: number): Pointer;
  lua_newuserdata(L: State, size: number): Pointer;
  lua_pushnil(L: State): void;
  lua_pushnumber(L: State, value: number): void;
  lua_pushboolean(L: State, value: number): void;
  lua_pushlstring(L: State, at: Pointer, length: number): void;
  lua_pushlightuserdata(L: State, at: Pointer): void;
  lua_pushcclosure(L: State, functionIndex: number, upvalues: number): void;
  lua_createtable(L: State, arraySize: number, hashSize: number): void;
  lua_setfield(L: State, index: number, name: Pointer): void;
  lua_setfenv(L: State, index: number): number;
  lua_rawset(L: State, index: number): void;
  lua_rawseti(L: State, index: number, key: number): void;
  lua_rawgeti(L: State, index: number, key: number): void;
  lua_next(L: State, index: number): number;
  lua_concat(L: State, count: number): void;
  lua_error(L: State): number;
  luaL_where(L: State, level: number): void;
  luaL_argerror(L: State, argument: number, text: Pointer): number;
  luaL_typerror(L: State, argument: number, type: Pointer): number;
  luaL_checknumber(L: State, argument: number): number;
  luaL_checklstring(L: State, argument: number, lengthAt: Pointer): Pointer;
  luaL_checkstack(L: State, slots: number, text: Pointer): void;
}

/** A function that Lua can call: it is given the state, takes its arguments from the stack, and returns how many results it pushed. */
export type LuaFunction = (L: State) => number;

/** Types of Lua values as `lua_type` numbers them. */
export const LUA_TNONE = -1;
export const LUA_TNIL = 0;
export const LUA_TBOOLEAN = 1;
export const LUA_TLIGHTUSERDATA = 2;
export const LUA_TNUMBER = 3;
export const LUA_TSTRING = 4;
export const LUA_TTABLE = 5;

/** The pseudo-indexes of the globals and of a function's first upvalue. */
export const GLOBALS_INDEX = -10002;
export const FIRST_UPVALUE = GLOBALS_INDEX - 1;

/** The Lua VM that libraries are opened in, with the few things that all of them need. One per thread. */
export class LuaHost {
  readonly lua: LuaExports;
  readonly #addFunction: (call: LuaFunction) => number;
  readonly #texts = new Map<string, Pointer>();
  #bytes: Uint8Array;
  #view: DataView;

  /** `addFunction` puts a function into the module's table and answers its index there. */
  constructor(lua: LuaExports, addFunction: (call: LuaFunction) => number) {
    this.lua = lua;
    this.#addFunction = addFunction;
    this.#bytes = new Uint8Array(lua.memory.buffer);
    this.#view = new DataView(lua.memory.buffer);
  }

  /** All of the VM's memory. Whatever may allocate in Lua can replace it: take it anew after such a call. */
  get bytes(): Uint8Array {
    if (this.#bytes.length === 0) this.#renew();
    return this.#bytes;
  }

  /** Like `bytes`. */
  get view(): DataView {
    if (this.#bytes.length === 0) this.#renew();
    return this.#view;
  }

  /** Memory that grows is detached from what looked into it. */
  #renew(): void {
    this.#bytes = new Uint8Array(this.lua.memory.buffer);
    this.#view = new DataView(this.lua.memory.buffer);
  }

  /** A NUL-terminated text (Latin-1) that stays where it is; for constants only. */
  text(text: string): Pointer {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const at = this.#copyText(text);
    this.#texts.set(text, at);
    return at;
  }

  #copyText(text: string): Pointer {
    const bytes = Buffer.from(`${text}\0`, 'latin1');
    const at = this.lua.malloc(bytes.length);
    if (at === 0) throw new Error('no memory for a text of the Lua libraries');
    this.bytes.set(bytes, at);
    return at;
  }

  /** Raises a Lua error with the place in the script in front, as C's `luaL_error` does. `text` is Latin-1. */
  fail(L: State, text: string): never {
    this.lua.luaL_where(L, 1);
    this.pushText(L, text);
    this.lua.lua_concat(L, 2);
    this.lua.lua_error(L);
    throw new Error('lua_error returned');
  }

  /** Raises a Lua error with just this text (Latin-1). */
  failPlain(L: State, text: string): never {
    this.pushText(L, text);
    this.lua.lua_error(L);
    throw new Error('lua_error returned');
  }

  /** Raises "bad argument #n to 'function' (text)". */
  failArgument(L: State, argument: number, text: string): never {
    this.pushText(L, text);
    this.lua.luaL_argerror(L, argument, this.lua.lua_tolstring(L, -1, 0));
    throw new Error('luaL_argerror returned');
  }

  /** Pushes a short text (Latin-1). */
  pushText(L: State, text: string): void {
    const at = this.#copyText(text);
    // A string that does not fit into Lua's memory raises an error: then these few bytes are lost, and the VM is nearly full anyway.
    this.lua.lua_pushlstring(L, at, text.length);
    this.lua.free(at);
  }

  /** Address of a string argument (a number becomes a string in its place); raises an error for other types. Length: `lua_objlen`. */
  checkString(L: State, argument: number): Pointer {
    return this.lua.luaL_checklstring(L, argument, 0);
  }

  /** The bytes from `at` up to a NUL as Latin-1. */
  textAt(at: Pointer): string {
    const bytes = this.bytes;
    return Buffer.from(bytes.buffer, at, bytes.indexOf(0, at) - at).toString('latin1');
  }

  /** Sets a field of the table on top of the stack to a function. Upvalues: the `upvalues` values on top, which are popped. */
  setFunction(L: State, table: number, name: string, functionIndex: number, upvalues = 0): void {
    this.lua.lua_pushcclosure(L, functionIndex, upvalues);
    this.lua.lua_setfield(L, table, this.text(name));
  }

  /** Sets a field of the table at `table` to a short text. */
  setText(L: State, table: number, name: string, text: string): void {
    this.pushText(L, text);
    this.lua.lua_setfield(L, table, this.text(name));
  }

  /** The index in the module's table that makes `call` callable from Lua. */
  register(call: LuaFunction): number {
    return this.#addFunction(call);
  }
}

const TWO_63 = 2 ** 63;

/** `d` as C on x86-64 converts a double to int64: towards zero; what does not fit becomes the smallest. */
export function toInt64(d: number): number {
  if (d >= -TWO_63 && d < TWO_63) return Math.trunc(d) + 0;
  return -TWO_63;
}

/** `d` as C converts a double by way of int64 to int: the low 32 bits. */
export function toInt32(d: number): number {
  return toInt64(d) | 0;
}
