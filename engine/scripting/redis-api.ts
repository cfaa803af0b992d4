import { createHash } from 'node:crypto';
import { Request } from '../../protocol/resp/request.ts';
import { formatGeneral } from '../../protocol/text/general-format.ts';
import type { CommandContext } from '../commands/context.ts';
import { flagBit } from '../commands/flags.ts';
import type { CommandEntry, CommandTable } from '../commands/table.ts';
import { compatibleRedisVersion } from '../commands/version.ts';
import type { Statistics } from '../server/statistics.ts';
import type { ScriptRules } from './calls.ts';
import { callErrors } from './errors.ts';
import type { LuaHost, Pointer, State } from './libraries/host.ts';
import { LUA_TNUMBER, LUA_TSTRING, STRING_BYTES, STRING_LENGTH, VALUE_BYTES, VALUE_TYPE } from './lua-layout.ts';
import { pushError, ReplyToLua } from './reply-to-lua.ts';
import type { LuaVm } from './vm.ts';

/** Longest text of a number (`%.17g`). */
const NUMBER_BYTES = 32;
/** Whole numbers below this have the same text in JavaScript as by `%.17g`. */
const PLAIN_LIMIT = 2 ** 53;

const LOG_LEVELS = ['debug', 'verbose', 'notice', 'warning'] as const;
const LOG_NAMES = ['LOG_DEBUG', 'LOG_VERBOSE', 'LOG_NOTICE', 'LOG_WARNING'] as const;
const REPL_NAMES = { REPL_NONE: 0, REPL_AOF: 1, REPL_SLAVE: 2, REPL_REPLICA: 2, REPL_ALL: 3 } as const;
const REPL_ALL = 3;

export type ScriptLog = (level: (typeof LOG_LEVELS)[number], text: string) => void;

export interface ApiParts {
  readonly table: CommandTable;
  readonly statistics: Statistics;
  readonly log: ScriptLog;
  /** DEBUG SET-DISABLE-DENY-SCRIPTS. */
  readonly denyDisabled?: () => boolean;
}

/**
 * The table `redis` of one VM. Its functions work for the script that `begin` told of; between scripts (a library that is being
 * loaded) there is none, and commands are refused.
 */
export class RedisApi {
  private context: CommandContext | undefined;
  private rules: ScriptRules = { readOnly: true, allowOom: false };
  /** RESP version of the replies that the script sees: `redis.setresp`. */
  resp: 2 | 3 = 2;
  private readonly parts: ApiParts;
  private readonly request = new Request();
  private vm: LuaVm | undefined;
  private toLua: ReplyToLua | undefined;

  constructor(parts: ApiParts) {
    this.parts = parts;
  }

  /**
   * Opens the library: leaves the table on top of the stack. `extend` may set more fields of it.
   */
  open(host: LuaHost, L: State, vm: LuaVm, extend: (host: LuaHost, L: State) => void = () => {}): void {
    const { lua } = host;
    this.vm = vm;
    this.toLua = new ReplyToLua(vm);
    const set = (name: string, call: (state: State) => number): void => {
      host.setFunction(L, -2, name, host.register(call));
    };
    const setNumber = (name: string, value: number): void => {
      lua.lua_pushnumber(L, value);
      lua.lua_setfield(L, -2, host.text(name));
    };
    lua.lua_createtable(L, 0, 24);
    set('call', (state) => this.command(state, true));
    set('pcall', (state) => this.command(state, false));
    set('log', (state) => this.log(state));
    set('setresp', (state) => this.setResp(state));
    set('error_reply', (state) => this.errorReply(state));
    set('status_reply', (state) => this.statusReply(state));
    set('sha1hex', (state) => this.sha1Hex(state));
    set('set_repl', (state) => this.setRepl(state));
    set('replicate_commands', (state) => pushBoolean(host, state, true));
    set('breakpoint', (state) => pushBoolean(host, state, false));
    set('debug', () => 0);
    set('acl_check_cmd', (state) => this.aclCheck(state));
    for (const [level, name] of LOG_NAMES.entries()) setNumber(name, level);
    for (const [name, value] of Object.entries(REPL_NAMES)) setNumber(name, value);
    const [major = 0, minor = 0, patch = 0] = compatibleRedisVersion.split('.').map(Number);
    setNumber('REDIS_VERSION_NUM', (major << 16) | (minor << 8) | patch);
    host.setText(L, -2, 'REDIS_VERSION', compatibleRedisVersion);
    extend(host, L);
  }

