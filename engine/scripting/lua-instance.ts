import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { LuaExports, LuaFunction, State } from './libraries/host.ts';

/** What the VM needs of PUC Lua beyond the libraries' part; C names, C arguments. */
export interface VmExports extends LuaExports {
  readonly __indirect_function_table: WebAssembly.Table;
  __wasm_call_ctors(): void;
  emscripten_stack_init(): void;
  emscripten_stack_get_current(): number;
  emscripten_stack_get_end(): number;
  stackSave(): number;
  stackRestore(at: number): void;
  setThrew(threw: number, value: number): void;
  luaL_newstate(): State;
  luaL_loadbuffer(L: State, at: number, length: number, name: number): number;
  luaL_ref(L: State, table: number): number;
  luaL_unref(L: State, table: number, ref: number): void;
  luaopen_base(L: State): number;
  luaopen_table(L: State): number;
  luaopen_string(L: State): number;
  luaopen_math(L: State): number;
  lua_pcall(L: State, args: number, results: number, handler: number): number;
  lua_call(L: State, args: number, results: number): void;
  lua_checkstack(L: State, slots: number): number;
  lua_gc(L: State, what: number, data: number): number;
  lua_getfield(L: State, index: number, name: number): void;
  lua_getinfo(L: State, what: number, debug: number): number;
  lua_getmetatable(L: State, index: number): number;
  lua_getstack(L: State, level: number, debug: number): number;
  lua_newthread(L: State): State;
  lua_rawget(L: State, index: number): void;
  lua_remove(L: State, index: number): void;
  lua_replace(L: State, index: number): void;
  lua_sethook(L: State, hook: number, mask: number, count: number): void;
  lua_setmetatable(L: State, index: number): number;
  lua_tocfunction(L: State, index: number): number;
  lua_topointer(L: State, index: number): number;
}

/** Something went wrong in the VM that it does not recover from: it is to be thrown away. */
export class BrokenVm extends Error {
  override name = 'BrokenVm';
}

/** A function called by the VM's debug hook. */
export type LuaHook = (L: State, debug: number) => void;

export interface InstanceOptions {
  /** What the VM's memory may grow to. Beyond it, allocations fail, which Lua knows how to take. */
  readonly maxBytes: number;
}

/** Calls of Lua from C from Lua, ... over all coroutines: the C stack (4 MiB) and V8's stack hold more than that. */
const MAX_DEPTH = 220;
/** What C functions may use between two checks of the stack: 200 calls deep at most, as Lua counts, with buffers of about 1 KiB. */
const STACK_RESERVE_BYTES = 1 << 20;
const PAGE_BYTES = 65536;

/** `(module (import "e" "f" (func ...)) (export "f" (func 0)))` for functions of one parameter and a result, and of two parameters. */
const LUA_FUNCTION_TYPE = [0x60, 1, 0x7f, 1, 0x7f];
const HOOK_TYPE = [0x60, 2, 0x7f, 0x7f, 0];

let compiled: {
  readonly lua: WebAssembly.Module;
  readonly call: WebAssembly.Module;
  readonly hook: WebAssembly.Module;
};

function modules(): typeof compiled {
  if (compiled === undefined) {
    const path = createRequire(import.meta.url).resolve('wasmoon-lua5.1/dist/liblua5.1.wasm');
    compiled = {
      lua: new WebAssembly.Module(readFileSync(path)),
      call: adaptor(LUA_FUNCTION_TYPE),
      hook: adaptor(HOOK_TYPE),
    };
  }
  return compiled;
}

/** A module that exports what it imports: how a JavaScript function becomes one that can stand in the VM's function table. */
function adaptor(type: readonly number[]): WebAssembly.Module {
  const section = (id: number, body: readonly number[]): number[] => [id, body.length, ...body];
  return new WebAssembly.Module(
    new Uint8Array([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, [1, ...type]),
      ...section(2, [1, 1, 0x65, 1, 0x66, 0, 0]),
      ...section(7, [1, 1, 0x66, 0, 0]),
    ]),
  );
}

/**
 * One instance of PUC Lua 5.1 in WebAssembly, as `wasmoon-lua5.1` carries it, without that package's own JavaScript: no file, process or
 * environment can be reached from in here, whatever the C code asks for.
 * Lua's errors are longjmps: C code throws a number through JavaScript frames, and `invoke`, through which Lua's protected calls
 * are made, catches it. Everything else that is thrown passes through, and leaves the instance unusable.
 */
