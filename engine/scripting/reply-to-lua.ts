import type { ReplyWriter } from '../../protocol/resp/writer.ts';
import { copyBytes } from '../../tiers/base/bytes.ts';
import type { Pointer, State } from './libraries/host.ts';
import type { LuaVm } from './vm.ts';

const ASTERISK = 0x2a;
const COLON = 0x3a;
const DOLLAR = 0x24;
const PLUS = 0x2b;
const MINUS = 0x2d;
const PERCENT = 0x25;
const TILDE = 0x7e;
const GREATER = 0x3e;
const PIPE = 0x7c;
const EQUALS = 0x3d;
const COMMA = 0x2c;
const HASH = 0x23;
const PAREN = 0x28;
const UNDERSCORE = 0x5f;
const ZERO = 0x30;
const CR = 0x0d;
const SPACE = 0x20;
const LETTER_T = 0x74;

/** Slots of Lua's stack that one level of a reply uses. */
const SLOTS = 6;

/** Replies of commands become Lua values, as in redis 7.0.15 (script_lua.c, redisProtocolToLuaType). */
export class ReplyToLua {
  private readonly vm: LuaVm;
  private bytes: Buffer;
  /** Where the bytes' copy in the VM's memory begins: strings are taken from there. */
  private copy: Pointer = 0;
  private at = 0;

  constructor(vm: LuaVm) {
    this.vm = vm;
    this.bytes = vm.heap;
  }

  /** Pushes the reply. True: it is an error, a table with `err`. */
  push(L: State, reply: ReplyWriter): boolean {
    this.bytes = reply.buffer;
    this.at = 1;
    switch (this.bytes[0]) {
      case MINUS:
        this.pushErrorLine(L);
        return true;
      case COLON:
        this.vm.lua.lua_pushnumber(L, this.integer());
        return false;
      case DOLLAR:
        this.pushBulk(L, reply);
        return false;
      default:
        this.copyFrom(L, reply, 0, reply.length);
        this.at = 0;
        this.pushValue(L);
        return false;
    }
  }

  /** The reply is one bulk string: only what is in it need be copied. */
  private pushBulk(L: State, reply: ReplyWriter): void {
    const length = this.integer();
    const { lua } = this.vm;
    if (length < 0) lua.lua_pushboolean(L, 0);
    else {
      this.copyFrom(L, reply, this.at, length);
      lua.lua_pushlstring(L, this.copy, length);
    }
  }

  private copyFrom(L: State, { buffer, view }: ReplyWriter, from: number, length: number): void {
    const { vm } = this;
    this.copy = vm.scratch(L, length);
    copyBytes(vm.view, vm.heap, this.copy, view, buffer, from, length);
  }

  private pushValue(L: State): void {
    const { bytes, vm } = this;
    const { lua } = vm;
    const type = bytes[this.at++];
    switch (type) {
      case DOLLAR: {
        const length = this.integer();
        if (length < 0) {
          lua.lua_pushboolean(L, 0);
          return;
        }
        lua.lua_pushlstring(L, this.copy + this.at, length);
        this.at += length + 2;
        return;
      }
      case COLON:
        lua.lua_pushnumber(L, this.integer());
        return;
      case PLUS:
        this.pushLineField(L, 'ok');
        return;
      case MINUS:
        this.pushErrorLine(L);
        return;
      case ASTERISK:
      case GREATER:
        this.pushArray(L, this.integer());
        return;
      case PERCENT:
        this.pushMap(L, this.integer());
        return;
      case TILDE:
        this.pushSet(L, this.integer());
        return;
      case UNDERSCORE:
        this.at += 2;
        lua.lua_pushnil(L);
        return;
      case HASH:
        lua.lua_pushboolean(L, bytes[this.at] === LETTER_T ? 1 : 0);
        this.at += 3;
        return;
      case COMMA:
        this.openField(L, 'double');
        lua.lua_pushnumber(L, doubleOf(this.line()));
        lua.lua_rawset(L, -3);
        return;
      case PAREN:
        this.pushLineField(L, 'big_number');
        return;
      case EQUALS:
        this.pushVerbatim(L, this.integer());
        return;
      case PIPE: {
        // Attributes are not for scripts: read over.
        const top = lua.lua_gettop(L);
        for (let left = this.integer() * 2; left > 0; left--) {
          this.pushValue(L);
          lua.lua_settop(L, top);
        }
        this.pushValue(L);
        return;
      }
      default:
        vm.host.fail(L, 'unknown reply');
    }
  }

