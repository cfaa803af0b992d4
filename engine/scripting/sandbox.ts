import type { LuaFunction, Pointer, State } from './libraries/host.ts';
import {
  FIRST_UPVALUE,
  LUA_GLOBALSINDEX,
  LUA_REGISTRYINDEX,
  LUA_TFUNCTION,
  LUA_TNUMBER,
  LUA_TSTRING,
  LUA_TTABLE,
  STRING_BYTES,
  STRING_LENGTH,
  VALUE_TYPE,
} from './lua-layout.ts';
import { ScriptRandom } from './random.ts';
import type { LibraryOpener, LuaVm } from './vm.ts';

const READONLY = 'Attempt to modify a readonly table';
const ESCAPE = 0x1b;
/** Slots that a C function may have on Lua's stack. */
const MAX_RESULTS = 8000;
/** Strings are repeated by Lua itself up to here. */
const LONG_BYTES = 1 << 16;

/** Of Lua's base library, what scripts of redis 7.0.15 do not see. */
const REMOVED = ['dofile', 'loadfile', 'print', 'getfenv', 'setfenv', 'newproxy', 'require', 'module'];

/** Names of chunks that Lua's parser does not keep alive by itself. */
const CHUNK_NAMES = ['@user_script', '@user_function', '=(load)'];

/**
 * What scripts see: the globals of redis 7.0.15, none of which can be changed.
 *
 * Redis's own Lua knows read-only tables; stock Lua does not. So scripts are given an empty table in each table's stead, whose metatable leads
 * to the real one and refuses assignments; the functions that go past metatables (`rawset`, `next`, ...) know these tables too.
 */
export class Sandbox {
  private readonly vm: LuaVm;
  /** Address of each stand-in: registry reference of the table that it stands for. */
  private readonly standIns = new Map<Pointer, number>();
  /** Registry reference of what `getmetatable` answers for a stand-in. */
  private readonly metatables = new Map<Pointer, number>();
  private readonly refuse: number;
  /** Registry references of the globals as scripts see them, and as they are. */
  private readonly seen: number;
  private readonly real: number;
  readonly random: ScriptRandom = new ScriptRandom(Math.trunc(Math.random() * 2 ** 31));

  constructor(vm: LuaVm, libraries: readonly (readonly [name: string, open: LibraryOpener])[]) {
    this.vm = vm;
    const { lua, L, host } = vm;
    for (const name of CHUNK_NAMES) {
      vm.pushText(L, name);
      lua.luaL_ref(L, LUA_REGISTRYINDEX);
    }
    this.refuse = vm.addFunction((state) => host.fail(state, READONLY));
    const top = lua.lua_gettop(L);
    lua.luaopen_base(L);
    lua.luaopen_table(L);
    lua.luaopen_string(L);
    lua.luaopen_math(L);
    lua.lua_settop(L, top);
    for (const name of REMOVED) {
      lua.lua_pushnil(L);
      lua.lua_setfield(L, LUA_GLOBALSINDEX, host.text(name));
    }
    this.overrideBase();
    this.overrideTable();
    this.overrideString();
    this.overrideMath();
    for (const [name, open] of libraries) {
      open(host, L, vm);
      lua.lua_setfield(L, LUA_GLOBALSINDEX, host.text(name));
    }
    this.hideStringMetatable();
    for (const name of ['coroutine', 'table', 'string', 'math', ...libraries.map(([library]) => library)]) {
      lua.lua_getfield(L, LUA_GLOBALSINDEX, host.text(name));
      this.protect(L);
      lua.lua_setfield(L, LUA_GLOBALSINDEX, host.text(name));
    }
    lua.lua_pushvalue(L, LUA_GLOBALSINDEX);
    this.real = lua.luaL_ref(L, LUA_REGISTRYINDEX);
    this.seen = this.protectGlobals();
  }

  /** Pushes the table that scripts know as `_G`; raw access sets what a single script is to see, as KEYS. */
  pushGlobals(L: State): void {
    this.vm.lua.lua_rawgeti(L, LUA_REGISTRYINDEX, this.seen);
  }

  /** Pushes the table behind it, with what all scripts see. */
  pushRealGlobals(L: State): void {
    this.vm.lua.lua_rawgeti(L, LUA_REGISTRYINDEX, this.real);
  }