export class LuaInstance {
  readonly lua: VmExports;
  /** The states of the protected calls that are under way, outermost first: the first `depth` of these. */
  readonly running: State[] = [];
  depth = 0;
  /** Size of the memory, which can only grow. */
  memoryBytes = 0;
  /** Lua has given up. */
  panicked = false;
  private readonly table: WebAssembly.Table;
  private readonly callables: ((a: number, b: number) => void)[] = [];
  private readonly stackLimit: number;
  private readonly maxBytes: number;
  /** Raises "C stack overflow" as a Lua error; set by the owner. */
  onOverflow: (L: State) => void = () => {};
  /** Called whenever a Lua error was caught by a protected call. */
  onCaught: () => void = () => {};

  constructor(options: InstanceOptions) {
    this.maxBytes = options.maxBytes;
    const instance = new WebAssembly.Instance(modules().lua, this.imports());
    // The exports are C's functions; their types are those of lua.h.
    this.lua = instance.exports as unknown as VmExports;
    this.table = this.lua.__indirect_function_table;
    this.memoryBytes = this.lua.memory.buffer.byteLength;
    this.lua.emscripten_stack_init();
    this.lua.__wasm_call_ctors();
    this.stackLimit = this.lua.emscripten_stack_get_end() + STACK_RESERVE_BYTES;
  }

  /** Makes a function callable from Lua; the answer is for `lua_pushcclosure`. */
  addFunction(call: LuaFunction): number {
    return this.add(new WebAssembly.Instance(modules().call, { e: { f: call } }));
  }

  addHook(hook: LuaHook): number {
    return this.add(new WebAssembly.Instance(modules().hook, { e: { f: hook } }));
  }

  /** The C function at an index of the function table, to be called in the frame of another one. */
  cFunction(index: number): LuaFunction {
    return this.table.get(index) as LuaFunction;
  }

  private add(adapted: WebAssembly.Instance): number {
    const index = this.table.grow(1);
    this.table.set(index, adapted.exports.f);
    return index;
  }

  /** Calls `index(L, data)` so that a Lua error thrown within ends here; the C code that asked for it looks at `setThrew`. */
  private invoke(index: number, L: State, data: number): void {
    const { lua, running } = this;
    const call = this.callables[index] ?? this.callable(index);
    const stack = lua.stackSave();
    const depth = this.depth;
    running[depth] = L;
    this.depth = depth + 1;
    try {
      if (depth >= MAX_DEPTH || stack < this.stackLimit) this.onOverflow(L);
      else call(L, data);
      this.depth = depth;
    } catch (thrown) {
      if (typeof thrown !== 'number') throw thrown;
      this.depth = depth;
      lua.stackRestore(stack);
      lua.setThrew(1, 0);
      this.onCaught();
    }
  }

  private callable(index: number): (a: number, b: number) => void {
    const call = this.table.get(index) as (a: number, b: number) => void;
    this.callables[index] = call;
    return call;
  }

  private imports(): WebAssembly.Imports {
    const refuse = (): number => -1;
    const none = (): number => 0;
    const now = (): number => Date.now();
    const env: Record<string, (...args: number[]) => number | undefined> = {};
    for (const { module, name } of WebAssembly.Module.imports(modules().lua)) if (module === 'env') env[name] = refuse;
    env._emscripten_get_now_is_monotonic = none;
    env.emscripten_date_now = now;
    const { maxBytes } = this;
    const memory = (): WebAssembly.Memory => this.lua.memory;
    return {
      env: {
        ...env,
        invoke_vii: (index: number, L: State, data: number) => this.invoke(index, L, data),
        _emscripten_throw_longjmp: () => {
          throw Number.POSITIVE_INFINITY;
        },
        emscripten_memcpy_js: (to: number, from: number, length: number) => {
          new Uint8Array(memory().buffer).copyWithin(to, from, from + length);
        },
        emscripten_resize_heap: (bytes: number) => {
          const has = memory().buffer.byteLength;
          const wanted = bytes >>> 0;
          if (wanted > maxBytes) return 0;
          // A quarter more each time, so that a large table does not grow the memory once per block.
          const target = Math.min(maxBytes, Math.max(wanted, has + has / 4));
          try {
            memory().grow(Math.ceil((target - has) / PAGE_BYTES));
            this.memoryBytes = memory().buffer.byteLength;
            return 1;
          } catch {
            return 0;
          }
        },
        exit: () => {
          // Lua's panic: an error outside of all protected calls, where only memory can fail.
          this.panicked = true;
          throw new BrokenVm('not enough memory');
        },
      },
      wasi_snapshot_preview1: {
        fd_write: refuse,
        fd_read: refuse,
        fd_close: refuse,
        fd_seek: refuse,
        environ_sizes_get: (countAt: number, bytesAt: number) => {
          const view = new DataView(memory().buffer);
          view.setUint32(countAt, 0, true);
          view.setUint32(bytesAt, 0, true);
          return 0;
        },
        environ_get: none,
      },
    };
  }
}
