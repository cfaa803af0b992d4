import type { Request } from '../../../protocol/resp/request.ts';
import type { ReplyWriter } from '../../../protocol/resp/writer.ts';
import { parseInt64 } from '../../../protocol/text/numbers.ts';
import { copyBytes } from '../../../tiers/base/bytes.ts';
import type { CommandContext } from '../../commands/context.ts';
import { AloneNeeded } from '../../dispatch/restarts.ts';
import type { EngineParts } from '../engine.ts';
import { CountedError, ScriptError, scriptErrors } from '../errors.ts';
import { SCRIPT_LIBRARIES } from '../libraries/index.ts';
import { LuaToReply } from '../lua-to-reply.ts';
import { callsForAll } from '../reach.ts';
import { RedisApi } from '../redis-api.ts';
import { BrokenVm, LuaVm, type ScriptFailure, type ScriptRef } from '../vm.ts';
import type { ScriptWatch } from '../watch.ts';
import { FunctionFile } from './function-file.ts';
import { decodeFunctions, encodeFunctions } from './function-payload.ts';
import { asScriptError, FunctionStore } from './function-store.ts';
import { ENGINE, type FunctionInfo, functionErrors, type Library } from './library.ts';
import { readLibraryHeader } from './library-header.ts';
import { LibraryLoader, LoadTimeout } from './library-loader.ts';
import { type FoundFunction, LibrarySet, type RestorePolicy } from './library-set.ts';

export interface FunctionEngineParts extends Omit<EngineParts, 'store' | 'limitMs' | 'onLong'> {
  /** Of this thread's ScriptEngine. */
  readonly watch?: ScriptWatch;
  readonly denyDisabled?: () => boolean;
  /** Of createFunctionStore. */
  readonly store: SharedArrayBuffer;
  /** Where functions are saved, or undefined: then they are lost with the process. */
  readonly folder?: string | undefined;
  readonly thread: number;
}

/** What a VM of functions may grow to. */
const MAX_VM_BYTES = 1 << 30;
const LOAD_TIMEOUT_MS = 500;
const KEY_ARGUMENT = 3;
/** What FUNCTION STATS shows of a command. */
const SHOWN_ARGUMENTS = 16;
const SHOWN_BYTES = 128;

/** A VM with what has been loaded into it. */
interface LoadedVm {
  readonly vm: LuaVm;
  readonly loader: LibraryLoader;
  readonly toReply: LuaToReply;
  /** Lua functions of libraries, by the names of the functions. */
  readonly loaded: Map<Library, ReadonlyMap<string, ScriptRef>>;
}

/**
 * Functions of one thread: all threads know the same libraries, by way of the store; each loads a library into its own VM when one of
 * its functions is called there first. What a library's own local variables hold is therefore each thread's own.
 */
export class FunctionEngine {
  private readonly parts: FunctionEngineParts;
  private readonly store: FunctionStore;
  private readonly api: RedisApi;
  private set = new LibrarySet();
  private version = 0;
  private open: LoadedVm | undefined;
  /** Until when the library that is being loaded may run, in ms of the process's clock. */
  private deadline = 0;
  private readonly file: FunctionFile | undefined;
  /** The function that runs, and whether other threads were told. */
  private current: { readonly name: string; readonly request: Request; noted: boolean } | undefined;
  /** Functions that looked at keys that they did not declare, or whose library's text says that they may. */
  private readonly beyond = new WeakSet<FunctionInfo>();
  /** Saves of this thread, one after the other. */
  private saving: Promise<void> = Promise.resolve();

  constructor(parts: FunctionEngineParts) {
    this.parts = parts;
    this.store = new FunctionStore(parts.store);
    this.api = new RedisApi(parts);
    if (parts.folder !== undefined) this.file = new FunctionFile(parts.folder, parts.thread, this.store);
  }

  /** All libraries, as they are now. */
  get libraries(): LibrarySet {
    if (this.store.version !== this.version) {
      this.store.locked(() => this.follow());
      this.forgetOld();
    }
    return this.set;
  }