  /** Puts a read-only stand-in into the place of the table on top of the stack. */
  protect(L: State): void {
    const { lua, host } = this.vm;
    lua.lua_createtable(L, 0, 0);
    const address = lua.lua_topointer(L, -1);
    lua.lua_createtable(L, 0, 2);
    lua.lua_pushvalue(L, -3);
    lua.lua_setfield(L, -2, host.text('__index'));
    lua.lua_pushcclosure(L, this.refuse, 0);
    lua.lua_setfield(L, -2, host.text('__newindex'));
    lua.lua_setmetatable(L, -2);
    lua.lua_insert(L, -2);
    this.standIns.set(address, lua.luaL_ref(L, LUA_REGISTRYINDEX));
    // A stand-in that nobody holds would free its address for another table.
    lua.lua_pushvalue(L, -1);
    lua.luaL_ref(L, LUA_REGISTRYINDEX);
  }

  private protectGlobals(): number {
    const { vm } = this;
    const { lua, L, host } = vm;
    lua.lua_pushvalue(L, LUA_GLOBALSINDEX);
    this.protect(L);
    const address = lua.lua_topointer(L, -1);
    lua.lua_pushvalue(L, -1);
    lua.lua_setfield(L, LUA_GLOBALSINDEX, host.text('_G'));
    // What is not there either.
    lua.lua_createtable(L, 0, 1);
    vm.pushFunction(L, (state) => this.missing(state));
    lua.lua_setfield(L, -2, host.text('__index'));
    lua.lua_pushvalue(L, -1);
    lua.lua_setmetatable(L, LUA_GLOBALSINDEX);
    this.protect(L);
    this.metatables.set(address, lua.luaL_ref(L, LUA_REGISTRYINDEX));
    lua.lua_pushvalue(L, -1);
    lua.lua_replace(L, LUA_GLOBALSINDEX);
    return lua.luaL_ref(L, LUA_REGISTRYINDEX);
  }

  private missing(L: State): number {
    const { vm } = this;
    const name = vm.text(L, 2);
    if (name === undefined) {
      return vm.host.fail(L, 'Second argument to luaProtectedTableError must be a string or number');
    }
    return vm.host.fail(L, `Script attempted to access nonexistent global variable '${name}'`);
  }

  /** `("").upper = ...` by way of its metatable would be another script's `upper` too. */
  private hideStringMetatable(): void {
    const { lua, L, host } = this.vm;
    lua.lua_pushlstring(L, host.text(''), 0);
    lua.lua_getmetatable(L, -1);
    lua.lua_createtable(L, 0, 1);
    lua.lua_getfield(L, LUA_GLOBALSINDEX, host.text('string'));
    this.protect(L);
    lua.lua_setfield(L, -2, host.text('__index'));
    this.protect(L);
    lua.lua_setfield(L, -2, host.text('__metatable'));
    lua.lua_settop(L, -3);
  }

  /** Registry reference of what argument 1 stands for, 0 when it is an ordinary value. */
  private standsFor(L: State): number {
    const { view } = this.vm;
    const at = this.vm.argumentAt(L, 1);
    if (view.getInt32(at + VALUE_TYPE, true) !== LUA_TTABLE || this.vm.argumentCount(L) === 0) return 0;
    return this.standIns.get(view.getUint32(at, true)) ?? 0;
  }

  /** Replaces a C function of the table on top of the stack (at -1) by one that is given the original. */
  private override(L: State, name: string, make: (original: LuaFunction) => LuaFunction, upvalue?: string): void {
    const { vm } = this;
    const { lua, host } = vm;
    lua.lua_getfield(L, -1, host.text(name));
    const index = vm.addFunction(make(vm.takeCFunction(L)));
    if (upvalue !== undefined) lua.lua_getfield(L, -1, host.text(upvalue));
    lua.lua_pushcclosure(L, index, upvalue === undefined ? 0 : 1);
    lua.lua_setfield(L, -2, host.text(name));
  }

  /** The function does its work on the table that a stand-in stands for. */
  private reads(original: LuaFunction): LuaFunction {
    const { lua } = this.vm;
    return (L) => {
      const ref = this.standsFor(L);
      if (ref !== 0) {
        lua.lua_rawgeti(L, LUA_REGISTRYINDEX, ref);
        lua.lua_replace(L, 1);
      }
      return original(L);
    };
  }

