/**
 * The Lua VM of one thread, and how libraries are added to it.
 *
 * Values live on Lua's stack and are handled through Lua's C API (`vm.lua`, see LuaExports in libraries/host.ts); nothing is
 * ever turned into a JavaScript object. A function that Lua can call is `(L: State) => number`: its arguments are at
 * 1 .. lua_gettop(L) of `L` (which may be a coroutine's state), it pushes its results and answers how many. It raises errors
 * by `vm.host.fail(L, text)` (with the place in front), `failPlain`, `failArgument`, and must not catch what these throw.
 * Anything else that it throws ends the script, uncatchable by pcall, and comes out of `LuaVm.call` as it is.
 *
 * Libraries:
 *   const vm = new LuaVm({ maxBytes, libraries: [['bit', openBit]] });
 * Each opener `(host, L, vm) => void` leaves a table on top of the stack; the VM makes it the read-only global of that name.
 * The table `redis` is one of them: redis-api.ts.
 */
import { checkLayout } from './layout-check.ts';
import { type LuaFunction, LuaHost, type Pointer, type State } from './libraries/host.ts';
import { BrokenVm, LuaInstance, type VmExports } from './lua-instance.ts';
import {
  DEBUG_BYTES,
  DEBUG_LINE,
  DEBUG_SOURCE,
  DEBUG_WHAT,
  LUA_GCCOLLECT,
  LUA_GCCOUNT,
  LUA_GCCOUNTB,
  LUA_MASKCOUNT,
  LUA_REGISTRYINDEX,
  LUA_TNUMBER,
  LUA_TSTRING,
  LUA_TTABLE,
  STATE_BASE,
  STATE_ERROR_HANDLER,
  STATE_TOP,
  STRING_BYTES,
  STRING_LENGTH,
  VALUE_TYPE,
} from './lua-layout.ts';
import { Sandbox } from './sandbox.ts';

export type { LuaFunction, LuaHost, State } from './libraries/host.ts';
export { BrokenVm } from './lua-instance.ts';

/** Leaves the library's table on top of the stack. */
export type LibraryOpener = (host: LuaHost, L: State, vm: LuaVm) => void;

export interface VmOptions {
  /** What the VM may use of RAM. */
  readonly maxBytes: number;
  readonly libraries: readonly (readonly [name: string, open: LibraryOpener])[];
  /** Called every `HOOK_INSTRUCTIONS` instructions of a running script; what it throws ends the script. */
  readonly onInstructions: () => void;
}

/** How a script ended that did not end well. */
export interface ScriptFailure {
  /** Latin-1, with an error code, without `-`. */
  readonly message: string;
  /** `@user_script`, and the line there; empty and 0 when it is not known. */
  readonly source: string;
  readonly line: number;
  /** The error of a command that was counted already. */
  readonly counted: boolean;
}

/** A compiled chunk in Lua's registry. */
export type ScriptRef = number;

const HOOK_INSTRUCTIONS = 100_000;
/** Room for arguments and replies on their way into the VM; larger ones get more. */
const SCRATCH_BYTES = 64 * 1024;
const MAX_KEPT_SCRATCH_BYTES = 1 << 20;
const ESCAPE = 0x1b;

/** Where things lie on the main state's stack, from bottom to top, for the whole life of the VM. */
const AT_HANDLER = 1;
/** The globals of all scripts, and two names there. */
export const AT_GLOBALS = 2;
export const AT_KEYS_NAME = 3;
export const AT_ARGV_NAME = 4;

export class LuaVm {
  readonly lua: VmExports;
  readonly host: LuaHost;
  /** The main state. */
  readonly L: State;
  readonly sandbox: Sandbox;
  private readonly instance: LuaInstance;
  private readonly debugAt: Pointer;
  private readonly abortHook: number;
  private readonly countHook: number;
  private scratchAt: Pointer;
  private scratchBytes: number = SCRATCH_BYTES;
  /** What ends the running script, past every pcall. */
  /** Where the last script was that ended by a throw. */
  endedAt: { readonly source: string; readonly line: number } = { source: '', line: 0 };
  private aborting: { readonly reason: unknown } | undefined;
  private failure: ScriptFailure | undefined;
  private leftInTheMiddle = false;
  private heapBuffer: Buffer;
  private heapView: DataView;

