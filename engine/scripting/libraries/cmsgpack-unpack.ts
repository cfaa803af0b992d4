import type { LuaHost, Pointer, State } from './host.ts';

const TOO_MANY = 'too many return values at once; use unpack_one or unpack_limit instead.';
const INT_MAX = 2147483647;

/** What is under way on the Lua stack: an array (its next index on top) or a map (perhaps a key on top). */
interface Container {
  left: number;
  /** The next index of an array; 0 for a map. */
  index: number;
  hasKey: boolean;
}

/** MessagePack → Lua values, with a stack of its own, so that no nesting exhausts that of JavaScript. */
export class MessageUnpacker {
  readonly #host: LuaHost;
  #at: Pointer = 0;
  #end: Pointer = 0;

  constructor(host: LuaHost) {
    this.#host = host;
  }

  /**
   * Unpacks at most `limit` values from the byte `offset` of the first argument on, and pushes them behind the offset of what follows
   * (-1: nothing). With both 0: all values, and no offset.
   */
  unpack(L: State, limit: number, offset: number): number {
    const { lua } = this.#host;
    const start = this.#host.checkString(L, 1);
    const length = lua.lua_objlen(L, 1);
    // The second number is the input's length, not the limit: so says lua-cmsgpack.
    if (offset < 0 || limit < 0)
      this.#host.fail(L, `Invalid request to unpack with offset of ${offset | 0} and limit of ${length}.`);
    if (offset > length) this.#host.fail(L, `Start offset ${offset | 0} greater than input length ${length}.`);
    const all = limit === 0 && offset === 0;
    const most = all ? INT_MAX : limit;
    this.#at = start + offset;
    this.#end = start + length;
    let count = 0;
    for (; this.#at < this.#end && count < most; count++) this.#value(L);
    if (all) return count;
    lua.luaL_checkstack(L, 1, this.#host.text('in function mp_unpack_full'));
    lua.lua_pushnumber(L, this.#at === this.#end ? -1 : this.#at - start);
    lua.lua_insert(L, 2);
    return count + 1;
  }

  /** Pushes one value with all that is in it. */
  #value(L: State): void {
    const open: Container[] = [];
    this.#next(L, open);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      if (top.left === 0) {
        open.pop();
        this.#settle(L, open.at(-1));
        continue;
      }
      if (top.index > 0) this.#host.lua.lua_pushnumber(L, top.index++);
      this.#next(L, open);
    }
  }

  /** Pushes a plain value and puts it into its container, or opens a container. */
  #next(L: State, open: Container[]): void {
    const before = open.length;
    this.#push(L, open);
    if (open.length === before) this.#settle(L, open.at(-1));
  }

  /** The value on top is complete: it belongs to `container`. */
  #settle(L: State, container: Container | undefined): void {
    if (container === undefined) return;
    if (container.index === 0 && !container.hasKey) {
      container.hasKey = true;
      return;
    }
    container.hasKey = false;
    container.left--;
    this.#host.lua.lua_rawset(L, -3);
  }

  #push(L: State, open: Container[]): void {
    this.#need(L, 1);
    this.#host.lua.luaL_checkstack(L, 1, this.#host.text(TOO_MANY));
    const first = this.#host.view.getUint8(this.#at);
    if (first < 0x80) this.#number(L, first, 1);
    else if (first >= 0xe0) this.#number(L, first - 0x100, 1);
    else if (first >= 0xc0) this.#pushLong(L, first, open);
    else if (first >= 0xa0) this.#string(L, 1, first & 0x1f);
    else this.#container(L, open, 1, first & 0xf, first >= 0x90);
  }

  #pushLong(L: State, first: number, open: Container[]): void {
    if (first >= 0xcc && first <= 0xd3) this.#pushInteger(L, first);
    else if (first >= 0xd9) this.#pushSized(L, first, open);
    else if (first === 0xca || first === 0xcb) this.#pushFloat(L, first);
    else this.#pushConstant(L, first);
  }

  #pushFloat(L: State, first: number): void {
    const size = first === 0xca ? 4 : 8;
    this.#need(L, 1 + size);
    const { view } = this.#host;
    const at = this.#at + 1;
    this.#number(L, size === 4 ? view.getFloat32(at) : view.getFloat64(at), 1 + size);
  }

  #pushConstant(L: State, first: number): void {
    if (first === 0xc0) this.#host.lua.lua_pushnil(L);
    else if (first === 0xc2 || first === 0xc3) this.#host.lua.lua_pushboolean(L, first & 1);
    else this.#host.fail(L, 'Bad data format in input.');
    this.#at++;
  }

  /** 0xcc to 0xcf: unsigned of 1, 2, 4, 8 bytes; 0xd0 to 0xd3: signed. 64 bits are signed in both, as in lua-cmsgpack. */
  #pushInteger(L: State, first: number): void {
    const size = 1 << (first & 3);
    this.#need(L, 1 + size);
    const { view } = this.#host;
    const at = this.#at + 1;
    const signed = first >= 0xd0;
    let value: number;
    if (size === 1) value = signed ? view.getInt8(at) : view.getUint8(at);
    else if (size === 2) value = signed ? view.getInt16(at) : view.getUint16(at);
    else if (size === 4) value = signed ? view.getInt32(at) : view.getUint32(at);
    else value = Number(view.getBigInt64(at));
    this.#number(L, value, 1 + size);
  }

  /** Strings, arrays and maps with their length in 1, 2 or 4 bytes. */
  #pushSized(L: State, first: number, open: Container[]): void {
    const size = first === 0xd9 ? 1 : (first & 1) === 1 ? 4 : 2;
    this.#need(L, 1 + size);
    const { view } = this.#host;
    const at = this.#at + 1;
    const length = size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at) : view.getUint32(at);
    if (first < 0xdc) this.#string(L, 1 + size, length);
    else this.#container(L, open, 1 + size, length, first < 0xde);
  }

  #need(L: State, bytes: number): void {
    if (this.#end - this.#at < bytes) this.#host.fail(L, 'Missing bytes in input.');
  }

  #number(L: State, value: number, bytes: number): void {
    this.#host.lua.lua_pushnumber(L, value);
    this.#at += bytes;
  }

  #string(L: State, head: number, length: number): void {
    this.#need(L, head + length);
    this.#host.lua.lua_pushlstring(L, this.#at + head, length);
    this.#at += head + length;
  }

  #container(L: State, open: Container[], head: number, length: number, isArray: boolean): void {
    this.#at += head;
    this.#host.lua.lua_createtable(L, 0, 0);
    if (isArray) this.#host.lua.luaL_checkstack(L, 1, this.#host.text('in function mp_decode_to_lua_array'));
    open.push({ left: length, index: isArray ? 1 : 0, hasKey: false });
  }
}