  /** Bytes that Lua uses on this thread, 0 as long as it has not been needed. */
  get luaBytes(): number {
    return this.open?.vm.luaBytes ?? 0;
  }

  /** FUNCTION LOAD: answers the library's name. Throws a ScriptError. */
  load(code: Buffer, replace: boolean): string {
    const { name } = readLibraryHeader(code);
    // Before the code is run: this is what is said of a library that is both there and broken.
    if (!replace && this.libraries.library(name) !== undefined) throw functionErrors.libraryExists(name);
    const library = this.stage(code);
    this.change((set) => set.with(library, replace));
    return name;
  }

  /** FUNCTION DELETE. Throws a ScriptError. */
  delete(name: string): void {
    this.change((set) => set.without(name));
  }

  /** FUNCTION FLUSH. */
  flush(): void {
    this.change(() => new LibrarySet());
    if (!this.api.isRunning) this.open = undefined;
  }

  /** FUNCTION DUMP. */
  dump(compress: boolean): Buffer {
    return encodeFunctions(
      this.libraries.libraries.map(({ code }) => code),
      compress,
    );
  }

  /** FUNCTION RESTORE. Throws a ScriptError, and has changed nothing then. */
  restore(payload: Buffer, policy: RestorePolicy): void {
    const restored = this.stageAll(decodeFunctions(payload));
    this.change((set) => set.joined(restored, policy));
  }

  /** Saves what is there now, if functions are saved at all. A failure is a word in the log. */
  save(): Promise<void> | undefined {
    const { file } = this;
    if (file === undefined) return undefined;
    const payload = this.dump(true);
    const { version } = this;
    this.saving = this.saving
      .then(() => file.save(payload, version))
      .catch((error: unknown) => {
        const text = error instanceof Error ? error.message : String(error);
        this.parts.log('warning', `Functions could not be saved: ${text}`);
      });
    return this.saving;
  }

  /** Whether the function that argument 1 names says that it does not write. */
  onlyReads(request: Request): boolean {
    return this.libraries.function(request.latin1(1))?.info.flags.noWrites ?? false;
  }

  /** FCALL and FCALL_RO: argument 1 names the function. */
  call(context: CommandContext, readOnly: boolean): void {
    const found = this.libraries.function(context.request.latin1(1));
    if (found === undefined) throw functionErrors.notFound;
    const keys = keyCount(context);
    const { noWrites, allowOom } = found.info.flags;
    if (readOnly && !noWrites) throw scriptErrors.readOnlyNeeded;
    const loaded = this.openVm();
    try {
      const ref = this.refOf(loaded, found);
      if (this.beyond.has(found.info) && !context.calls.alone) throw new AloneNeeded();
      this.api.begin(context, { readOnly: readOnly || noWrites, allowOom });
      this.parts.watch?.begin(context.calls, true);
      this.run(loaded, context, ref, keys, found.info.name);
    } catch (error) {
      if (error instanceof AloneNeeded) this.beyond.add(found.info);
      throw error instanceof BrokenVm ? this.brokenBy(error) : error;
    } finally {
      if (context.calls.takeBeyond()) this.beyond.add(found.info);
      this.parts.watch?.end();
      this.api.end();
      if (loaded.vm.broken) this.open = undefined;
      else loaded.vm.trim();
    }
  }

  private run({ vm, toReply }: LoadedVm, context: CommandContext, ref: ScriptRef, keys: number, name: string): void {
    const { session } = context;
    const { db, lastCommand } = session;
    this.current = { name, request: context.request, noted: false };
    try {
      vm.pushRef(ref);
      pushArguments(vm, context, keys);
      const failure = vm.call(2);
      if (failure !== undefined) throw describe(failure, name);
      toReply.write(context.reply, this.api.resp);
    } finally {
      if (this.current.noted) this.store.setRunning(this.parts.thread, undefined);
      this.current = undefined;
      if (!vm.broken) vm.clear();
      session.db = db;
      session.lastCommand = lastCommand;
    }
  }

