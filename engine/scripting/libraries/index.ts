import { openBit } from './bit.ts';
import { openCjson } from './cjson.ts';
import { openCmsgpack } from './cmsgpack.ts';
import type { LuaHost, State } from './host.ts';
import { openStruct } from './struct.ts';

/** The libraries that scripts have beside Lua's own, by the names of their global tables. Each opener leaves its table on top. */
export const SCRIPT_LIBRARIES: readonly (readonly [name: string, open: (host: LuaHost, L: State) => void])[] = [
  ['cjson', openCjson],
  ['struct', openStruct],
  ['cmsgpack', openCmsgpack],
  ['bit', openBit],
];
