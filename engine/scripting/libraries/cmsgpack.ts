import { MessagePacker } from './cmsgpack-pack.ts';
import { MessageUnpacker } from './cmsgpack-unpack.ts';
import type { LuaHost, State } from './host.ts';
import { toInt64 } from './host.ts';
import { optionalInteger } from './struct.ts';

/** lua-cmsgpack 0.4.0 as in redis 7.0: Lua values to and from MessagePack. Leaves the table on top. */
export function openCmsgpack(host: LuaHost, L: State): void {
  const { lua } = host;
  const packer = new MessagePacker(host);
  const unpacker = new MessageUnpacker(host);
  const open = (name: string, call: (state: State) => number): void => {
    host.setFunction(L, -2, name, host.register(call));
  };
  lua.lua_createtable(L, 0, 8);
  open('pack', (state) => packer.pack(state));
  open('unpack', (state) => unpacker.unpack(state, 0, 0));
  open('unpack_one', (state) => {
    const offset = optionalInteger(host, state, 2, 0);
    keepFirst(host, state);
    return unpacker.unpack(state, 1, offset);
  });
  open('unpack_limit', (state) => {
    const limit = toInt64(lua.luaL_checknumber(state, 2));
    const offset = optionalInteger(host, state, 3, 0);
    keepFirst(host, state);
    return unpacker.unpack(state, limit, offset);
  });
  host.setText(L, -2, '_NAME', 'cmsgpack');
  host.setText(L, -2, '_VERSION', 'lua-cmsgpack 0.4.0');
  host.setText(L, -2, '_COPYRIGHT', 'Copyright (C) 2012, Salvatore Sanfilippo');
  host.setText(L, -2, '_DESCRIPTION', 'MessagePack C implementation for Lua');
}

/** Results are told from arguments by their number, so only the first argument may stay. */
function keepFirst(host: LuaHost, L: State): void {
  host.lua.lua_settop(L, Math.min(host.lua.lua_gettop(L), 1));
}
