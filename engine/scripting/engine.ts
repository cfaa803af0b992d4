import { createHash } from 'node:crypto';
import type { Request } from '../../protocol/resp/request.ts';
import { parseInt64 } from '../../protocol/text/numbers.ts';
import { copyBytes } from '../../tiers/base/bytes.ts';
import type { CommandContext } from '../commands/context.ts';
import { errors } from '../commands/errors.ts';
import type { CommandTable } from '../commands/table.ts';
import { AloneNeeded } from '../dispatch/restarts.ts';
import type { Statistics } from '../server/statistics.ts';
import type { ScriptRules } from './calls.ts';
import { CountedError, ScriptError, scriptErrors } from './errors.ts';
import type { Pointer } from './libraries/host.ts';
import { SCRIPT_LIBRARIES } from './libraries/index.ts';
import { LuaToReply } from './lua-to-reply.ts';
import { callsForAll } from './reach.ts';
import { RedisApi, type ScriptLog } from './redis-api.ts';
import { ScriptStore } from './script-store.ts';
import { readShebang, type ScriptFlags } from './shebang.ts';
import { AT_ARGV_NAME, AT_GLOBALS, AT_KEYS_NAME, BrokenVm, LuaVm, type ScriptFailure, type ScriptRef } from './vm.ts';
import { killScripts, ScriptKilled, ScriptWatch } from './watch.ts';

/** A script that this thread knows. */
interface Script {
  readonly sha: string;
  readonly text: Buffer;
  readonly flags: ScriptFlags;
  /** What its commands are subject to, by EVAL and by EVAL_RO. */
  readonly rules: ScriptRules;
  readonly readingRules: ScriptRules;
  /** Compiled in the VM of this number; 0 in none. */
  vmNumber: number;
  ref: ScriptRef;
  /** It looked at keys that it did not declare, or its text says that it will. */
  beyond: boolean;
}

export interface EngineParts {
  readonly table: CommandTable;
  readonly statistics: Statistics;
  readonly log: ScriptLog;
  readonly thread: number;
  /** Of createScriptStore. */
  readonly store: SharedArrayBuffer;
  /** `busy-reply-threshold`. */
  readonly limitMs: () => number;
  /** Called now and then while a script is over its time. */
  readonly onLong: () => void;
}

/** What the VM of a thread may grow to. */
const MAX_VM_BYTES = 1 << 30;
/** A VM that grew beyond this is given up after the script: its memory can only grow, and scripts leave nothing in it. */
const KEPT_VM_BYTES = 128 << 20;
/** Longer texts are found by their SHA-1: a string of them would be made for each call. */
const MAX_TEXT_KEY = 2048;
const MAX_COMPARED = 512;
const KEY_ARGUMENT = 3;
const SHA_LENGTH = 40;
const RUNS_PER_NOTE = 64;

/** EVAL's Lua, of one thread: the VM, made when a script comes first, and all scripts. */
export class ScriptEngine {
  readonly store: ScriptStore;
  /** For whatever Lua runs on this thread. */
  readonly watch: ScriptWatch;
  private readonly parts: EngineParts;
  private readonly bySha = new Map<string, Script>();
  private readonly byText = new Map<string, Script>();
  private readonly api: RedisApi;
  /** EVAL's last one: clients tend to run the same script again. */
  private last: Script | undefined;
  private vm: LuaVm | undefined;
  private vmNumber = 0;
  private toReply: LuaToReply | undefined;
  private running = false;
  private runs = 0;

  constructor(parts: EngineParts) {
    this.parts = parts;
    this.store = new ScriptStore(parts.store);
    this.api = new RedisApi({ ...parts, denyDisabled: () => this.store.denyDisabled });
    this.watch = new ScriptWatch({
      store: this.store,
      thread: parts.thread,
      limitMs: parts.limitMs,
      log: (text) => parts.log('warning', text),
      onLong: parts.onLong,
    });
  }

  /** EVAL and EVAL_RO: argument 1 is the script. */
  eval(context: CommandContext, readOnly: boolean): void {
    const keys = keyCount(context);
    this.followFlush();
    const { request } = context;
    const { last } = this;
    const script = last !== undefined && isText(request, last.text) ? last : this.findText(request);
    this.last = script;
    this.run(context, script, keys, readOnly);
  }

  /** EVALSHA and EVALSHA_RO: argument 1 is the SHA-1 of a script that some thread knows. */
  evalSha(context: CommandContext, readOnly: boolean): void {
    const keys = keyCount(context);
    this.followFlush();
    const { request } = context;
    if (request.length(1) !== SHA_LENGTH) throw scriptErrors.noScript;
    const script = this.find(request.latin1(1));
    if (script === undefined) throw scriptErrors.noScript;
    this.run(context, script, keys, readOnly);
  }

