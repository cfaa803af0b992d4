import { JsonDecoder } from './cjson-decode.ts';
import { JsonEncoder } from './cjson-encode.ts';
import { CjsonSettings } from './cjson-settings.ts';
import type { LuaFunction, LuaHost, State } from './host.ts';

/** lua-cjson 2.1 as in redis 7.0 (kyne.com.au/~mark/software/lua-cjson-manual.html). Leaves the table on top. */
export function openCjson(host: LuaHost, L: State): void {
  const settings = new CjsonSettings(host);
  const encoder = new JsonEncoder(host, settings);
  const decoder = new JsonDecoder(host, settings);
  const functions = new Map<string, number>();
  const register = (name: string, call: LuaFunction): void => {
    functions.set(name, host.register(call));
  };
  register('encode', (state) => encoder.encode(state));
  register('decode', (state) => decoder.decode(state));
  for (const [name, call] of settings.functions()) register(name, call);
  register('new', (state) => {
    pushModule(host, state, settings, functions);
    return 1;
  });
  pushModule(host, L, settings, functions);
}

/** A module table with settings of its own. */
function pushModule(host: LuaHost, L: State, settings: CjsonSettings, functions: ReadonlyMap<string, number>): void {
  const { lua } = host;
  lua.lua_createtable(L, 0, functions.size + 3);
  settings.create(L);
  for (const [name, index] of functions) {
    lua.lua_pushvalue(L, -1);
    host.setFunction(L, -3, name, index, 1);
  }
  lua.lua_settop(L, -2);
  lua.lua_pushlightuserdata(L, 0);
  lua.lua_setfield(L, -2, host.text('null'));
  host.setText(L, -2, '_NAME', 'cjson');
  host.setText(L, -2, '_VERSION', '2.1.0');
}