  /** A script begins: its commands run in this context, under these rules. */
  begin(context: CommandContext, rules: ScriptRules): void {
    this.context = context;
    this.rules = rules;
    this.resp = 2;
  }

  end(): void {
    this.context = undefined;
  }

  /** Whether a script runs. */
  get isRunning(): boolean {
    return this.context !== undefined;
  }

  /** Ends with a Lua error that carries a table, as Redis raises them. */
  fail(L: State, text: string, counted = false): never {
    const vm = this.vmOf();
    pushError(vm, L, text, counted);
    vm.lua.lua_error(L);
    throw new Error('lua_error returned');
  }

  private command(L: State, raises: boolean): number {
    const vm = this.vmOf();
    const { context, rules } = this;
    const refused = this.readArguments(L);
    if (refused !== undefined) return this.answerError(L, refused, false, raises);
    if (context === undefined) {
      return this.answerError(L, 'ERR redis.call/pcall can only be called inside a script invocation', false, raises);
    }
    const { request } = this;
    const entry = this.parts.table.ofRequest(this.request);
    const refusal = entry === undefined ? callErrors.unknownCommand : this.refusal(entry, rules);
    if (refusal !== undefined || entry === undefined) {
      const { statistics } = this.parts;
      const text = refusal ?? callErrors.unknownCommand;
      if (entry !== undefined) statistics.commands.of(entry.id, entry.fullName).rejected++;
      statistics.countError(text);
      return this.answerError(L, text, true, raises);
    }
    const reply = context.calls.call(entry, request, this.resp, rules);
    if (this.toLua?.push(L, reply) === true && raises) vm.lua.lua_error(L);
    return 1;
  }

  private answerError(L: State, text: string, counted: boolean, raises: boolean): number {
    if (raises) this.fail(L, text, counted);
    pushError(this.vmOf(), L, text, counted);
    return 1;
  }

  /** The arguments of the running C function become the request; they stay where they are. Answers the text of what is wrong with them. */
  private readArguments(L: State): string | undefined {
    const vm = this.vmOf();
    const { request } = this;
    const count = vm.argumentCount(L);
    if (count === 0) return callErrors.noArguments;
    let { view } = vm;
    let at = vm.argumentAt(L, 1);
    let numbersAt: Pointer = 0;
    request.attach(vm.heap, view);
    for (let n = 0; n < count; n++, at += VALUE_BYTES) {
      const type = view.getInt32(at + VALUE_TYPE, true);
      if (type === LUA_TSTRING) {
        const string = view.getUint32(at, true);
        request.push(string + STRING_BYTES, view.getUint32(string + STRING_LENGTH, true));
      } else if (type === LUA_TNUMBER) {
        if (numbersAt === 0) {
          // May move the memory, but nothing in it.
          numbersAt = vm.scratch(L, (count - n) * NUMBER_BYTES);
          view = vm.view;
          request.relocate(vm.heap, view);
        }
        const length = writeNumber(vm.heap, numbersAt, view.getFloat64(at, true));
        request.push(numbersAt, length);
        numbersAt += NUMBER_BYTES;
      } else return callErrors.argumentTypes;
    }
    return undefined;
  }

  private refusal({ bits, arity, spec }: CommandEntry, { readOnly }: ScriptRules): string | undefined {
    const { count } = this.request;
    if (arity > 0 ? count !== arity : count < -arity) return callErrors.wrongArity;
    if ((bits & flagBit.noscript) !== 0 && this.parts.denyDisabled?.() !== true) return callErrors.notAllowed;
    // So that one can run while writers are paused.
    if (readOnly && (bits & (flagBit.write | flagBit.may_replicate)) !== 0) return callErrors.readOnly;
    if ((bits & flagBit.blocking) !== 0 && this.asksToBlock()) {
      return `ERR ${spec.name} command is not allowed with BLOCK option from scripts`;
    }
    return undefined;
  }

  /** XREAD and XREADGROUP, the only commands that wait by an option, and may else be called. */
  private asksToBlock(): boolean {
    const { request } = this;
    for (let n = 1; n < request.count && !request.is(n, 'streams'); n++) if (request.is(n, 'block')) return true;
    return false;
  }

