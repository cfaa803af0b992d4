import { LuaHost, type Pointer, type State } from '../../engine/scripting/libraries/host.ts';
import { SCRIPT_LIBRARIES } from '../../engine/scripting/libraries/index.ts';
import { LuaInstance } from '../../engine/scripting/lua-instance.ts';

const GLOBALS = -10002;

/** A Lua VM with the script libraries and nothing of a server: no sandbox, no commands. */
export class BareLua {
  readonly #instance: LuaInstance;
  readonly #host: LuaHost;
  readonly #L: State;

  constructor(maxBytes = 1 << 30) {
    const instance = new LuaInstance({ maxBytes });
    const { lua } = instance;
    const host = new LuaHost(lua, (call) => instance.addFunction(call));
    instance.onOverflow = (L) => host.failPlain(L, 'C stack overflow');
    const L = lua.luaL_newstate();
    this.#instance = instance;
    this.#host = host;
    this.#L = L;
    for (const open of [lua.luaopen_base, lua.luaopen_table, lua.luaopen_string, lua.luaopen_math])
      this.#call(() => open(L));
    for (const [name, open] of SCRIPT_LIBRARIES) {
      open(host, L);
      lua.lua_setfield(L, GLOBALS, host.text(name));
    }
  }

  /** Lua's openers expect to be called from Lua. */
  #call(open: (L: State) => number): void {
    const { lua } = this.#instance;
    lua.lua_pushcclosure(this.#L, this.#instance.addFunction(open), 0);
    lua.lua_call(this.#L, 0, 0);
  }

  /** Runs a chunk; its first result as a string (a number is converted), or the error it ended with. */
  run(script: string | Buffer): { readonly ok: boolean; readonly value: Buffer } {
    const { lua } = this.#instance;
    const L = this.#L;
    const bytes = Buffer.from(script);
    const at = lua.malloc(bytes.length);
    this.#host.bytes.set(bytes, at);
    let status = lua.luaL_loadbuffer(L, at, bytes.length, this.#host.text('@user_script'));
    lua.free(at);
    if (status === 0) status = lua.lua_pcall(L, 0, 1, 0);
    const text: Pointer = lua.lua_tolstring(L, -1, 0);
    const value = Buffer.from(this.#host.bytes.subarray(text, text === 0 ? 0 : text + lua.lua_objlen(L, -1)));
    lua.lua_settop(L, 0);
    return { ok: status === 0, value };
  }
}