  private brokenBy(error: BrokenVm): ScriptError {
    const { cause } = error;
    // A mistake of ours, not the function's.
    if (cause instanceof Error && cause.constructor.name !== 'RuntimeError') throw cause;
    return new ScriptError(`ERR Error running script: ${error.message}`);
  }

  /** FUNCTION STATS. */
  writeStats(reply: ReplyWriter): void {
    const { libraryCount, functionCount } = this.libraries;
    const { running } = this.store;
    reply.map(2);
    reply.text('running_script');
    if (running === undefined) {
      reply.nil();
    } else {
      reply.map(3);
      reply.text('name');
      reply.text(running.name);
      reply.text('command');
      reply.raw(running.command);
      reply.text('duration_ms');
      reply.integer(Math.max(0, Date.now() - running.sinceMs));
    }
    reply.text('engines');
    reply.map(1);
    reply.text(ENGINE);
    reply.map(2);
    reply.text('libraries_count');
    reply.integer(libraryCount);
    reply.text('functions_count');
    reply.integer(functionCount);
  }

  /** Changes the libraries of all threads in one step; `next` throws a ScriptError when it may not be. */
  private change(next: (set: LibrarySet) => LibrarySet): void {
    try {
      this.store.locked(() => {
        this.follow();
        const set = next(this.set);
        this.store.write(set.libraries);
        this.set = set;
        this.version = this.store.version;
      });
    } finally {
      this.forgetOld();
    }
  }

  /** Reads the store, whose lock is held, if another thread changed it. */
  private follow(): void {
    const { version } = this.store;
    if (version === this.version) return;
    const content = this.store.read();
    if (content.kind === 'payload') {
      this.set = this.stageFound(content.payload);
      this.store.write(this.set.libraries);
    } else {
      // What is as it was keeps what is loaded of it.
      const kept = content.libraries.map((library) => {
        const known = this.set.library(library.name);
        return known?.code.equals(library.code) === true ? known : library;
      });
      this.set = new LibrarySet(kept);
    }
    this.version = this.store.version;
  }

  /** What was saved before the server was started. A library that cannot be loaded any more is left out, with a word in the log. */
  private stageFound(payload: Buffer): LibrarySet {
    let set = new LibrarySet();
    for (const code of decodeFunctions(payload)) {
      try {
        set = set.with(this.stage(code), false);
      } catch (error) {
        this.parts.log('warning', `A library of functions could not be loaded: ${asScriptError(error).message}`);
      }
    }
    return set;
  }

  private stageAll(codes: readonly Buffer[]): LibrarySet {
    let set = new LibrarySet();
    for (const code of codes) {
      const { name } = readLibraryHeader(code);
      if (set.library(name) !== undefined) throw functionErrors.libraryExists(name);
      set = set.with(this.stage(code), false);
    }
    return set;
  }

  /** Runs a library's code, so that what it registers is known. */
  private stage(code: Buffer): Library {
    const { name, start } = readLibraryHeader(code);
    const loaded = this.openVm();
    const functions = this.timed(() => loaded.loader.load(code, start));
    const library = { name, code, functions: functions.map(({ info }) => info) };
    loaded.loaded.set(library, new Map(functions.map(({ info, ref }) => [info.name, ref])));
    this.noteReach(library);
    return library;
  }

  private refOf(loaded: LoadedVm, { info, library }: FoundFunction): ScriptRef {
    let refs = loaded.loaded.get(library);
    if (refs === undefined) {
      const { start } = readLibraryHeader(library.code);
      const functions = this.timed(() => loaded.loader.load(library.code, start));
      refs = new Map(functions.map((one) => [one.info.name, one.ref]));
      loaded.loaded.set(library, refs);
      this.noteReach(library);
    }
    const ref = refs.get(info.name);
    if (ref === undefined) throw functionErrors.notFound;
    return ref;
  }

