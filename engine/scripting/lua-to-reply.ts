import type { ReplyWriter } from '../../protocol/resp/writer.ts';
import { CountedError, ScriptError } from './errors.ts';
import type { Pointer } from './libraries/host.ts';
import {
  LUA_TBOOLEAN,
  LUA_TNIL,
  LUA_TNUMBER,
  LUA_TSTRING,
  LUA_TTABLE,
  STATE_TOP,
  STRING_BYTES,
  STRING_LENGTH,
  TABLE_ARRAY,
  TABLE_ARRAY_SIZE,
  TABLE_NODE,
  VALUE_BYTES,
  VALUE_TYPE,
} from './lua-layout.ts';
import type { LuaVm } from './vm.ts';

/** Tables within tables. Redis goes on until Lua's stack of 8000 slots is full; here V8's stack is what has to hold them. */
const MAX_DEPTH = 1000;
const SLOTS = 4;
const INT64_LIMIT = 2 ** 63;
const INT64_MIN = -(2n ** 63n);

/** What a script returns becomes a reply, as in redis 7.0.15 (script_lua.c, luaReplyToRedisReply). Metatables are not asked. */
export class LuaToReply {
  private readonly vm: LuaVm;
  private readonly countError: (message: string) => void;
  /** The node array of all tables without a hash part. */
  private readonly noNodes: Pointer;
  /** RESP version that the script chose: how it sees booleans. */
  private scriptResp: 2 | 3 = 2;

  constructor(vm: LuaVm, countError: (message: string) => void) {
    this.vm = vm;
    this.countError = countError;
    const { lua, L } = vm;
    lua.lua_createtable(L, 0, 0);
    this.noNodes = vm.view.getUint32(lua.lua_topointer(L, -1) + TABLE_NODE, true);
    lua.lua_settop(L, -2);
  }

  /** Writes the value on top of the main state's stack, which stays there. Throws a CommandError when it is an error itself. */
  write(reply: ReplyWriter, scriptResp: 2 | 3): void {
    const { vm } = this;
    this.scriptResp = scriptResp;
    const at = this.top() - VALUE_BYTES;
    if (vm.view.getInt32(at + VALUE_TYPE, true) === LUA_TTABLE) {
      const table = vm.view.getUint32(at, true);
      const error = this.hasNodes(table) ? this.errorOf(table) : undefined;
      if (error !== undefined) throw error.counted ? new CountedError(error.message) : new ScriptError(error.message);
    }
    this.value(reply, at, 0);
  }

  private value(reply: ReplyWriter, at: Pointer, depth: number): void {
    const { view, heap } = this.vm;
    switch (view.getInt32(at + VALUE_TYPE, true)) {
      case LUA_TSTRING: {
        const string = view.getUint32(at, true);
        reply.bulk(heap, string + STRING_BYTES, view.getUint32(string + STRING_LENGTH, true));
        return;
      }
      case LUA_TNUMBER:
        reply.integer(asInt64(view.getFloat64(at, true)));
        return;
      case LUA_TBOOLEAN: {
        const value = view.getInt32(at, true) !== 0;
        if (this.scriptResp === 3) reply.boolean(value);
        else if (value) reply.integer(1);
        else reply.nil();
        return;
      }
      case LUA_TTABLE:
        if (depth >= MAX_DEPTH) {
          const message = 'ERR reached lua stack limit';
          this.countError(message);
          reply.error(message);
        } else this.table(reply, view.getUint32(at, true), depth);
        return;
      default:
        reply.nil();
    }
  }

  private table(reply: ReplyWriter, table: Pointer, depth: number): void {
    if (this.hasNodes(table)) {
      if (!this.special(reply, table, depth)) this.mixed(reply, table, depth);
      return;
    }
    const { view } = this.vm;
    const array = view.getUint32(table + TABLE_ARRAY, true);
    const size = view.getUint32(table + TABLE_ARRAY_SIZE, true);
    let count = 0;
    while (count < size && view.getInt32(array + count * VALUE_BYTES + VALUE_TYPE, true) !== LUA_TNIL) count++;
    reply.array(count);
    for (let n = 0; n < count; n++) this.value(reply, array + n * VALUE_BYTES, depth + 1);
  }

  /** An array some of whose elements are in the hash part. */
  private mixed(reply: ReplyWriter, table: Pointer, depth: number): void {
    const { vm } = this;
    const { lua, L } = vm;
    const index = this.pushTable(table);
    const mark = reply.mark();
    let count = 0;
    for (;;) {
      lua.lua_rawgeti(L, index, count + 1);
      const at = this.top() - VALUE_BYTES;
      if (vm.view.getInt32(at + VALUE_TYPE, true) === LUA_TNIL) break;
      this.value(reply, at, depth + 1);
      lua.lua_settop(L, -2);
      count++;
    }
    lua.lua_settop(L, index - 1);
    reply.patchArray(mark, count);
  }

