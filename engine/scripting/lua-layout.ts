/**
 * Structures of PUC Lua 5.1 as clang lays them out for wasm32, in bytes: read where a call into the VM would cost more than the answer.
 * Source: lstate.h, lobject.h and lua.h of Lua 5.1.5. `checkLayout` (lua-instance.ts) compares them with a living state.
 *
 *   lua_State  next 4 | tt 1 | marked 1 | status 1 | - 1 | top 4 | base 4 | ... | l_gt 16 (at 72) | env 16 | openupval 4 | gclist 4 | errorJmp 4 | errfunc 4
 *   TValue     value 8 (number, or pointer in the low 4) | tt 4 | - 4
 *   TString    next 4 | tt 1 | marked 1 | reserved 1 | - 1 | hash 4 | len 4 | characters, NUL
 *   Table      next 4 | tt 1 | marked 1 | flags 1 | lsizenode 1 | metatable 4 | array 4 | node 4 | lastfree 4 | gclist 4 | sizearray 4
 *   lua_Debug  event 4 | name 4 | namewhat 4 | what 4 | source 4 | currentline 4 | nups 4 | linedefined 4 | lastlinedefined 4 | short_src 60 | i_ci 4
 */
export const STATE_TOP = 8;
export const STATE_BASE = 12;
export const STATE_GLOBALS = 72;
export const STATE_ERROR_HANDLER = 116;

export const VALUE_BYTES = 16;
export const VALUE_TYPE = 8;

export const STRING_LENGTH = 12;
export const STRING_BYTES = 16;

export const TABLE_METATABLE = 8;
export const TABLE_ARRAY = 12;
export const TABLE_NODE = 16;
export const TABLE_ARRAY_SIZE = 28;

export const DEBUG_WHAT = 12;
export const DEBUG_SOURCE = 16;
export const DEBUG_LINE = 20;
export const DEBUG_BYTES = 100;

export const LUA_TNIL = 0;
export const LUA_TBOOLEAN = 1;
export const LUA_TNUMBER = 3;
export const LUA_TSTRING = 4;
export const LUA_TTABLE = 5;
export const LUA_TFUNCTION = 6;

export const LUA_REGISTRYINDEX = -10000;
export const LUA_GLOBALSINDEX = -10002;
/** Index of a C function's first upvalue; the second is one less. */
export const FIRST_UPVALUE = LUA_GLOBALSINDEX - 1;

export const LUA_MASKCOUNT = 8;
export const LUA_GCCOLLECT = 2;
export const LUA_GCCOUNT = 3;
export const LUA_GCCOUNTB = 4;

export const LUA_ERRRUN = 2;
export const LUA_ERRMEM = 4;
