import type { CjsonSettings } from './cjson-settings.ts';
import {
  ARRAY_BEGIN,
  ARRAY_END,
  BOOLEAN,
  COLON,
  COMMA,
  END,
  JsonTokens,
  NULL,
  NUMBER,
  OBJECT_BEGIN,
  OBJECT_END,
  STRING,
} from './cjson-tokens.ts';
import type { LuaHost, State } from './host.ts';

/** The array (the index of its last element) or object (-1) whose elements are on their way. */
interface Container {
  index: number;
}

const OBJECT = -1;

/** JSON → Lua values, with a stack of its own, so that no nesting exhausts that of JavaScript. */
export class JsonDecoder {
  readonly #host: LuaHost;
  readonly #settings: CjsonSettings;
  readonly #tokens: JsonTokens;
  /** The first token of a value is read, the value not yet pushed. */
  #hasValue = false;
  readonly #negativeNan = new Float64Array(new Uint32Array([0, 0xfff80000]).buffer);

  constructor(host: LuaHost, settings: CjsonSettings) {
    this.#host = host;
    this.#settings = settings;
    this.#tokens = new JsonTokens(host);
  }

  decode(L: State): number {
    const { lua } = this.#host;
    if (lua.lua_gettop(L) !== 1) this.#host.failArgument(L, 1, 'expected 1 argument');
    const cfg = this.#settings.current(L);
    const start = this.#host.checkString(L, 1);
    const { bytes } = this.#host;
    if (lua.lua_objlen(L, 1) >= 2 && (bytes[start] === 0 || bytes[start + 1] === 0))
      this.#host.fail(L, 'JSON parser does not support UTF-16 or UTF-32');
    const tokens = this.#tokens;
    tokens.begin(start, this.#settings.decodeInvalid(cfg));
    const open: Container[] = [];
    const deepest = this.#settings.decodeDepth(cfg);
    tokens.next(L);
    do {
      this.#hasValue = false;
      this.#value(L, open, deepest);
      for (let top = open.at(-1); top !== undefined && !this.#hasValue; top = open.at(-1))
        this.#behindElement(L, top, open);
    } while (this.#hasValue);
    tokens.next(L);
    if (!tokens.is(END)) this.#fail(L, 'the end');
    return 1;
  }

  /** Pushes the value whose first token is read, or opens it. */
  #value(L: State, open: Container[], deepest: number): void {
    const { lua } = this.#host;
    const tokens = this.#tokens;
    switch (tokens.kind) {
      case STRING:
        lua.lua_pushlstring(L, tokens.stringAt, tokens.stringLength);
        break;
      case NUMBER:
        lua.lua_pushnumber(L, tokens.isNegativeNan ? (this.#negativeNan[0] ?? 0) : tokens.number);
        break;
      case BOOLEAN:
        lua.lua_pushboolean(L, tokens.truth ? 1 : 0);
        break;
      case NULL:
        lua.lua_pushlightuserdata(L, 0);
        break;
      case OBJECT_BEGIN:
        this.#openObject(L, open, deepest);
        break;
      case ARRAY_BEGIN:
        this.#openArray(L, open, deepest);
        break;
      default:
        this.#fail(L, 'value');
    }
  }

  #descend(L: State, depth: number, deepest: number, slots: number): void {
    if (depth <= deepest && this.#host.lua.lua_checkstack(L, slots) !== 0) return;
    const { offset } = this.#tokens;
    this.#host.fail(L, `Found too many nested data structures (${depth}) at character ${offset}`);
  }

  #openObject(L: State, open: Container[], deepest: number): void {
    this.#descend(L, open.length + 1, deepest, 3);
    this.#host.lua.lua_createtable(L, 0, 0);
    this.#tokens.next(L);
    if (this.#tokens.is(OBJECT_END)) return;
    open.push({ index: OBJECT });
    this.#key(L);
  }

  /** A key, whose token is read, its colon, and the first token of its value. */
  #key(L: State): void {
    const tokens = this.#tokens;
    if (!tokens.is(STRING)) this.#fail(L, 'object key string');
    this.#host.lua.lua_pushlstring(L, tokens.stringAt, tokens.stringLength);
    tokens.next(L);
    if (!tokens.is(COLON)) this.#fail(L, 'colon');
    tokens.next(L);
    this.#hasValue = true;
  }

  #openArray(L: State, open: Container[], deepest: number): void {
    this.#descend(L, open.length + 1, deepest, 2);
    this.#host.lua.lua_createtable(L, 0, 0);
    this.#tokens.next(L);
    if (this.#tokens.is(ARRAY_END)) return;
    open.push({ index: 0 });
    this.#hasValue = true;
  }

  /** The value on top is complete: puts it into `container`, then reads what follows it. */
  #behindElement(L: State, container: Container, open: Container[]): void {
    const { lua } = this.#host;
    const tokens = this.#tokens;
    const isObject = container.index === OBJECT;
    if (isObject) lua.lua_rawset(L, -3);
    else lua.lua_rawseti(L, -2, ++container.index);
    tokens.next(L);
    if (tokens.is(isObject ? OBJECT_END : ARRAY_END)) {
      open.pop();
      return;
    }
    if (!tokens.is(COMMA)) this.#fail(L, isObject ? 'comma or object end' : 'comma or array end');
    tokens.next(L);
    if (isObject) this.#key(L);
    else this.#hasValue = true;
  }

  #fail(L: State, expected: string): never {
    const tokens = this.#tokens;
    this.#host.fail(L, `Expected ${expected} but found ${tokens.name} at character ${tokens.index + 1}`);
  }
}