  /** Tables that stand for something else than an array, by their fields. */
  private special(reply: ReplyWriter, table: Pointer, depth: number): boolean {
    const error = this.errorOf(table);
    if (error !== undefined) {
      if (!error.counted) this.countError(error.message);
      reply.error(error.message);
      return true;
    }
    const { vm } = this;
    const { lua, L } = vm;
    const at = this.pushTable(table);
    try {
      const ok = this.field('ok', at);
      if (typeOf(vm, ok) === LUA_TSTRING) {
        reply.simple((vm.textOfValue(ok) ?? '').replace(/[\r\n]/g, ' '));
        return true;
      }
      const double = this.field('double', at);
      if (typeOf(vm, double) === LUA_TNUMBER) {
        reply.double(vm.view.getFloat64(double, true));
        return true;
      }
      for (const name of ['map', 'set'] as const) {
        if (typeOf(vm, this.field(name, at)) !== LUA_TTABLE) continue;
        this.pairs(reply, depth, name === 'map');
        return true;
      }
      const big = this.field('big_number', at);
      if (typeOf(vm, big) === LUA_TSTRING) {
        reply.bigNumber((vm.textOfValue(big) ?? '').replace(/[\r\n]/g, ' '));
        return true;
      }
      const verbatim = this.field('verbatim_string', at);
      return typeOf(vm, verbatim) === LUA_TTABLE && this.verbatim(reply, lua.lua_gettop(L));
    } finally {
      lua.lua_settop(L, at - 1);
    }
  }

  /** The table on top of the stack, as map or set. */
  private pairs(reply: ReplyWriter, depth: number, withValues: boolean): void {
    const { lua, L } = this.vm;
    const mark = reply.mark();
    let count = 0;
    lua.lua_pushnil(L);
    while (lua.lua_next(L, -2) !== 0) {
      this.value(reply, this.top() - 2 * VALUE_BYTES, depth + 1);
      if (withValues) this.value(reply, this.top() - VALUE_BYTES, depth + 1);
      lua.lua_settop(L, -2);
      count++;
    }
    if (withValues) reply.patchMap(mark, count);
    else reply.patchSet(mark, count);
  }

  private verbatim(reply: ReplyWriter, table: number): boolean {
    const { vm } = this;
    const format = vm.textOfValue(this.field('format', table));
    const text = vm.textOfValue(this.field('string', table));
    if (format === undefined || text === undefined) return false;
    const bytes = Buffer.from(text, 'latin1');
    if (reply.resp === 2) reply.bulk(bytes, 0, bytes.length);
    else {
      const name = format.slice(0, 3).padEnd(3, ' ');
      reply.raw(Buffer.from(`=${bytes.length + 4}\r\n${name}:${text}\r\n`, 'latin1'));
    }
    return true;
  }

  private errorOf(table: Pointer): { readonly message: string; readonly counted: boolean } | undefined {
    const { vm } = this;
    const at = this.pushTable(table);
    const message = vm.textOfValue(this.field('err', at));
    const counted = message !== undefined && this.isTrue(this.field('ignore_error_stats_update', at));
    vm.lua.lua_settop(vm.L, at - 1);
    return message === undefined ? undefined : { message, counted };
  }

  private isTrue(at: Pointer): boolean {
    const type = typeOf(this.vm, at);
    return type !== LUA_TNIL && !(type === LUA_TBOOLEAN && this.vm.view.getInt32(at, true) === 0);
  }

  /** Pushes a field of the table at a stack index (from the bottom), and answers where it lies. */
  private field(name: string, table: number): Pointer {
    const { lua, L, host } = this.vm;
    lua.lua_pushlstring(L, host.text(name), name.length);
    lua.lua_rawget(L, table);
    return this.top() - VALUE_BYTES;
  }

  /** Pushes a table by its address, and answers its index: it is within the script's result, so that it stays. */
  private pushTable(table: Pointer): number {
    const { vm } = this;
    const { lua, L } = vm;
    if (lua.lua_checkstack(L, SLOTS + 8) === 0) throw new ScriptError('ERR reached lua stack limit');
    lua.lua_pushnil(L);
    const at = this.top() - VALUE_BYTES;
    vm.view.setUint32(at, table, true);
    vm.view.setInt32(at + VALUE_TYPE, LUA_TTABLE, true);
    return lua.lua_gettop(L);
  }

  private hasNodes(table: Pointer): boolean {
    return this.vm.view.getUint32(table + TABLE_NODE, true) !== this.noNodes;
  }

  private top(): Pointer {
    return this.vm.view.getUint32(this.vm.L + STATE_TOP, true);
  }
}

function typeOf(vm: LuaVm, at: Pointer): number {
  return vm.view.getInt32(at + VALUE_TYPE, true);
}

/** As C on x86-64 converts a double to int64: what does not fit becomes the smallest. */
function asInt64(value: number): number | bigint {
  if (Number.isSafeInteger(value)) return value + 0;
  if (value >= INT64_LIMIT || value < -INT64_LIMIT || Number.isNaN(value)) return INT64_MIN;
  const whole = Math.trunc(value) + 0;
  return Number.isSafeInteger(whole) ? whole : BigInt(whole);
}