  private noteReach({ code, functions }: Library): void {
    if (callsForAll(code, this.parts.table)) for (const info of functions) this.beyond.add(info);
  }

  private timed<T>(body: () => T): T {
    this.deadline = performance.now() + LOAD_TIMEOUT_MS;
    try {
      return body();
    } catch (error) {
      if (this.open?.vm.broken === true) this.open = undefined;
      throw error instanceof BrokenVm ? this.brokenBy(error) : error;
    } finally {
      this.deadline = 0;
    }
  }

  /** Lua functions of libraries that are gone. */
  private forgetOld(): void {
    const { open } = this;
    if (open === undefined) return;
    const current = new Set(this.set.libraries);
    for (const [library, refs] of open.loaded) {
      if (current.has(library)) continue;
      for (const ref of refs.values()) open.vm.release(ref);
      open.loaded.delete(library);
    }
  }

  private openVm(): LoadedVm {
    if (this.open !== undefined && !this.open.vm.broken) return this.open;
    const { parts, api } = this;
    const vm = new LuaVm({
      maxBytes: MAX_VM_BYTES,
      libraries: [['redis', (host, L, owner) => api.open(host, L, owner)], ...SCRIPT_LIBRARIES],
      onInstructions: () => this.onInstructions(),
    });
    const toReply = new LuaToReply(vm, (message) => parts.statistics.countError(message));
    this.open = { vm, loader: new LibraryLoader(vm, api), toReply, loaded: new Map() };
    return this.open;
  }

  private onInstructions(): void {
    if (this.deadline !== 0) {
      if (performance.now() > this.deadline) throw new LoadTimeout();
      return;
    }
    const { current } = this;
    if (current !== undefined && !current.noted) {
      current.noted = true;
      const { name, request } = current;
      this.store.setRunning(this.parts.thread, { name, sinceMs: Date.now(), command: commandOf(request) });
    }
    this.parts.watch?.poll();
  }
}

/** A request as RESP; long arguments are cut, and only the first ones are there. */
function commandOf(request: Request): Buffer {
  const count = Math.min(request.count, SHOWN_ARGUMENTS);
  const parts: Buffer[] = [Buffer.from(`*${count}\r\n`)];
  for (let n = 0; n < count; n++) {
    const bytes = request.copy(n).subarray(0, SHOWN_BYTES);
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

/** Keys and other arguments, as two tables. */
function pushArguments(vm: LuaVm, { request }: CommandContext, keys: number): void {
  const { lua, L } = vm;
  const { count } = request;
  // Arguments of one request lie behind each other.
  const from = count > KEY_ARGUMENT ? request.start(KEY_ARGUMENT) : 0;
  const bytes = count > KEY_ARGUMENT ? request.end(count - 1) - from : 0;
  const copy = vm.scratch(L, bytes);
  copyBytes(vm.view, vm.heap, copy, request.view, request.bytes, from, bytes);
  for (let group = 0, n = KEY_ARGUMENT; group < 2; group++) {
    const end = group === 0 ? KEY_ARGUMENT + keys : count;
    lua.lua_createtable(L, end - n, 0);
    for (let at = 1; n < end; n++, at++) {
      lua.lua_pushlstring(L, copy + request.start(n) - from, request.length(n));
      lua.lua_rawseti(L, -2, at);
    }
  }
}

/** Argument 2, checked. */
function keyCount({ request }: CommandContext): number {
  const keys = parseInt64(request.bytes, request.start(2), request.length(2));
  if (keys === undefined) throw functionErrors.badKeyCount;
  if (keys > request.count - KEY_ARGUMENT) throw scriptErrors.tooManyKeys;
  if (keys < 0) throw scriptErrors.negativeKeys;
  return Number(keys);
}

function describe({ message, source, line, counted }: ScriptFailure, name: string): ScriptError {
  const text = line !== 0 && source !== '' ? `${message} script: ${name}, on ${source}:${line}.` : message;
  return counted ? new CountedError(text) : new ScriptError(text);
}
