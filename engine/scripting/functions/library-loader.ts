import { ScriptError } from '../errors.ts';
import type { State } from '../libraries/host.ts';
import { LUA_REGISTRYINDEX } from '../lua-layout.ts';
import type { RedisApi } from '../redis-api.ts';
import type { LuaVm, ScriptRef } from '../vm.ts';
import { functionErrors } from './library.ts';
import { type RegisteredFunction, Registration } from './registration.ts';

const READONLY = 'Attempt to modify a readonly table';
/** Fields of `redis` that the code of a library sees while it is loaded, beside `register_function`. */
const LOAD_FIELDS = [
  'log',
  'LOG_DEBUG',
  'LOG_VERBOSE',
  'LOG_NOTICE',
  'LOG_WARNING',
  'REDIS_VERSION',
  'REDIS_VERSION_NUM',
];

/** Thrown by whoever watches the time when loading a library takes too long. */
export class LoadTimeout extends Error {
  override name = 'LoadTimeout';
}

/**
 * Runs the code of libraries in one VM. All of it has one table as its globals, empty in itself: while a library is loaded it leads to
 * `redis.register_function` and little else, afterwards to what scripts see. Functions keep the table, and so see the one after the other.
 */
export class LibraryLoader {
  private readonly vm: LuaVm;
  private readonly api: RedisApi;
  /** Registry references: the globals of libraries, their metatable, and what the globals lead to while loading. */
  private readonly globals: ScriptRef;
  private readonly metatable: ScriptRef;
  private readonly loadGlobals: ScriptRef;
  private registration: Registration | undefined;

  constructor(vm: LuaVm, api: RedisApi) {
    this.vm = vm;
    this.api = api;
    const { lua, L, host } = vm;
    lua.lua_createtable(L, 0, 0);
    lua.lua_createtable(L, 0, 2);
    vm.pushFunction(L, (state) => host.fail(state, READONLY));
    lua.lua_setfield(L, -2, host.text('__newindex'));
    lua.lua_pushvalue(L, -1);
    lua.lua_setmetatable(L, -3);
    this.metatable = lua.luaL_ref(L, LUA_REGISTRYINDEX);
    this.globals = lua.luaL_ref(L, LUA_REGISTRYINDEX);
    this.pushLoadGlobals(L);
    this.loadGlobals = lua.luaL_ref(L, LUA_REGISTRYINDEX);
    this.leadTo(() => vm.sandbox.pushRealGlobals(L));
  }

  /** Whether a library's code runs now. */
  get loading(): boolean {
    return this.registration !== undefined;
  }

  /** Runs the code from `start` on, and answers what it registered. Throws a ScriptError, and what the VM throws. */
  load(code: Buffer, start: number): readonly RegisteredFunction[] {
    const { vm } = this;
    const { lua, L } = vm;
    const compiled = vm.compile(code.subarray(start), '@user_function');
    if (typeof compiled === 'string') throw new ScriptError(`ERR Error compiling function: ${compiled}`);
    const registration = new Registration(vm);
    this.registration = registration;
    this.leadTo(() => vm.pushRef(this.loadGlobals));
    try {
      vm.pushRef(compiled);
      vm.pushRef(this.globals);
      lua.lua_setfenv(L, -2);
      this.run();
    } catch (error) {
      if (!vm.broken) registration.release();
      throw error;
    } finally {
      this.registration = undefined;
      if (!vm.broken) {
        this.leadTo(() => vm.sandbox.pushRealGlobals(L));
        vm.release(compiled);
      }
    }
    if (registration.functions.length === 0) throw functionErrors.noFunctions;
    return registration.functions;
  }

  /** Calls the chunk on top of the stack. */
  private run(): void {
    const { vm } = this;
    try {
      const failure = vm.call(0);
      if (failure !== undefined) throw new ScriptError(`ERR Error registering functions: ${failure.message}`);
      vm.lua.lua_settop(vm.L, -2);
    } catch (error) {
      throw error instanceof LoadTimeout ? functionErrors.timeout : error;
    }
  }

  /** Sets where the globals of libraries lead to. */
  private leadTo(push: () => void): void {
    const { vm } = this;
    const { lua, L, host } = vm;
    vm.pushRef(this.metatable);
    push();
    lua.lua_setfield(L, -2, host.text('__index'));
    lua.lua_settop(L, -2);
  }

  private pushLoadGlobals(L: State): void {
    const { vm } = this;
    const { lua, host } = vm;
    lua.lua_createtable(L, 0, 1);
    lua.lua_createtable(L, 0, LOAD_FIELDS.length + 1);
    vm.sandbox.pushRealGlobals(L);
    lua.lua_getfield(L, -1, host.text('redis'));
    for (const name of LOAD_FIELDS) {
      lua.lua_getfield(L, -1, host.text(name));
      lua.lua_setfield(L, -4, host.text(name));
    }
    lua.lua_settop(L, -3);
    vm.pushFunction(L, (state) => this.register(state));
    lua.lua_setfield(L, -2, host.text('register_function'));
    this.refuseUnknown(L);
    vm.sandbox.protect(L);
    lua.lua_setfield(L, -2, host.text('redis'));
    this.refuseUnknown(L);
  }

  /** Fields that the table on top does not have are errors. */
  private refuseUnknown(L: State): void {
    const { vm } = this;
    const { lua, host } = vm;
    lua.lua_createtable(L, 0, 1);
    vm.pushFunction(L, (state) => {
      const name = vm.text(state, 2);
      if (name === undefined)
        return host.fail(state, 'Second argument to luaProtectedTableError must be a string or number');
      return host.fail(state, `Script attempted to access nonexistent global variable '${name}'`);
    });
    lua.lua_setfield(L, -2, host.text('__index'));
    lua.lua_setmetatable(L, -2);
  }

  private register(L: State): number {
    const { registration } = this;
    const problem =
      registration === undefined
        ? 'redis.register_function can only be called on FUNCTION LOAD command'
        : registration.register(L);
    if (problem !== undefined) this.api.fail(L, `ERR ${problem}`);
    return 0;
  }
}