  constructor(options: VmOptions) {
    const instance = new LuaInstance({ maxBytes: options.maxBytes });
    const { lua } = instance;
    this.instance = instance;
    this.lua = lua;
    this.heapBuffer = Buffer.from(lua.memory.buffer);
    this.heapView = new DataView(lua.memory.buffer);
    this.host = new LuaHost(lua, (call) => this.addFunction(call));
    instance.onOverflow = (L) => this.host.failPlain(L, 'C stack overflow');
    instance.onCaught = () => {
      if (this.aborting !== undefined) this.hookAll();
    };
    this.L = lua.luaL_newstate();
    this.debugAt = lua.malloc(DEBUG_BYTES);
    this.scratchAt = lua.malloc(SCRATCH_BYTES);
    const { L } = this;
    checkLayout(this);
    this.abortHook = instance.addHook((state) => this.raiseEnd(state));
    this.countHook = instance.addHook((state) => this.guard(state, options.onInstructions));
    this.pushFunction(L, (state) => this.onError(state));
    this.sandbox = new Sandbox(this, options.libraries);
    this.sandbox.pushRealGlobals(L);
    this.pushText(L, 'KEYS');
    this.pushText(L, 'ARGV');
    lua.lua_sethook(L, this.countHook, LUA_MASKCOUNT, HOOK_INSTRUCTIONS);
  }

  /** Whether the VM is of no use any more. */
  get broken(): boolean {
    return this.leftInTheMiddle || this.instance.panicked;
  }

  /** All of the VM's memory; to be taken anew after anything that may allocate. */
  get heap(): Buffer {
    if (this.heapBuffer.length === 0) this.renew();
    return this.heapBuffer;
  }

  get view(): DataView {
    if (this.heapBuffer.length === 0) this.renew();
    return this.heapView;
  }

  private renew(): void {
    this.heapBuffer = Buffer.from(this.lua.memory.buffer);
    this.heapView = new DataView(this.lua.memory.buffer);
  }

  /** Memory of the VM that is used for one copy at a time. Room for `bytes`, or a Lua error. */
  scratch(L: State, bytes: number): Pointer {
    if (bytes > this.scratchBytes) {
      const at = this.lua.malloc(bytes);
      if (at === 0) this.host.failPlain(L, 'not enough memory');
      this.lua.free(this.scratchAt);
      this.scratchAt = at;
      this.scratchBytes = bytes;
    }
    return this.scratchAt;
  }

  /** Gives a large scratch back. Between scripts only. */
  trim(): void {
    if (this.scratchBytes <= MAX_KEPT_SCRATCH_BYTES) return;
    this.lua.free(this.scratchAt);
    this.scratchBytes = SCRATCH_BYTES;
    this.scratchAt = this.lua.malloc(SCRATCH_BYTES);
  }

  /** Makes a JavaScript function a C function: see the top of this file. The answer is for `lua_pushcclosure`. */
  addFunction(call: LuaFunction): number {
    return this.instance.addFunction((L) => {
      try {
        return call(L);
      } catch (thrown) {
        if (typeof thrown === 'number') throw thrown;
        if (isFatal(thrown)) throw thrown;
        return this.abort(L, thrown);
      }
    });
  }

  pushFunction(L: State, call: LuaFunction): void {
    this.lua.lua_pushcclosure(L, this.addFunction(call), 0);
  }

  /** The C function of the Lua function on top of the stack, to be called in another C function's frame; pops it. */
  takeCFunction(L: State): LuaFunction {
    const index = this.lua.lua_tocfunction(L, -1);
    this.lua.lua_settop(L, -2);
    return this.instance.cFunction(index);
  }

  /** Pushes a string whose bytes are `bytes[start, start + length)`. */
  pushBytes(L: State, bytes: Uint8Array, start: number, length: number): void {
    const at = this.scratch(L, length);
    this.heap.set(bytes.subarray(start, start + length), at);
    this.lua.lua_pushlstring(L, at, length);
  }

  /** Pushes a short text of Latin-1. */
  pushText(L: State, text: string): void {
    const at = this.scratch(L, text.length);
    this.heap.write(text, at, 'latin1');
    this.lua.lua_pushlstring(L, at, text.length);
  }

