import { assert } from '../../tiers/base/assert.ts';
import {
  LUA_GLOBALSINDEX,
  LUA_TNUMBER,
  LUA_TSTRING,
  LUA_TTABLE,
  STATE_BASE,
  STATE_ERROR_HANDLER,
  STATE_GLOBALS,
  STATE_TOP,
  STRING_BYTES,
  STRING_LENGTH,
  TABLE_ARRAY,
  TABLE_ARRAY_SIZE,
  VALUE_BYTES,
  VALUE_TYPE,
} from './lua-layout.ts';
import type { LuaVm } from './vm.ts';

/** Compares lua-layout.ts with a new state, whose stack is empty: another build of Lua would be read wrongly without a word. */
export function checkLayout(vm: LuaVm): void {
  const { lua, L, host } = vm;
  lua.lua_pushlstring(L, host.text('layout'), 6);
  lua.lua_pushnumber(L, 12.5);
  lua.lua_createtable(L, 3, 0);
  lua.lua_pushnumber(L, 7);
  lua.lua_rawseti(L, -2, 1);
  const { view } = vm;
  const base = view.getUint32(L + STATE_BASE, true);
  const type = (n: number): number => view.getInt32(base + n * VALUE_BYTES + VALUE_TYPE, true);
  const string = view.getUint32(base, true);
  const table = view.getUint32(base + 2 * VALUE_BYTES, true);
  const array = view.getUint32(table + TABLE_ARRAY, true);
  assert(
    view.getUint32(L + STATE_GLOBALS, true) === lua.lua_topointer(L, LUA_GLOBALSINDEX) &&
      view.getInt32(L + STATE_ERROR_HANDLER, true) === 0 &&
      view.getUint32(L + STATE_TOP, true) - base === 3 * VALUE_BYTES &&
      type(0) === LUA_TSTRING &&
      type(1) === LUA_TNUMBER &&
      type(2) === LUA_TTABLE &&
      view.getUint32(string + STRING_LENGTH, true) === 6 &&
      host.textAt(string + STRING_BYTES) === 'layout' &&
      view.getFloat64(base + VALUE_BYTES, true) === 12.5 &&
      view.getUint32(table + TABLE_ARRAY_SIZE, true) === 3 &&
      view.getFloat64(array, true) === 7,
    'Lua is laid out as lua-layout.ts says',
  );
  lua.lua_settop(L, 0);
}
