import type { Request } from '../../protocol/resp/request.ts';
import type { CommandKeys } from '../commands/context.ts';
import type { CommandError } from '../commands/errors.ts';
import type { PiecesMissing } from '../keyspace/pieces-missing.ts';

/** Every key of a nested command is locked, and in RAM if it has to be. */
export const NESTED_READY = 0;
/** One of its keys is not among those that are locked. */
export const NESTED_UNLOCKED = 1;
/** The value of one is on disk: `fetch`, or `readHeld`. */
export const NESTED_COLD = 2;
export type NestedAnswer = typeof NESTED_READY | typeof NESTED_UNLOCKED | typeof NESTED_COLD;

/** What a command needs of its keys, once it is known to need anything. */
export type KeyNeed = 'index' | 'value';

/**
 * The keys of the running command: where they are, locked and looked up. Implemented in engine/keyspace, one per thread.
 * Life of a command: `begin`, `add` for each key, `prepare`; then either the command runs and `release` follows, or a key was cold:
 * nothing is locked, `fetch` asks for it, and the command starts over when `wake` is called.
 */
export interface KeyAccess extends CommandKeys {
  /** Whether lookups of the next command are uses of the keys, see CommandSpec.lookups. */
  touching: boolean;
  /** While clients are paused: expired keys are missing, but are not removed. */
  keepsExpired: boolean;
  /** Forgets the keys of the last command. */
  begin(request: Request, nowMs: number): void;
  add(argIndex: number, db: number, entryOnly?: boolean): void;
  /** Counts every key of the command that ran as hit or miss. */
  countLookups(): void;
  /** Locks the slots of all added keys in ascending order, and looks the keys up; false when `value` is needed and one is cold. */
  prepare(need: KeyNeed): boolean;
  /** The same for a single key: `begin`, `add` and `prepare` in one. */
  prepareOne(request: Request, argIndex: number, db: number, nowMs: number, need: KeyNeed): boolean;
  /**
   * After `prepare` answered false: brings the cold keys into RAM here and now, where that is likely to be quick. True: prepare again, and
   * they will probably be there. False: `fetch`.
   */
  fetchNow(): boolean;
  /**
   * After `prepare` answered false: asks the tier thread for the cold keys of this command. `wake` is called later, never at
   * once, on this thread, and outside of any batch; with an error (`IOERR ...`) when the cold tier failed.
   */
  fetch(wake: (error?: CommandError) => void): void;
  /** Before `release`: asks for nodes of a collection that the command met on disk, before it changed anything. `wake` as for `fetch`. */
  fetchPieces(missing: PiecesMissing, wake: (error?: CommandError) => void): void;
  /** Whether what runs under the present locks has changed anything: then it cannot start over. */
  readonly changed: boolean;
  /** Whether no other thread is active until `release`: slots need no locks. */
  readonly alone: boolean;
  setAlone(alone: boolean): void;
  /**
   * Several commands are to run under the same locks: `beginFrames`; for each of them `addFrame` and `add`; `prepareFrames`, as `prepare`; then
   * `enterFrame` before each, which is false when values have to be read first, by `readHeld`.
   */
  beginFrames(nowMs: number, alone: boolean): void;
  addFrame(request: Request, need: KeyNeed): void;
  prepareFrames(): boolean;
  enterFrame(n: number): boolean;
  /** A command within the running one: `pushFrame`, `add` for its keys, `prepareNested`; `popFrame` when it has run. */
  pushFrame(request: Request): void;
  prepareNested(need: KeyNeed): NestedAnswer;
  popFrame(): void;
  /** After NESTED_UNLOCKED, when it is too late to start over: locks what is missing. False when that takes too long. */
  lockMore(): boolean;
  /** Brings what `prepareNested` (or a lookup of other keys) found cold into RAM, with its slots locked. Throws a CommandError when it cannot. */
  readHeld(): void;
  /** The same for nodes of a collection. */
  readPiecesHeld(missing: PiecesMissing): void;
  /** The command runs again at once, with the keys that it found out by itself: whether `begin` remembers them. */
  readonly others: CommandKeys['others'] & { again: boolean };
  /** Unlocks what `prepare` locked. Harmless when nothing is. */
  release(): void;
}

export const GATE_OPEN = 0;
/** The write is answered by -OOM. */
export const GATE_REFUSES = 1;
/** The disk is behind: the client waits until `whenRoom` calls back. */
export const GATE_SLOWS = 2;
/** The write is answered by -IOERR: memory is full, and the disk takes nothing. */
export const GATE_FAILS = 3;
export type GateAnswer = typeof GATE_OPEN | typeof GATE_REFUSES | typeof GATE_SLOWS | typeof GATE_FAILS;

/** Asked before every command that may need more memory (flag denyoom). */
export interface MemoryGate {
  /** With write-through: what changes now could not be acknowledged, as the disk takes nothing. */
  readonly refusesChanges?: boolean;
  admit(): GateAnswer;
  whenRoom(wake: () => void): void;
  /**
   * A command got no memory for one large block: `wake` is called, as for `whenRoom`, when it may try again, or with an error. False:
   * it can never fit.
   */
  whenFits(wake: (error?: CommandError) => void): boolean;
}

/** The process-wide exclusive lock, as tiers/memory's ExclusiveLock. */
export interface BatchLock {
  enter(): void;
  leave(): void;
  run<T>(body: () => T): T;
}