  /** Whether the script of an EVAL (`bySha`: EVALSHA) that is to come says in its first line that it does not write. */
  onlyReads(request: Request, bySha: boolean): boolean {
    if (bySha) return this.find(request.latin1(1))?.flags.noWrites ?? false;
    const length = request.length(1);
    const known = length <= MAX_TEXT_KEY ? this.byText.get(request.latin1(1)) : undefined;
    if (known !== undefined) return known.flags.noWrites;
    try {
      return readShebang(request.slice(1)).flags.noWrites;
    } catch (error) {
      if (error instanceof ScriptError) return false;
      throw error;
    }
  }

  /** SCRIPT LOAD: answers the SHA-1. Throws for a text that does not compile. */
  loadText(text: Buffer): string {
    this.followFlush();
    return this.load(text).sha;
  }

  /** SCRIPT EXISTS. */
  has(sha: string): boolean {
    this.followFlush();
    return this.find(sha) !== undefined;
  }

  /** SCRIPT KILL and FUNCTION KILL. Throws when there is nothing to kill. */
  kill(functions = false): void {
    killScripts(this.store, functions);
  }

  /** SCRIPT FLUSH: all threads forget all scripts. */
  flush(): void {
    this.store.flush();
    this.followFlush();
  }

  /** Bytes that Lua uses, over all threads; of others, as of a few scripts ago. */
  get luaBytes(): number {
    this.noteLuaBytes();
    return this.store.luaBytes;
  }

  private noteLuaBytes(): void {
    this.store.noteLuaBytes(this.parts.thread, this.vm?.luaBytes ?? 0);
  }

  private findText(request: Request): Script {
    const key = request.length(1) <= MAX_TEXT_KEY ? request.latin1(1) : undefined;
    return (key === undefined ? undefined : this.byText.get(key)) ?? this.load(request.copy(1));
  }

  private find(sha: string): Script | undefined {
    const name = sha.toLowerCase();
    const known = this.bySha.get(name);
    if (known !== undefined) return known;
    this.readNew();
    return this.bySha.get(name);
  }

  private readNew(): void {
    this.store.readNew((sha, text) => {
      if (!this.bySha.has(sha)) this.remember(sha, text);
    });
  }

  /** Forgets everything if a thread said so. */
  private followFlush(): void {
    if (!this.store.flushed) return;
    this.last = undefined;
    this.bySha.clear();
    this.byText.clear();
    // Its memory goes with it.
    if (!this.running) this.dropVm();
    this.readNew();
  }

  /** Compiles a script that is new, and makes it known to all. */
  private load(text: Buffer): Script {
    const sha = createHash('sha1').update(text).digest('hex');
    const known = this.find(sha);
    if (known !== undefined) {
      this.noteText(known);
      return known;
    }
    const script: Script = this.newScript(sha, text);
    this.compile(script);
    if (!this.store.add(sha, text)) throw scriptErrors.noMemory;
    return this.remember(sha, text, script);
  }

  private remember(sha: string, text: Buffer, script?: Script): Script {
    const made = script ?? this.newScript(sha, text);
    this.bySha.set(sha, made);
    this.noteText(made);
    return made;
  }

  private newScript(sha: string, text: Buffer): Script {
    const { flags } = readShebang(text);
    const { noWrites, allowOom } = flags;
    const rules = { readOnly: noWrites, allowOom };
    const beyond = callsForAll(text, this.parts.table);
    return { sha, text, flags, rules, readingRules: { readOnly: true, allowOom }, vmNumber: 0, ref: 0, beyond };
  }

  private noteText(script: Script): void {
    if (script.text.length <= MAX_TEXT_KEY) this.byText.set(script.text.latin1Slice(), script);
  }

  private compile(script: Script): void {
    const vm = this.openVm();
    if (script.vmNumber === this.vmNumber) return;
    const compiled = vm.compile(script.text.subarray(readShebang(script.text).start), '@user_script');
    if (typeof compiled === 'string') throw new ScriptError(`ERR Error compiling script (new function): ${compiled}`);
    script.ref = compiled;
    script.vmNumber = this.vmNumber;
  }

  private openVm(): LuaVm {
    if (this.vm !== undefined && !this.vm.broken) return this.vm;
    const { parts, api } = this;
    const vm = new LuaVm({
      maxBytes: MAX_VM_BYTES,
      libraries: [['redis', (host, L, owner) => api.open(host, L, owner)], ...SCRIPT_LIBRARIES],
      onInstructions: () => this.watch.poll(),
    });
    this.vm = vm;
    this.vmNumber++;
    this.toReply = new LuaToReply(vm, (message) => parts.statistics.countError(message));
    return vm;
  }