  private writes(original: LuaFunction): LuaFunction {
    return (L) => (this.standsFor(L) !== 0 ? this.vm.host.failPlain(L, READONLY) : original(L));
  }

  private overrideBase(): void {
    const { vm } = this;
    const { lua, L } = vm;
    lua.lua_pushvalue(L, LUA_GLOBALSINDEX);
    let nextOfAll = 0;
    // `pairs` hands out Lua's own `next`, except for stand-ins.
    this.override(
      L,
      'pairs',
      (original) => (state) => {
        if (this.standsFor(state) === 0) return original(state);
        lua.lua_pushcclosure(state, nextOfAll, 0);
        lua.lua_pushvalue(state, 1);
        lua.lua_pushnil(state);
        return 3;
      },
      'next',
    );
    this.override(L, 'next', (original) => {
      const next = this.reads(original);
      nextOfAll = vm.addFunction(next);
      return next;
    });
    this.override(L, 'rawget', (original) => this.reads(original));
    this.override(L, 'rawset', (original) => this.writes(original));
    this.override(L, 'setmetatable', (original) => this.writes(original));
    this.override(L, 'getmetatable', (original) => (state) => {
      if (this.standsFor(state) === 0) return original(state);
      const ref = this.metatables.get(lua.lua_topointer(state, 1));
      if (ref === undefined) lua.lua_pushnil(state);
      else lua.lua_rawgeti(state, LUA_REGISTRYINDEX, ref);
      return 1;
    });
    // Lua 5.1 computes the number of results in an int, which overflows (CVE-2025-46817).
    this.override(L, 'unpack', (original) => (state) => {
      if (lua.lua_gettop(state) >= 3 && lua.lua_tonumber(state, 3) - lua.lua_tonumber(state, 2) >= MAX_RESULTS) {
        vm.host.fail(state, 'too many results to unpack');
      }
      return original(state);
    });
    this.override(L, 'pcall', (original) => (state) => this.textOfError(state, original(state)));
    this.override(L, 'loadstring', (original) => (state) => {
      this.maskBinary(state);
      this.anchorName(state, 1);
      return original(state);
    });
    this.override(L, 'load', (original) => this.loadPieces(original));
    lua.lua_settop(L, -2);
  }

  /** As in redis 7.0.15, a failed `pcall` answers the text of an error that is a table of redis's making. */
  private textOfError(L: State, results: number): number {
    const { lua } = this.vm;
    if (results !== 2 || lua.lua_toboolean(L, -2) !== 0 || lua.lua_type(L, -1) !== LUA_TTABLE) return results;
    lua.lua_pushlstring(L, this.vm.host.text('err'), 3);
    lua.lua_rawget(L, -2);
    const type = lua.lua_type(L, -1);
    if (type === LUA_TSTRING || type === LUA_TNUMBER) lua.lua_replace(L, -2);
    else lua.lua_settop(L, -2);
    return results;
  }

  /** Compiled chunks are not checked by Lua, and may do anything: with a blank in front they are a syntax error, as in Redis. */
  private maskBinary(L: State): void {
    const { vm } = this;
    const { lua, view } = vm;
    if (lua.lua_type(L, 1) !== LUA_TSTRING) return;
    const string = view.getUint32(vm.argumentAt(L, 1), true);
    const length = view.getUint32(string + STRING_LENGTH, true);
    if (length === 0 || view.getUint8(string + STRING_BYTES) !== ESCAPE) return;
    if (lua.lua_gettop(L) < 2) lua.lua_pushvalue(L, 1);
    vm.pushText(L, ' ');
    lua.lua_pushvalue(L, 1);
    lua.lua_concat(L, 2);
    lua.lua_replace(L, 1);
  }

  /**
   * The chunk's name is kept on the stack exactly as the parser takes it, up to a NUL: the parser does not keep it alive itself while it
   * allocates (the flaw behind CVE-2025-49844).
   */
  private anchorName(L: State, fallback: number): void {
    const { vm } = this;
    const { lua } = vm;
    if (lua.lua_gettop(L) < 2) {
      if (fallback === 0) return;
      lua.lua_pushvalue(L, fallback);
    }
    const type = lua.lua_type(L, 2);
    if (type === 0 && fallback !== 0) {
      lua.lua_pushvalue(L, fallback);
      lua.lua_replace(L, 2);
    }
    const name = vm.text(L, 2);
    const nul = name?.indexOf('\0') ?? -1;
    if (name === undefined || nul < 0) return;
    vm.pushText(L, name.slice(0, nul));
    lua.lua_replace(L, 2);
  }

