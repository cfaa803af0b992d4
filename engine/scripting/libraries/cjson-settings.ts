import type { LuaHost, Pointer, State } from './host.ts';
import { FIRST_UPVALUE, LUA_TBOOLEAN, LUA_TNIL, toInt32 } from './host.ts';

const INT_MAX = 2147483647;

/**
 * The settings of one cjson module table (`cjson.new` makes more), as int32 fields of a userdata that all its functions have as their
 * first upvalue: so they live and die with the table.
 *
 *     0 sparse convert | 4 sparse ratio | 8 sparse safe | 12 encode depth | 16 encode invalid | 20 precision | 24 keep buffer |
 *     28 decode invalid | 32 decode depth
 */
const SPARSE_CONVERT = 0;
const SPARSE_RATIO = 4;
const SPARSE_SAFE = 8;
const ENCODE_DEPTH = 12;
const ENCODE_INVALID = 16;
const PRECISION = 20;
const KEEP_BUFFER = 24;
const DECODE_INVALID = 28;
const DECODE_DEPTH = 32;
const SETTINGS_SIZE = 36;

/** What `encode_invalid_numbers` chooses for NaN and the infinities. */
export const INVALID_FAILS = 0;
export const INVALID_AS_IS = 1;

const SWITCH: readonly string[] = ['off', 'on'];
const INVALID_CHOICES: readonly string[] = ['off', 'on', 'null'];

/** Reads and changes the settings of the function that Lua is calling. */
export class CjsonSettings {
  readonly #host: LuaHost;

  constructor(host: LuaHost) {
    this.#host = host;
  }

  /** Pushes fresh ones. */
  create(L: State): void {
    const at = this.#host.lua.lua_newuserdata(L, SETTINGS_SIZE);
    const { view } = this.#host;
    view.setInt32(at + SPARSE_CONVERT, 0, true);
    view.setInt32(at + SPARSE_RATIO, 2, true);
    view.setInt32(at + SPARSE_SAFE, 10, true);
    view.setInt32(at + ENCODE_DEPTH, 1000, true);
    view.setInt32(at + ENCODE_INVALID, INVALID_FAILS, true);
    view.setInt32(at + PRECISION, 14, true);
    view.setInt32(at + KEEP_BUFFER, 1, true);
    view.setInt32(at + DECODE_INVALID, 1, true);
    view.setInt32(at + DECODE_DEPTH, 1000, true);
  }

  current(L: State): Pointer {
    return this.#host.lua.lua_touserdata(L, FIRST_UPVALUE);
  }

  sparseConvert(at: Pointer): boolean {
    return this.#get(at + SPARSE_CONVERT) !== 0;
  }

  sparseRatio(at: Pointer): number {
    return this.#get(at + SPARSE_RATIO);
  }

  sparseSafe(at: Pointer): number {
    return this.#get(at + SPARSE_SAFE);
  }

  encodeDepth(at: Pointer): number {
    return this.#get(at + ENCODE_DEPTH);
  }

  encodeInvalid(at: Pointer): number {
    return this.#get(at + ENCODE_INVALID);
  }

  precision(at: Pointer): number {
    return this.#get(at + PRECISION);
  }

  decodeInvalid(at: Pointer): boolean {
    return this.#get(at + DECODE_INVALID) !== 0;
  }

  decodeDepth(at: Pointer): number {
    return this.#get(at + DECODE_DEPTH);
  }

  #get(at: Pointer): number {
    return this.#host.view.getInt32(at, true);
  }

  /** The functions that change settings, by name: each answers what then holds. */
  functions(): readonly (readonly [string, (L: State) => number])[] {
    const depth = (field: number) => (L: State) => {
      this.#arguments(L, 1);
      return this.#integer(L, 1, field, 1, INT_MAX);
    };
    return [
      ['encode_sparse_array', (L) => this.#sparse(L)],
      ['encode_max_depth', depth(ENCODE_DEPTH)],
      ['decode_max_depth', depth(DECODE_DEPTH)],
      [
        'encode_number_precision',
        (L) => {
          this.#arguments(L, 1);
          return this.#integer(L, 1, PRECISION, 1, 14);
        },
      ],
      ['encode_keep_buffer', (L) => this.#only(L, KEEP_BUFFER, SWITCH)],
      ['encode_invalid_numbers', (L) => this.#only(L, ENCODE_INVALID, INVALID_CHOICES)],
      ['decode_invalid_numbers', (L) => this.#only(L, DECODE_INVALID, SWITCH)],
    ];
  }

  #arguments(L: State, most: number): void {
    const { lua } = this.#host;
    if (lua.lua_gettop(L) > most) this.#host.failArgument(L, most + 1, 'found too many arguments');
    lua.lua_settop(L, most);
  }

  #sparse(L: State): number {
    this.#arguments(L, 3);
    this.#choice(L, 1, SPARSE_CONVERT, SWITCH);
    this.#integer(L, 2, SPARSE_RATIO, 0, INT_MAX);
    this.#integer(L, 3, SPARSE_SAFE, 0, INT_MAX);
    return 3;
  }

  #only(L: State, field: number, choices: readonly string[]): number {
    this.#arguments(L, 1);
    return this.#choice(L, 1, field, choices);
  }

  #integer(L: State, argument: number, field: number, smallest: number, largest: number): number {
    const { lua } = this.#host;
    const at = this.current(L) + field;
    if (lua.lua_type(L, argument) !== LUA_TNIL) {
      const value = toInt32(lua.luaL_checknumber(L, argument));
      // Argument 1 is blamed whichever it was.
      if (value < smallest || value > largest)
        this.#host.failArgument(L, 1, `expected integer between ${smallest} and ${largest}`);
      this.#host.view.setInt32(at, value, true);
    }
    lua.lua_pushnumber(L, this.#get(at));
    return 1;
  }

  /** A boolean or one of `choices`. */
  #choice(L: State, argument: number, field: number, choices: readonly string[]): number {
    const { lua } = this.#host;
    const at = this.current(L) + field;
    const type = lua.lua_type(L, argument);
    if (type === LUA_TBOOLEAN) this.#host.view.setInt32(at, lua.lua_toboolean(L, argument), true);
    else if (type !== LUA_TNIL) this.#choose(L, argument, at, choices);
    const value = this.#get(at);
    if (value < 2) lua.lua_pushboolean(L, value);
    else this.#host.pushText(L, choices[value] ?? '');
    return 1;
  }

  #choose(L: State, argument: number, at: Pointer, choices: readonly string[]): void {
    const text = this.#host.textAt(this.#host.checkString(L, argument));
    const value = choices.indexOf(text);
    if (value < 0) this.#host.failArgument(L, argument, `invalid option '${text}'`);
    this.#host.view.setInt32(at, value, true);
  }
}
