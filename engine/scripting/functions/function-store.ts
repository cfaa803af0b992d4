import { MAX_THREADS } from '../../../tiers/base/limits.ts';
import { ScriptError } from '../errors.ts';
import { functionErrors, type Library } from './library.ts';

/**
 * All libraries of functions in memory that the threads share. A change writes all of it anew, under a lock, and counts the version up; each
 * thread reads it when it sees that the version is another one.
 *
 *   0 lock | 4 version | 8 bytes of content | 12 kind of content | 16 version on disk | 20 content ...
 *   content LIBRARIES: records of: header length 4 | code length 4 | header (JSON of name and functions) | code
 *   content PAYLOAD: what FUNCTION DUMP answers, as it was found on disk: nobody has run it yet
 */
const LOCK = 0;
const VERSION = 1;
const LENGTH = 2;
const KIND = 3;
const VERSION_ON_DISK = 4;
const HEADER_WORDS = 5;
const HEADER_BYTES = HEADER_WORDS * 4;
const RECORD_BYTES = 8;

const LIBRARIES = 0;
const PAYLOAD = 1;

/** Code of all libraries. Address space only, until it is used. */
const STORE_BYTES = 64 * 1024 * 1024;

/**
 * Behind it, for each thread, the function that runs there if it is over its time, changed by that thread only:
 *
 *   0 length of what follows, 0 for none | 8 since when, ms since 1970 | 16 length of the name | 20 name | command, as RESP
 */
const RUNNING_BYTES = 4096;
const RUNNING_NAME = 20;

/** A function that is over its time. */
export interface RunningFunction {
  readonly name: string;
  readonly sinceMs: number;
  /** RESP: an array of bulk strings. */
  readonly command: Buffer;
}

/** For the state that all threads are started with. `payload`: what was saved. Throws an Error with a line for the operator. */
export function createFunctionStore(payload?: Buffer): SharedArrayBuffer {
  const store = new SharedArrayBuffer(STORE_BYTES + MAX_THREADS * RUNNING_BYTES);
  if (payload === undefined) return store;
  if (payload.length > STORE_BYTES - HEADER_BYTES)
    throw new Error(`The saved functions have ${payload.length} bytes: no more than ${STORE_BYTES} can be loaded.`);
  Buffer.from(store).set(payload, HEADER_BYTES);
  const words = new Int32Array(store, 0, HEADER_WORDS);
  words[LENGTH] = payload.length;
  words[KIND] = PAYLOAD;
  words[VERSION] = 1;
  words[VERSION_ON_DISK] = 1;
  return store;
}

/** What a thread finds in the store. */
export type StoreContent =
  | { readonly kind: 'libraries'; readonly libraries: readonly Library[] }
  | { readonly kind: 'payload'; readonly payload: Buffer };