  private dropVm(): void {
    this.vm = undefined;
    this.toReply = undefined;
    this.noteLuaBytes();
  }

  private run(context: CommandContext, script: Script, keys: number, readOnly: boolean): void {
    const { flags } = script;
    if (script.beyond && !context.calls.alone) throw new AloneNeeded();
    if (readOnly && flags.declared && !flags.noWrites) throw scriptErrors.readOnlyNeeded;
    const rules = readOnly ? script.readingRules : script.rules;
    if (flags.declared && !rules.readOnly && !rules.allowOom) {
      const refusal = context.calls.memoryRefusal();
      if (refusal !== undefined) throw refusal;
    }
    this.compile(script);
    const vm = this.openVm();
    const { session } = context;
    const { db, lastCommand } = session;
    this.api.begin(context, rules);
    this.running = true;
    this.watch.begin(context.calls, false);
    try {
      this.setArguments(vm, context, keys);
      vm.pushRef(script.ref);
      const failure = vm.call(0);
      if (failure !== undefined) throw describe(failure, script.sha);
      this.toReply?.write(context.reply, this.api.resp);
    } catch (error) {
      if (error instanceof AloneNeeded) script.beyond = true;
      if (error instanceof ScriptKilled)
        throw describe({ message: error.message, ...vm.endedAt, counted: false }, script.sha);
      throw error instanceof BrokenVm ? this.brokenBy(error) : error;
    } finally {
      this.running = false;
      this.watch.end();
      if (context.calls.takeBeyond()) script.beyond = true;
      this.api.end();
      session.db = db;
      session.lastCommand = lastCommand;
      this.tidy(vm);
    }
  }

  /** KEYS and ARGV, which scripts see as globals. */
  private setArguments(vm: LuaVm, { request }: CommandContext, keys: number): void {
    const { lua, L } = vm;
    const { count } = request;
    let copy: Pointer = 0;
    let from = 0;
    if (count > KEY_ARGUMENT) {
      // Arguments of one request lie behind each other.
      from = request.start(KEY_ARGUMENT);
      const bytes = request.end(count - 1) - from;
      copy = vm.scratch(L, bytes);
      copyBytes(vm.view, vm.heap, copy, request.view, request.bytes, from, bytes);
    }
    for (let group = 0, n = KEY_ARGUMENT; group < 2; group++) {
      const end = group === 0 ? KEY_ARGUMENT + keys : count;
      lua.lua_pushvalue(L, group === 0 ? AT_KEYS_NAME : AT_ARGV_NAME);
      lua.lua_createtable(L, end - n, 0);
      for (let at = 1; n < end; n++, at++) {
        lua.lua_pushlstring(L, copy + request.start(n) - from, request.length(n));
        lua.lua_rawseti(L, -2, at);
      }
      lua.lua_rawset(L, AT_GLOBALS);
    }
  }

  private brokenBy(error: BrokenVm): ScriptError {
    const { cause } = error;
    // A mistake of ours, not the script's.
    if (cause instanceof Error && cause.constructor.name !== 'RuntimeError') throw cause;
    return new ScriptError(`ERR Error running script: ${error.message}`);
  }

  private tidy(vm: LuaVm): void {
    if (vm.broken) {
      this.dropVm();
      return;
    }
    vm.clear();
    vm.trim();
    if (vm.memoryBytes > KEPT_VM_BYTES) this.dropVm();
    else if (++this.runs % RUNS_PER_NOTE === 0) this.noteLuaBytes();
  }
}

/** Whether argument 1 is this text; long ones are not compared. */
function isText(request: Request, text: Buffer): boolean {
  const length = text.length;
  if (request.length(1) !== length || length > MAX_COMPARED) return false;
  const { bytes } = request;
  const start = request.start(1);
  for (let i = 0; i < length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}

/** Argument 2, checked. */
function keyCount({ request }: CommandContext): number {
  const keys = parseInt64(request.bytes, request.start(2), request.length(2));
  if (keys === undefined) throw errors.notInteger;
  if (keys > request.count - KEY_ARGUMENT) throw scriptErrors.tooManyKeys;
  if (keys < 0) throw scriptErrors.negativeKeys;
  return Number(keys);
}

function describe({ message, source, line, counted }: ScriptFailure, sha: string): ScriptError {
  const text = line !== 0 && source !== '' ? `${message} script: ${sha}, on ${source}:${line}.` : message;
  return counted ? new CountedError(text) : new ScriptError(text);
}
