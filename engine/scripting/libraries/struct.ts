import { BytesOut } from './bytes-out.ts';
import type { LuaHost, Pointer, State } from './host.ts';
import { LUA_TNONE, toInt64 } from './host.ts';
import { StructFormat } from './struct-format.ts';
import { readInteger, toUint64, writeInteger } from './struct-integers.ts';

/** The struct library of Redis's scripts: values to and from binary layouts described by a format. Leaves the table on top. */
export function openStruct(host: LuaHost, L: State): void {
  const { lua } = host;
  const packer = new StructPacker(host);
  const unpacker = new StructUnpacker(host);
  lua.lua_createtable(L, 0, 3);
  host.setFunction(
    L,
    -2,
    'pack',
    host.register((state) => packer.pack(state)),
  );
  host.setFunction(
    L,
    -2,
    'unpack',
    host.register((state) => unpacker.unpack(state)),
  );
  host.setFunction(
    L,
    -2,
    'size',
    host.register((state) => sizeOf(host, state)),
  );
}

class StructPacker {
  readonly #host: LuaHost;
  readonly #out: BytesOut;

  constructor(host: LuaHost) {
    this.#host = host;
    this.#out = new BytesOut(host);
  }

  pack(L: State): number {
    const format = new StructFormat(this.#host, L, this.#host.checkString(L, 1));
    let argument = 2;
    // A missing argument is nil, not none: C marks the end of the arguments so.
    this.#host.lua.lua_pushnil(L);
    this.#out.begin();
    while (format.next()) {
      this.#out.fill(L, 0, format.padding(this.#out.length));
      if (this.#packValue(L, format, argument)) argument++;
    }
    this.#out.push(L);
    return 1;
  }

  /** Whether the option took an argument. */
  #packValue(L: State, format: StructFormat, argument: number): boolean {
    switch (format.option) {
      case 'b':
      case 'B':
      case 'h':
      case 'H':
      case 'l':
      case 'L':
      case 'T':
      case 'i':
      case 'I': {
        const value = this.#host.lua.luaL_checknumber(L, argument);
        writeInteger(this.#host.view, this.#take(L, format.size), value, format.size, format.littleEndian);
        return true;
      }
      case 'f':
      case 'd':
        this.#packFloat(L, format, argument);
        return true;
      case 'c':
      case 's':
        this.#packString(L, format, argument);
        return true;
      case 'x':
        this.#out.byte(L, 0);
        return false;
      default:
        format.control();
        return false;
    }
  }

  #take(L: State, length: number): Pointer {
    this.#out.ensure(L, length);
    return this.#out.take(length);
  }

  #packFloat(L: State, format: StructFormat, argument: number): void {
    const value = this.#host.lua.luaL_checknumber(L, argument);
    const at = this.#take(L, format.size);
    if (format.size === 4) this.#host.view.setFloat32(at, value, format.littleEndian);
    else this.#host.view.setFloat64(at, value, format.littleEndian);
  }

  #packString(L: State, format: StructFormat, argument: number): void {
    const at = this.#host.checkString(L, argument);
    const length = this.#host.lua.lua_objlen(L, argument);
    // The number of the next argument is in the message, as in C.
    if (length < format.size) this.#host.failArgument(L, argument + 1, 'string too short');
    this.#out.copy(L, at, format.size === 0 ? length : format.size);
    if (format.option === 's') this.#out.byte(L, 0);
  }
}

class StructUnpacker {
  readonly #host: LuaHost;
  #data: Pointer = 0;
  #length = 0;
  #position = 0;
  #results = 0;

  constructor(host: LuaHost) {
    this.#host = host;
  }

