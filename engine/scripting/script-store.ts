import { MAX_THREADS } from '../../tiers/base/limits.ts';

/**
 * Scripts that all threads know, in memory that they share: a log of texts, which each thread reads on from where it stopped when it is
 * asked for a script that it does not know.
 *
 *   0 lock | 4 epoch, of the last SCRIPT FLUSH | 8 bytes in use, this header included | 12 scripts
 *   16 bytes that each thread's Lua uses, 4 each, changed by that thread only
 *   ... each thread's script if it is over its time: SCRIPT_* bits, 4 each, changed by that thread only
 *   ... not 0: that script is to end, 4 each
 *   ... not 0: scripts may call all commands, 4
 *   ... not 0: a thread's script has run for a while, 4 each, changed by that thread only
 *   records ...
 *   record: text length 4 | SHA-1 20 | text, padded to 4
 */
const LOCK = 0;
const EPOCH = 1;
const USED = 2;
const COUNT = 3;
const LUA_BYTES = 4;
const STATE = LUA_BYTES + MAX_THREADS;
const KILL = STATE + MAX_THREADS;
const DENY_DISABLED = KILL + MAX_THREADS;
const SLOW = DENY_DISABLED + 1;
const HEADER_BYTES = 4 * (SLOW + MAX_THREADS);
const RECORD_BYTES = 24;
const SHA_BYTES = 20;

/** Texts of scripts that all threads can know. Address space only, until it is used. */
const STORE_BYTES = 64 * 1024 * 1024;

/** States of a thread's script: it is over its time, it has changed something, it is a function. */
export const SCRIPT_LONG = 1;
export const SCRIPT_WROTE = 2;
export const SCRIPT_FUNCTION = 4;

/** For the state that all threads are started with. */
export function createScriptStore(): SharedArrayBuffer {
  const store = new SharedArrayBuffer(STORE_BYTES);
  Atomics.store(new Int32Array(store), USED, HEADER_BYTES);
  return store;
}

/** One thread's view of the store. */
export class ScriptStore {
  private readonly words: Int32Array;
  private readonly bytes: Buffer;
  private readonly view: DataView;
  private epochRead: number;
  private readTo = HEADER_BYTES;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory, 0, HEADER_BYTES >> 2);
    this.bytes = Buffer.from(memory);
    this.view = new DataView(memory);
    this.epochRead = Atomics.load(this.words, EPOCH);
  }

  /** Whether all scripts were forgotten since this thread looked last: then it has to forget them too. */
  get flushed(): boolean {
    return Atomics.load(this.words, EPOCH) !== this.epochRead;
  }

  get count(): number {
    return Atomics.load(this.words, COUNT);
  }

  get textBytes(): number {
    return Atomics.load(this.words, USED) - HEADER_BYTES - this.count * RECORD_BYTES;
  }

  /** Bytes that Lua uses, over all threads. */
  get luaBytes(): number {
    let sum = 0;
    for (let thread = 0; thread < MAX_THREADS; thread++) sum += Atomics.load(this.words, LUA_BYTES + thread);
    return sum;
  }

  /** Notes what this thread's Lua uses. */
  noteLuaBytes(thread: number, bytes: number): void {
    Atomics.store(this.words, LUA_BYTES + thread, bytes);
  }

  /** What this thread's script does; a new one has not been killed. */
  setState(thread: number, state: number): void {
    if (state === 0 || Atomics.load(this.words, STATE + thread) === 0) Atomics.store(this.words, KILL + thread, 0);
    Atomics.store(this.words, STATE + thread, state);
  }

  isLong(thread: number): boolean {
    return Atomics.load(this.words, STATE + thread) !== 0;
  }

  /** This thread's script has run for a while, or has ended: nothing new should be given to the thread. */
  setSlow(thread: number, slow: boolean): void {
    Atomics.store(this.words, SLOW + thread, slow ? 1 : 0);
  }

  isSlow(thread: number): boolean {
    return Atomics.load(this.words, SLOW + thread) !== 0;
  }

  kill(thread: number): void {
    Atomics.store(this.words, KILL + thread, 1);
  }

  isKilled(thread: number): boolean {
    return Atomics.load(this.words, KILL + thread) !== 0;
  }

  /** DEBUG SET-DISABLE-DENY-SCRIPTS: scripts may call what they else may not, for tests. */
  get denyDisabled(): boolean {
    return Atomics.load(this.words, DENY_DISABLED) !== 0;
  }

  set denyDisabled(disabled: boolean) {
    Atomics.store(this.words, DENY_DISABLED, disabled ? 1 : 0);
  }

  /** Scripts that are over their time. */
  longScripts(): { readonly thread: number; readonly state: number }[] {
    const found: { thread: number; state: number }[] = [];
    for (let thread = 0; thread < MAX_THREADS; thread++) {
      const state = Atomics.load(this.words, STATE + thread);
      if (state !== 0) found.push({ thread, state });
    }
    return found;
  }

  /** Calls back for each script that other threads, or this one, added since the last time, or since the last flush. */
  readNew(onScript: (sha: string, text: Buffer) => void): void {
    const { words } = this;
    if (!this.flushed && Atomics.load(words, USED) === this.readTo) return;
    this.locked(() => {
      if (this.flushed) {
        this.epochRead = Atomics.load(words, EPOCH);
        this.readTo = HEADER_BYTES;
      }
      const end = Atomics.load(words, USED);
      while (this.readTo < end) {
        const at = this.readTo;
        const length = this.view.getUint32(at, true);
        const text = Buffer.allocUnsafeSlow(length);
        this.bytes.copy(text, 0, at + RECORD_BYTES, at + RECORD_BYTES + length);
        onScript(this.bytes.toString('hex', at + 4, at + 4 + SHA_BYTES), text);
        this.readTo = at + recordBytes(length);
      }
    });
  }

  /** Adds a script that `readNew` has not brought. False: there is no room. */
  add(sha: string, text: Buffer): boolean {
    const { words } = this;
    const bytes = recordBytes(text.length);
    return this.locked(() => {
      const at = Atomics.load(words, USED);
      if (at + bytes > STORE_BYTES) return false;
      this.view.setUint32(at, text.length, true);
      this.bytes.write(sha, at + 4, 'hex');
      this.bytes.set(text, at + RECORD_BYTES);
      Atomics.store(words, USED, at + bytes);
      Atomics.add(words, COUNT, 1);
      return true;
    });
  }

  /** Forgets all scripts, for all threads. */
  flush(): void {
    const { words } = this;
    this.locked(() => {
      Atomics.store(words, USED, HEADER_BYTES);
      Atomics.store(words, COUNT, 0);
      Atomics.add(words, EPOCH, 1);
    });
  }

  private locked<T>(body: () => T): T {
    const { words } = this;
    while (Atomics.compareExchange(words, LOCK, 0, 1) !== 0) Atomics.wait(words, LOCK, 1);
    try {
      return body();
    } finally {
      Atomics.store(words, LOCK, 0);
      Atomics.notify(words, LOCK);
    }
  }
}

function recordBytes(length: number): number {
  return RECORD_BYTES + ((length + 3) & ~3);
}