/** One thread's view of the store. */
export class FunctionStore {
  private readonly words: Int32Array;
  private readonly bytes: Buffer;
  private readonly view: DataView;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory, 0, HEADER_WORDS);
    this.bytes = Buffer.from(memory);
    this.view = new DataView(memory);
  }

  /** Changes with every change by any thread; 0 as long as there never were functions. */
  get version(): number {
    return Atomics.load(this.words, VERSION);
  }

  /** Runs `body` while no other thread reads or changes the store. Not within itself. */
  locked<T>(body: () => T): T {
    const { words } = this;
    while (Atomics.compareExchange(words, LOCK, 0, 1) !== 0) Atomics.wait(words, LOCK, 1);
    try {
      return body();
    } finally {
      Atomics.store(words, LOCK, 0);
      Atomics.notify(words, LOCK);
    }
  }

  /** Locked only. */
  read(): StoreContent {
    const end = HEADER_BYTES + Atomics.load(this.words, LENGTH);
    if (Atomics.load(this.words, KIND) === PAYLOAD)
      return { kind: 'payload', payload: Buffer.from(this.bytes.subarray(HEADER_BYTES, end)) };
    const libraries: Library[] = [];
    for (let at = HEADER_BYTES; at < end; ) {
      const codeAt = at + RECORD_BYTES + this.view.getUint32(at, true);
      const codeEnd = codeAt + this.view.getUint32(at + 4, true);
      const header: Omit<Library, 'code'> = JSON.parse(this.bytes.toString('utf8', at + RECORD_BYTES, codeAt));
      libraries.push({ ...header, code: Buffer.from(this.bytes.subarray(codeAt, codeEnd)) });
      at = codeEnd;
    }
    return { kind: 'libraries', libraries };
  }

  /** Locked only. Throws a ScriptError, and changes nothing, when there is no room. */
  write(libraries: readonly Library[]): void {
    const headers = libraries.map(({ name, functions }) => Buffer.from(JSON.stringify({ name, functions })));
    const length = libraries.reduce(
      (sum, { code }, n) => sum + RECORD_BYTES + (headers[n]?.length ?? 0) + code.length,
      0,
    );
    if (length > STORE_BYTES - HEADER_BYTES) throw functionErrors.noMemory;
    let at = HEADER_BYTES;
    for (const [n, { code }] of libraries.entries()) {
      const header = headers[n] ?? Buffer.alloc(0);
      this.view.setUint32(at, header.length, true);
      this.view.setUint32(at + 4, code.length, true);
      this.bytes.set(header, at + RECORD_BYTES);
      this.bytes.set(code, at + RECORD_BYTES + header.length);
      at += RECORD_BYTES + header.length + code.length;
    }
    Atomics.store(this.words, LENGTH, length);
    Atomics.store(this.words, KIND, LIBRARIES);
    Atomics.add(this.words, VERSION, 1);
  }

  /** Says what runs on a thread; undefined: nothing. Of a long command, as many arguments as there is room for. */
  setRunning(thread: number, running: RunningFunction | undefined): void {
    const at = STORE_BYTES + thread * RUNNING_BYTES;
    this.view.setInt32(at, 0, true);
    if (running === undefined) return;
    const name = Buffer.from(running.name, 'latin1');
    const length = RUNNING_NAME + name.length + running.command.length;
    if (length > RUNNING_BYTES) return;
    this.view.setFloat64(at + 8, running.sinceMs, true);
    this.view.setInt32(at + 16, name.length, true);
    this.bytes.set(name, at + RUNNING_NAME);
    this.bytes.set(running.command, at + RUNNING_NAME + name.length);
    this.view.setInt32(at, length, true);
  }

  /** A function that is over its time, on whatever thread. */
  get running(): RunningFunction | undefined {
    for (let thread = 0; thread < MAX_THREADS; thread++) {
      const at = STORE_BYTES + thread * RUNNING_BYTES;
      const length = this.view.getInt32(at, true);
      if (length === 0) continue;
      const bytes = Buffer.from(this.bytes.subarray(at, at + length));
      const commandAt = RUNNING_NAME + bytes.readInt32LE(16);
      const name = bytes.latin1Slice(RUNNING_NAME, commandAt);
      // It may have ended meanwhile, and another one begun.
      if (this.view.getInt32(at, true) !== length) continue;
      return { name, sinceMs: bytes.readDoubleLE(8), command: bytes.subarray(commandAt) };
    }
    return undefined;
  }

  /** Locked only. Whether nothing newer is on disk: then `version` is what is there from now on. */
  saves(version: number): boolean {
    if (((version - Atomics.load(this.words, VERSION_ON_DISK)) | 0) <= 0) return false;
    Atomics.store(this.words, VERSION_ON_DISK, version);
    return true;
  }
}

/** What was thrown, if it is a script's own error; throws anything else. */
export function asScriptError(thrown: unknown): ScriptError {
  if (thrown instanceof ScriptError) return thrown;
  throw thrown;
}
