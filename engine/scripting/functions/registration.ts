import type { State } from '../libraries/host.ts';
import { LUA_REGISTRYINDEX, LUA_TFUNCTION, LUA_TNUMBER, LUA_TSTRING, LUA_TTABLE } from '../lua-layout.ts';
import { flagNames, noFlags, type ScriptFlags } from '../shebang.ts';
import type { LuaVm, ScriptRef } from '../vm.ts';
import { type FunctionInfo, functionErrors, isName } from './library.ts';

/** A function that a library registered: what is known of it, and where its Lua function is. */
export interface RegisteredFunction {
  readonly info: FunctionInfo;
  readonly ref: ScriptRef;
}

const METHOD = 'redis.register_function';

/** The functions that a library registers while its code runs, by `redis.register_function`. */
export class Registration {
  readonly functions: RegisteredFunction[] = [];
  private readonly names = new Set<string>();
  private readonly vm: LuaVm;

  constructor(vm: LuaVm) {
    this.vm = vm;
  }

  /** With the arguments on the stack. Answers what is wrong with them, or undefined. */
  register(L: State): string | undefined {
    const count = this.vm.lua.lua_gettop(L);
    if (count < 1 || count > 2) return `wrong number of arguments to ${METHOD}`;
    const found = count === 1 ? this.named(L) : this.positional(L);
    if (typeof found === 'string') return found;
    const { name } = found.info;
    const problem = this.problemOf(name);
    if (problem !== undefined) {
      this.vm.release(found.ref);
      return problem;
    }
    this.functions.push(found);
    this.names.add(name);
    return undefined;
  }

  private problemOf(name: string): string | undefined {
    if (!isName(name)) return functionErrors.badName;
    if (this.names.has(name)) return 'Function already exists in the library';
    return undefined;
  }

  /** Forgets the Lua functions. */
  release(): void {
    for (const { ref } of this.functions) this.vm.release(ref);
    this.functions.length = 0;
  }

  private positional(L: State): RegisteredFunction | string {
    const name = this.text(L, 1);
    if (name === undefined) return `first argument to ${METHOD} must be a string`;
    if (this.vm.lua.lua_type(L, 2) !== LUA_TFUNCTION) return `second argument to ${METHOD} must be a function`;
    return { info: { name, description: undefined, flags: noFlags }, ref: this.vm.lua.luaL_ref(L, LUA_REGISTRYINDEX) };
  }

  private named(L: State): RegisteredFunction | string {
    const { lua } = this.vm;
    if (lua.lua_type(L, 1) !== LUA_TTABLE)
      return `calling ${METHOD} with a single argument is only applicable to Lua table (representing named arguments).`;
    const reader = new NamedArguments(this.vm);
    lua.lua_pushnil(L);
    while (lua.lua_next(L, 1) !== 0) {
      const problem = reader.read(L);
      if (problem !== undefined) {
        reader.release();
        return problem;
      }
      lua.lua_settop(L, 2);
    }
    return reader.result();
  }

  private text(L: State, index: number): string | undefined {
    return textOf(this.vm, L, index);
  }
}

/** One table of named arguments, read field by field. */
class NamedArguments {
  private readonly vm: LuaVm;
  private name: string | undefined;
  private description: string | undefined;
  private ref: ScriptRef | undefined;
  private flags: ScriptFlags = noFlags;

  constructor(vm: LuaVm) {
    this.vm = vm;
  }

  /** Key at 2, value at 3. Answers what is wrong, or undefined. */
  read(L: State): string | undefined {
    const key = textOf(this.vm, L, 2);
    if (key === undefined) return `named argument key given to ${METHOD} is not a string`;
    switch (key.toLowerCase()) {
      case 'function_name':
        this.name = textOf(this.vm, L, 3);
        return this.name === undefined ? `function_name argument given to ${METHOD} must be a string` : undefined;
      case 'description':
        this.description = textOf(this.vm, L, 3);
        return this.description === undefined ? `description argument given to ${METHOD} must be a string` : undefined;
      case 'callback':
        return this.readCallback(L);
      case 'flags':
        return this.readFlags(L);
      default:
        return `unknown argument given to ${METHOD}`;
    }
  }

  private readCallback(L: State): string | undefined {
    const { lua } = this.vm;
    if (lua.lua_type(L, 3) !== LUA_TFUNCTION) return `callback argument given to ${METHOD} must be a function`;
    this.release();
    lua.lua_pushvalue(L, 3);
    this.ref = lua.luaL_ref(L, LUA_REGISTRYINDEX);
    return undefined;
  }

  private readFlags(L: State): string | undefined {
    const { lua } = this.vm;
    if (lua.lua_type(L, 3) !== LUA_TTABLE)
      return `flags argument to ${METHOD} must be a table representing function flags`;
    let flags = noFlags;
    for (let n = 1; ; n++) {
      lua.lua_rawgeti(L, 3, n);
      const isEnd = lua.lua_type(L, -1) === 0;
      const flag = flagNames[textOf(this.vm, L, -1)?.toLowerCase() ?? ''];
      lua.lua_settop(L, 3);
      if (isEnd) break;
      if (flag === undefined) return 'unknown flag given';
      flags = { ...flags, [flag]: true };
    }
    this.flags = flags;
    return undefined;
  }

  release(): void {
    if (this.ref !== undefined) this.vm.release(this.ref);
    this.ref = undefined;
  }

  result(): RegisteredFunction | string {
    const { name, description, ref, flags } = this;
    if (name !== undefined && ref !== undefined) return { info: { name, description, flags }, ref };
    this.release();
    return `${METHOD} must get a ${name === undefined ? 'function name' : 'callback'} argument`;
  }
}

/** A string or number as text, without changing it where it stands. */
function textOf(vm: LuaVm, L: State, index: number): string | undefined {
  const { lua } = vm;
  const type = lua.lua_type(L, index);
  if (type === LUA_TSTRING) return vm.text(L, index);
  if (type !== LUA_TNUMBER) return undefined;
  lua.lua_pushvalue(L, index);
  const text = vm.text(L, -1);
  lua.lua_settop(L, -2);
  return text;
}