  unpack(L: State): number {
    const { lua } = this.#host;
    const format = new StructFormat(this.#host, L, this.#host.checkString(L, 1));
    this.#data = this.#host.checkString(L, 2);
    this.#length = lua.lua_objlen(L, 2);
    const start = optionalInteger(this.#host, L, 3, 1);
    if (start === 0) this.#host.failArgument(L, 3, 'offset must be 1 or greater');
    this.#position = start - 1;
    this.#results = 0;
    while (format.next()) {
      this.#position += format.padding(this.#position);
      this.#need(L, format.size);
      lua.luaL_checkstack(L, 2, this.#host.text('too many results'));
      this.#position += this.#unpackValue(L, format);
    }
    // Far from zero, adding what was taken away does not lead back.
    lua.lua_pushnumber(L, this.#position === start - 1 ? start : this.#position + 1);
    return this.#results + 1;
  }

  /** A negative position is a very large one to C. */
  #need(L: State, size: number): void {
    if (this.#position >= 0 && this.#position + size <= this.#length) return;
    this.#host.failArgument(L, 2, 'data string too short');
  }

  /** Pushes the option's value and answers how many bytes it had. */
  #unpackValue(L: State, format: StructFormat): number {
    const at = this.#data + this.#position;
    const { size, littleEndian } = format;
    switch (format.option) {
      case 'b':
      case 'h':
      case 'l':
      case 'i':
        return this.#number(L, readInteger(this.#host.view, at, size, littleEndian, true), size);
      case 'B':
      case 'H':
      case 'L':
      case 'T':
      case 'I':
        return this.#number(L, readInteger(this.#host.view, at, size, littleEndian, false), size);
      case 'f':
        return this.#number(L, this.#host.view.getFloat32(at, littleEndian), size);
      case 'd':
        return this.#number(L, this.#host.view.getFloat64(at, littleEndian), size);
      case 'c':
        return this.#string(L, size === 0 ? this.#sizeBefore(L) : size);
      case 's':
        return this.#terminated(L);
      case 'x':
        return size;
      default:
        format.control();
        return 0;
    }
  }

  #number(L: State, value: number, size: number): number {
    this.#host.lua.lua_pushnumber(L, value);
    this.#results++;
    return size;
  }

  #string(L: State, size: number): number {
    this.#host.lua.lua_pushlstring(L, this.#data + this.#position, size);
    this.#results++;
    return size;
  }

  /** `c0`: the value unpacked last, which is no result then, says how long the string is. */
  #sizeBefore(L: State): number {
    const { lua } = this.#host;
    if (this.#results === 0 || lua.lua_isnumber(L, -1) === 0) this.#host.fail(L, "format 'c0' needs a previous size");
    const before = lua.lua_tonumber(L, -1);
    lua.lua_settop(L, -2);
    this.#results--;
    const size = Number(toUint64(before));
    this.#need(L, size);
    return size;
  }

  #terminated(L: State): number {
    const end = this.#host.bytes.indexOf(0, this.#data + this.#position) - this.#data;
    if (end < 0 || end >= this.#length) this.#host.fail(L, 'unfinished string in data');
    const size = end - this.#position;
    this.#string(L, size);
    return size + 1;
  }
}

/** An integer argument that may be missing or nil. */
export function optionalInteger(host: LuaHost, L: State, argument: number, missing: number): number {
  const type = host.lua.lua_type(L, argument);
  return type === LUA_TNONE || type === 0 ? missing : toInt64(host.lua.luaL_checknumber(L, argument));
}

function sizeOf(host: LuaHost, L: State): number {
  const format = new StructFormat(host, L, host.checkString(L, 1));
  let position = 0;
  while (format.next()) {
    position += format.padding(position);
    if (format.option === 's') host.failArgument(L, 1, "option 's' has no fixed size");
    if (format.option === 'c' && format.size === 0) host.failArgument(L, 1, "option 'c0' has no fixed size");
    // Letters and digits that mean nothing are passed over here, unlike in pack and unpack.
    if (!/[0-9A-Za-z]/.test(format.option)) format.control();
    position += format.size;
  }
  host.lua.lua_pushnumber(L, position);
  return 1;
}