  private pushArray(L: State, count: number): void {
    const { lua } = this.vm;
    if (count < 0) {
      lua.lua_pushboolean(L, 0);
      return;
    }
    this.room(L);
    lua.lua_createtable(L, count, 0);
    for (let n = 1; n <= count; n++) {
      this.pushValue(L);
      lua.lua_rawseti(L, -2, n);
    }
  }

  private pushMap(L: State, count: number): void {
    const { lua } = this.vm;
    this.room(L);
    this.openField(L, 'map');
    // Grown as in Redis, so that pairs() gives the same order.
    lua.lua_createtable(L, 0, 0);
    for (let n = 0; n < count; n++) {
      this.pushValue(L);
      this.pushValue(L);
      if (lua.lua_type(L, -2) === 0) lua.lua_settop(L, -3);
      else lua.lua_rawset(L, -3);
    }
    lua.lua_rawset(L, -3);
  }

  private pushSet(L: State, count: number): void {
    const { lua } = this.vm;
    this.room(L);
    this.openField(L, 'set');
    lua.lua_createtable(L, 0, 0);
    for (let n = 0; n < count; n++) {
      this.pushValue(L);
      lua.lua_pushboolean(L, 1);
      if (lua.lua_type(L, -2) === 0) lua.lua_settop(L, -3);
      else lua.lua_rawset(L, -3);
    }
    lua.lua_rawset(L, -3);
  }

  private pushVerbatim(L: State, length: number): void {
    const { lua, host } = this.vm;
    this.room(L);
    this.openField(L, 'verbatim_string');
    lua.lua_createtable(L, 0, 2);
    lua.lua_pushlstring(L, this.copy + this.at + 4, length - 4);
    lua.lua_setfield(L, -2, host.text('string'));
    lua.lua_pushlstring(L, this.copy + this.at, 3);
    lua.lua_setfield(L, -2, host.text('format'));
    lua.lua_rawset(L, -3);
    this.at += length + 2;
  }

  /** A new table and the name of its only field on top. */
  private openField(L: State, name: string): void {
    const { lua, host } = this.vm;
    lua.lua_createtable(L, 0, 1);
    lua.lua_pushlstring(L, host.text(name), name.length);
  }

  /** A table whose only field is the rest of the line. */
  private pushLineField(L: State, name: string): void {
    const { lua } = this.vm;
    const start = this.at;
    const end = this.lineEnd();
    this.openField(L, name);
    lua.lua_pushlstring(L, this.copy + start, end - start);
    lua.lua_rawset(L, -3);
  }

  /** The error of a command: it is in the statistics already. */
  private pushErrorLine(L: State): void {
    pushError(this.vm, L, this.line(), true);
  }

  private line(): string {
    const start = this.at;
    return this.bytes.latin1Slice(start, this.lineEnd());
  }

  /** Where the line ends that begins at `at`, which moves behind it. */
  private lineEnd(): number {
    let end = this.at;
    while (this.bytes[end] !== CR) end++;
    this.at = end + 2;
    return end;
  }

  private integer(): number {
    const { bytes } = this;
    let at = this.at;
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    const first = at;
    let value = 0;
    for (; bytes[at] !== CR; at++) value = value * 10 + (bytes[at] ?? 0) - ZERO;
    // Digits beyond what a double adds up exactly.
    if (at - first > 15) value = Number(bytes.latin1Slice(first, at));
    this.at = at + 2;
    return negative ? -value : value;
  }

  private room(L: State): void {
    const { lua, host } = this.vm;
    if (lua.lua_checkstack(L, SLOTS) === 0) host.fail(L, 'reached lua stack limit');
  }
}

/**
 * Pushes an error as scripts see it: `{err = 'CODE text'}`.
 *
 * @param text with its code; a single word gets `ERR` in front
 * @param counted whether it is in the statistics: whoever answers it to the client will not count it again
 */
export function pushError(vm: LuaVm, L: State, text: string, counted: boolean): void {
  const { lua, host } = vm;
  lua.lua_createtable(L, 0, 2);
  vm.pushText(L, text.includes(' ') ? text : `ERR ${text}`);
  lua.lua_setfield(L, -2, host.text('err'));
  if (!counted) return;
  lua.lua_pushboolean(L, 1);
  lua.lua_setfield(L, -2, host.text('ignore_error_stats_update'));
}

function doubleOf(text: string): number {
  if (text === 'inf') return Number.POSITIVE_INFINITY;
  if (text === '-inf') return Number.NEGATIVE_INFINITY;
  return Number(text);
}

/** Where a text ends without the line breaks and blanks that follow it. */
export function withoutLineEnd(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) < SPACE) end--;
  return text.slice(0, end);
}