  /** Type and place of the n-th argument (from 1) of the running C function. */
  argumentAt(L: State, n: number): Pointer {
    return this.view.getUint32(L + STATE_BASE, true) + (n - 1) * 16;
  }

  argumentCount(L: State): number {
    const { view } = this;
    return (view.getUint32(L + STATE_TOP, true) - view.getUint32(L + STATE_BASE, true)) >> 4;
  }

  /** The string (not a number) that is value `at`, as Latin-1; undefined for other types. */
  textOfValue(at: Pointer): string | undefined {
    const { view } = this;
    if (view.getInt32(at + VALUE_TYPE, true) !== LUA_TSTRING) return undefined;
    const string = view.getUint32(at, true);
    const start = string + STRING_BYTES;
    return this.heap.latin1Slice(start, start + view.getUint32(string + STRING_LENGTH, true));
  }

  /** The value at a stack index as `tostring` would not: strings and numbers only. */
  text(L: State, index: number): string | undefined {
    const { lua } = this;
    const type = lua.lua_type(L, index);
    if (type !== LUA_TSTRING && type !== LUA_TNUMBER) return undefined;
    const at = lua.lua_tolstring(L, index, 0);
    return this.heap.latin1Slice(at, at + lua.lua_objlen(L, index));
  }

  /**
   * Compiles a chunk; `name` as Lua's chunk names (`@user_script`). Answers its place in the registry, or the text of the error.
   * Binary chunks are no source: they could be anything.
   */
  compile(text: Uint8Array, name: string): ScriptRef | string {
    const { lua, L } = this;
    const masked = text[0] === ESCAPE ? 1 : 0;
    const at = lua.malloc(text.length + 1);
    if (at === 0) return 'not enough memory';
    this.heap[at] = 0x20;
    this.heap.set(text, at + masked);
    const nameAt = this.host.text(name);
    let status = 0;
    try {
      status = lua.luaL_loadbuffer(L, at, text.length + masked, nameAt);
    } catch (thrown) {
      this.giveUp(thrown);
    }
    lua.free(at);
    if (status !== 0) {
      const message = this.text(L, -1) ?? '';
      lua.lua_settop(L, -2);
      return message;
    }
    return lua.luaL_ref(L, LUA_REGISTRYINDEX);
  }

  release(ref: ScriptRef): void {
    this.lua.luaL_unref(this.L, LUA_REGISTRYINDEX, ref);
  }

  pushRef(ref: ScriptRef): void {
    this.lua.lua_rawgeti(this.L, LUA_REGISTRYINDEX, ref);
  }

  /**
   * Calls the function that was pushed before its `args` arguments, on the main state. Undefined: its one result is on top, for the
   * caller to pop; else nothing is. Throws what a C function threw, and BrokenVm.
   */
  call(args: number): ScriptFailure | undefined {
    const { lua, L } = this;
    this.failure = undefined;
    let status = 0;
    try {
      status = lua.lua_pcall(L, args, 1, AT_HANDLER);
    } catch (thrown) {
      this.giveUp(thrown);
    }
    if (this.aborting !== undefined) {
      const { reason } = this.aborting;
      this.aborting = undefined;
      lua.lua_sethook(L, this.countHook, LUA_MASKCOUNT, HOOK_INSTRUCTIONS);
      lua.lua_settop(L, -2);
      throw reason;
    }
    if (status === 0) return undefined;
    const known: ScriptFailure | undefined = this.failure;
    const text = this.text(L, -1);
    lua.lua_settop(L, -2);
    // The handler does not run when memory is exhausted, or when it failed itself.
    return known ?? { message: `ERR ${text ?? 'unknown error'}`, source: '', line: 0, counted: false };
  }

  /** Takes everything that scripts left off the main state's stack. Between scripts only. */
  clear(): void {
    this.lua.lua_settop(this.L, AT_ARGV_NAME);
  }

  /** Ends the running script from within a C function, past every pcall. */
  abort(L: State, reason: unknown): never {
    this.aborting ??= { reason };
    this.endedAt = this.place(L, 0);
    this.hookAll();
    this.lua.lua_sethook(L, this.abortHook, LUA_MASKCOUNT, 1);
    return this.raiseEnd(L);
  }

  /** Raises an error that the script's own handler (xpcall) does not see: it might not come back. */
  private raiseEnd(L: State): never {
    this.view.setInt32(L + STATE_ERROR_HANDLER, 0, true);
    return this.host.failPlain(L, 'Script was ended');
  }