  private log(L: State): number {
    const vm = this.vmOf();
    const { lua } = vm;
    const count = lua.lua_gettop(L);
    if (count < 2) this.fail(L, 'ERR redis.log() requires two arguments or more.');
    if (lua.lua_isnumber(L, 1) === 0) this.fail(L, 'ERR First argument must be a number (log level).');
    const level = LOG_LEVELS[lua.lua_tonumber(L, 1)];
    if (level === undefined) return this.fail(L, 'ERR Invalid debug level.');
    const words: string[] = [];
    for (let n = 2; n <= count; n++) {
      const text = vm.text(L, n);
      if (text !== undefined) words.push(Buffer.from(text, 'latin1').toString('utf8'));
    }
    this.parts.log(level, words.join(' '));
    return 0;
  }

  private setResp(L: State): number {
    const { lua } = this.vmOf();
    if (lua.lua_gettop(L) !== 1) this.fail(L, 'ERR redis.setresp() requires one argument.');
    const version = lua.lua_tonumber(L, 1);
    if (version !== 2 && version !== 3) return this.fail(L, 'ERR RESP version must be 2 or 3.');
    this.resp = version;
    return 0;
  }

  private errorReply(L: State): number {
    const vm = this.vmOf();
    const text = this.onlyText(L);
    if (text === undefined) pushError(vm, L, 'ERR wrong number or type of arguments', false);
    else {
      const message = text.startsWith('-') ? text.slice(1) : text;
      pushError(vm, L, message.replace(/[\r\n]+$/, '') || 'ERR ', false);
    }
    return 1;
  }

  private statusReply(L: State): number {
    const vm = this.vmOf();
    const { lua, host } = vm;
    if (this.onlyText(L) === undefined) {
      pushError(vm, L, 'ERR wrong number or type of arguments', false);
      return 1;
    }
    lua.lua_createtable(L, 0, 1);
    lua.lua_pushvalue(L, 1);
    lua.lua_setfield(L, -2, host.text('ok'));
    return 1;
  }

  /** The one argument, if it is one and a string. */
  private onlyText(L: State): string | undefined {
    const vm = this.vmOf();
    if (vm.lua.lua_gettop(L) !== 1 || vm.lua.lua_type(L, 1) !== LUA_TSTRING) return undefined;
    return vm.text(L, 1);
  }

  private sha1Hex(L: State): number {
    const vm = this.vmOf();
    const { lua } = vm;
    if (lua.lua_gettop(L) !== 1) this.fail(L, 'ERR wrong number of arguments');
    const text = vm.text(L, 1) ?? '';
    vm.pushText(L, createHash('sha1').update(text, 'latin1').digest('hex'));
    return 1;
  }

  private setRepl(L: State): number {
    const { lua } = this.vmOf();
    if (lua.lua_gettop(L) !== 1) this.fail(L, 'ERR redis.set_repl() requires two arguments.');
    const flags = lua.lua_tonumber(L, 1);
    if ((flags & ~REPL_ALL) !== 0) {
      this.fail(L, 'ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.');
    }
    return 0;
  }

  private aclCheck(L: State): number {
    const vm = this.vmOf();
    const refused = this.readArguments(L);
    if (refused !== undefined) return this.fail(L, refused);
    const entry = this.parts.table.ofRequest(this.request);
    if (entry === undefined) return this.fail(L, callErrors.invalidForAcl);
    const context = this.context ?? this.fail(L, callErrors.invalidForAcl);
    return pushBoolean(vm.host, L, context.server.acl.allows(context.session, entry, this.request));
  }

  private vmOf(): LuaVm {
    if (this.vm === undefined) throw new Error('the library has not been opened');
    return this.vm;
  }
}

function pushBoolean({ lua }: LuaHost, L: State, value: boolean): number {
  lua.lua_pushboolean(L, value ? 1 : 0);
  return 1;
}

/** Writes a number as `%.17g`; answers the length. */
function writeNumber(heap: Buffer, at: Pointer, value: number): number {
  if (Number.isInteger(value) && Math.abs(value) < PLAIN_LIMIT && !Object.is(value, -0)) {
    return heap.write(String(value), at, 'latin1');
  }
  return heap.write(Number.isNaN(value) ? '-nan' : formatGeneral(value, 17), at, 'latin1');
}
