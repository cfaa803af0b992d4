import type { LuaHost, State } from './host.ts';
import { LUA_TNONE } from './host.ts';

/** 2^52 + 2^51: added to a double, it leaves the number, rounded to an integer, in the low bits of the mantissa. */
const ROUNDING = 6755399441055744;
const SMALLEST = -2147483648;
const LOWER = '0123456789abcdef';
const UPPER = '0123456789ABCDEF';

/** Mike Pall's BitOp 1.0.2 (bitop.luajit.org): 32-bit operations on numbers, results signed. Leaves the table on top. */
export function openBit(host: LuaHost, L: State): void {
  const { lua } = host;
  const sum = new Float64Array(1);
  const low = new Int32Array(sum.buffer);
  const argument = (state: State, index: number): number => {
    sum[0] = lua.lua_tonumber(state, index) + ROUNDING;
    const bits = low[0] ?? 0;
    if (bits === 0 && lua.lua_isnumber(state, index) === 0) lua.luaL_typerror(state, index, host.text('number'));
    return bits;
  };
  const unary = (name: string, call: (bits: number) => number): void => {
    const index = host.register((state) => {
      lua.lua_pushnumber(state, call(argument(state, 1)));
      return 1;
    });
    host.setFunction(L, -2, name, index);
  };
  const fold = (name: string, call: (left: number, right: number) => number): void => {
    const index = host.register((state) => {
      let bits = argument(state, 1);
      for (let at = lua.lua_gettop(state); at > 1; at--) bits = call(bits, argument(state, at));
      lua.lua_pushnumber(state, bits);
      return 1;
    });
    host.setFunction(L, -2, name, index);
  };
  const shift = (name: string, call: (bits: number, by: number) => number): void => {
    const index = host.register((state) => {
      const bits = argument(state, 1);
      lua.lua_pushnumber(state, call(bits, argument(state, 2) & 31));
      return 1;
    });
    host.setFunction(L, -2, name, index);
  };
  const toHex = (state: State): number => {
    const bits = argument(state, 1);
    const wanted = lua.lua_type(state, 2) === LUA_TNONE ? 8 : argument(state, 2);
    host.pushText(state, hex(bits, wanted));
    return 1;
  };

  lua.lua_createtable(L, 0, 12);
  unary('tobit', (bits) => bits);
  unary('bnot', (bits) => ~bits);
  unary('bswap', (b) => (b >>> 24) | ((b >>> 8) & 0xff00) | ((b & 0xff00) << 8) | (b << 24));
  fold('band', (left, right) => left & right);
  fold('bor', (left, right) => left | right);
  fold('bxor', (left, right) => left ^ right);
  shift('lshift', (bits, by) => bits << by);
  shift('rshift', (bits, by) => (bits >>> by) | 0);
  shift('arshift', (bits, by) => bits >> by);
  shift('rol', (bits, by) => (bits << by) | (bits >>> (32 - by)));
  shift('ror', (bits, by) => (bits << (32 - by)) | (bits >>> by));
  host.setFunction(L, -2, 'tohex', host.register(toHex));
}

/** The last `wanted` hexadecimal digits, at most 8; capital letters when it is negative. */
function hex(bits: number, wanted: number): string {
  const letters = wanted < 0 ? UPPER : LOWER;
  // The smallest integer has no opposite: redis before 7.2.6 wrote over its stack here (CVE-2024-31449).
  const count = Math.min(8, wanted === SMALLEST ? 8 : Math.abs(wanted));
  let text = '';
  for (let at = count - 1; at >= 0; at--) text += letters.charAt((bits >>> (at * 4)) & 15);
  return text;
}