  /** Bytes that Lua uses. */
  get luaBytes(): number {
    const { lua, L } = this;
    return lua.lua_gc(L, LUA_GCCOUNT, 0) * 1024 + lua.lua_gc(L, LUA_GCCOUNTB, 0);
  }

  /** Bytes of the VM's memory: what it grew to, which it does not give back. */
  get memoryBytes(): number {
    return this.instance.memoryBytes;
  }

  collect(): void {
    this.lua.lua_gc(this.L, LUA_GCCOLLECT, 0);
  }

  /** Next instruction of every state that is under way: an error. */
  private hookAll(): void {
    const { running, depth } = this.instance;
    for (const state of running.slice(0, depth)) this.lua.lua_sethook(state, this.abortHook, LUA_MASKCOUNT, 1);
  }

  private guard(L: State, body: () => void): void {
    try {
      body();
    } catch (thrown) {
      if (typeof thrown === 'number') throw thrown;
      this.abort(L, thrown);
    }
  }

  /** Something was thrown past all of Lua: it has left the VM in the middle of something. */
  private giveUp(thrown: unknown): never {
    this.leftInTheMiddle = true;
    this.instance.depth = 0;
    if (thrown instanceof BrokenVm) throw thrown;
    if (thrown instanceof RangeError) throw new BrokenVm('C stack overflow');
    throw new BrokenVm(thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
  }

  /** Lua's error handler: notes what happened, and where. */
  private onError(L: State): number {
    this.failure = { ...this.errorOf(L), ...this.place(L, 1) };
    return 1;
  }

  /** Where the script is, from the given level of calls on: C functions have no lines, their caller has. */
  private place(L: State, from: number): { source: string; line: number } {
    const { lua, debugAt, host } = this;
    let source = '';
    let line = 0;
    for (let level = from; level < from + 2; level++) {
      if (lua.lua_getstack(L, level, debugAt) === 0) break;
      lua.lua_getinfo(L, host.text('Sl'), debugAt);
      source = host.textAt(this.view.getUint32(debugAt + DEBUG_SOURCE, true));
      line = this.view.getInt32(debugAt + DEBUG_LINE, true);
      if (host.textAt(this.view.getUint32(debugAt + DEBUG_WHAT, true)) !== 'C') break;
    }
    return { source, line };
  }

  /** What the error value on top says: a text, or a table with `err`. */
  private errorOf(L: State): { message: string; counted: boolean } {
    const { lua } = this;
    if (lua.lua_type(L, -1) !== LUA_TTABLE) return { message: `ERR ${this.describe(L)}`, counted: false };
    const message = this.field(L, 'err') ?? 'ERR unknown error';
    lua.lua_pushlstring(L, this.host.text('ignore_error_stats_update'), 25);
    lua.lua_rawget(L, -2);
    const counted = lua.lua_toboolean(L, -1) !== 0;
    lua.lua_settop(L, -2);
    return { message, counted };
  }

  /** A field of the table on top that is a string or number; metatables are not asked. */
  field(L: State, name: string): string | undefined {
    const { lua } = this;
    lua.lua_pushlstring(L, this.host.text(name), name.length);
    lua.lua_rawget(L, -2);
    const text = this.text(L, -1);
    lua.lua_settop(L, -2);
    return text;
  }

  /** The value on top as `tostring` shows it, without asking a metatable. */
  private describe(L: State): string {
    const text = this.text(L, -1);
    if (text !== undefined) return text;
    const { lua } = this;
    const type = lua.lua_type(L, -1);
    if (type === 0) return 'nil';
    if (type === 1) return lua.lua_toboolean(L, -1) !== 0 ? 'true' : 'false';
    const name = this.host.textAt(lua.lua_typename(L, type));
    return `${name}: 0x${lua.lua_topointer(L, -1).toString(16).padStart(8, '0')}`;
  }
}

/** Errors of the engine itself, and of the VM: nothing can go on from there. */
function isFatal(thrown: unknown): boolean {
  return (
    thrown instanceof RangeError ||
    thrown instanceof BrokenVm ||
    (thrown instanceof Error && thrown.constructor.name === 'RuntimeError')
  );
}