  private loadPieces(original: LuaFunction): LuaFunction {
    const { vm } = this;
    const { lua } = vm;
    // Upvalues: the script's function, and whether a piece with bytes has come.
    const reader = vm.addFunction((L) => {
      lua.lua_pushvalue(L, FIRST_UPVALUE);
      lua.lua_call(L, 0, 1);
      lua.lua_settop(L, 1);
      if (lua.lua_toboolean(L, FIRST_UPVALUE - 1) !== 0 || lua.lua_type(L, 1) !== LUA_TSTRING) return 1;
      if (lua.lua_objlen(L, 1) === 0) return 1;
      lua.lua_pushboolean(L, 1);
      lua.lua_replace(L, FIRST_UPVALUE - 1);
      this.maskBinary(L);
      lua.lua_settop(L, 1);
      return 1;
    });
    return (L) => {
      if (lua.lua_type(L, 1) === LUA_TFUNCTION) {
        lua.lua_pushvalue(L, 1);
        lua.lua_pushboolean(L, 0);
        lua.lua_pushcclosure(L, reader, 2);
        lua.lua_replace(L, 1);
        this.anchorName(L, 0);
      }
      return original(L);
    };
  }

  /** `("x"):rep(2^30)` goes byte by byte, for many seconds, past every hook: long ones are put together in large pieces. */
  private overrideString(): void {
    const { vm } = this;
    const { lua, L, host } = vm;
    lua.lua_getfield(L, LUA_GLOBALSINDEX, host.text('string'));
    this.override(L, 'rep', (original) => (state) => {
      if (lua.lua_type(state, 1) !== LUA_TSTRING) return original(state);
      const piece = lua.lua_objlen(state, 1);
      const bytes = piece * int32(lua.luaL_checknumber(state, 2));
      if (bytes < LONG_BYTES) return original(state);
      const at = lua.malloc(bytes);
      if (at === 0) return host.failPlain(state, 'not enough memory');
      try {
        const { heap } = vm;
        const from = lua.lua_tolstring(state, 1, 0);
        heap.copyWithin(at, from, from + piece);
        for (let done = piece; done < bytes; done *= 2)
          heap.copyWithin(at + done, at, at + Math.min(done, bytes - done));
        lua.lua_pushlstring(state, at, bytes);
      } finally {
        lua.free(at);
      }
      return 1;
    });
    lua.lua_settop(L, -2);
  }

  private overrideTable(): void {
    const { lua, L, host } = this.vm;
    lua.lua_getfield(L, LUA_GLOBALSINDEX, host.text('table'));
    for (const name of ['insert', 'remove', 'sort']) this.override(L, name, (original) => this.writes(original));
    this.override(L, 'foreach', (original) => this.reads(original));
    lua.lua_settop(L, -2);
  }

  private overrideMath(): void {
    const { lua, L, host } = this.vm;
    const { random } = this;
    lua.lua_getfield(L, LUA_GLOBALSINDEX, host.text('math'));
    this.override(L, 'random', () => (state) => {
      const value = random.next();
      const count = lua.lua_gettop(state);
      if (count === 0) {
        lua.lua_pushnumber(state, value);
      } else if (count === 1) {
        const upper = int32(lua.luaL_checknumber(state, 1));
        if (upper < 1) host.failArgument(state, 1, 'interval is empty');
        lua.lua_pushnumber(state, Math.floor(value * upper) + 1);
      } else if (count === 2) {
        const lower = int32(lua.luaL_checknumber(state, 1));
        const upper = int32(lua.luaL_checknumber(state, 2));
        if (lower > upper) host.failArgument(state, 2, 'interval is empty');
        lua.lua_pushnumber(state, Math.floor(value * (upper - lower + 1)) + lower);
      } else {
        host.fail(state, 'wrong number of arguments');
      }
      return 1;
    });
    this.override(L, 'randomseed', () => (state) => {
      random.seed(int32(lua.luaL_checknumber(state, 1)));
      return 0;
    });
    lua.lua_settop(L, -2);
  }
}

/** As C converts a double to int by way of int64. */
function int32(value: number): number {
  return Number.isFinite(value) ? value | 0 : 0;
}
