import type { Request } from '../../protocol/resp/request.ts';
import type { ReplyWriter } from '../../protocol/resp/writer.ts';
import type { Slice } from '../../tiers/tree/slice.ts';
import type { Waiting } from '../blocking/waiting.ts';
import type { KeyRef } from '../keyspace/key-ref.ts';
import type { ColdNameMemo, Keyspace } from '../keyspace/keyspace.ts';
import type { ScriptCalls } from '../scripting/calls.ts';
import type { ServerLink } from '../server/link.ts';
import type { Session } from '../server/session.ts';
import type { Watches } from '../transactions/watches.ts';

/** The keys of the running command, in the order of its key specifications. */
export interface CommandKeys {
  readonly count: number;
  /** The n-th declared key, counted from 0: locked and looked up. Valid until the command returns. */
  at(n: number): KeyRef;
  /** Only for `declareKeys`. `entryOnly`: the key is at most replaced, so a cold value need not be read. */
  add(argIndex: number, db: number, entryOnly?: boolean): void;
  /** Counts the n-th key as hit or miss: for commands that are not readonly and read (GETEX). For readonly ones the dispatcher does. */
  countLookup(n: number): void;
  /** Keys that the arguments do not name. */
  readonly others: OtherKeys;
}

/** Keys that a command learns of while it runs (SORT ... BY, GET). Only for commands with `declareKeys`. */
export interface OtherKeys {
  /**
   * Looks up a key of database `db`, always the same in one command: locked and in RAM until the command ends, the reference good until the
   * next call. Undefined: not yet; ask for the other keys too, and then `settle`.
   */
  find(db: number, name: Slice): KeyRef | undefined;
  /** When `find` answered undefined: makes the command run again, by throwing. Before anything is changed, or believed. */
  settle(): void;
  /** Counts what `find` found or did not as hits and misses; when the command will not run again. */
  countLookups(): void;
}

/** What a command may use. One object per thread, reused by every command: keep nothing of it. */
export interface CommandContext {
  readonly request: Request;
  readonly reply: ReplyWriter;
  readonly session: Session;
  readonly keys: CommandKeys;
  readonly keyspace: Keyspace;
  readonly server: ServerLink;
  /** For WATCH. */
  readonly watches: Watches;
  /** For scripts: the commands that they call. */
  readonly calls: ScriptCalls;
  /** Whether the command may make its client wait for a key to be filled: not within a transaction or a script. */
  readonly mayBlock: boolean;
  /** Whether a script calls the command. */
  readonly inScript: boolean;
  /** Names of cold keys that an earlier try of the running script has read, to be added to; undefined: this try is the only one. */
  readonly coldNames: ColdNameMemo | undefined;
  /** For commands that do. */
  readonly waiting: Waiting;
  /** Wall clock in ms since 1970 when the batch that this command belongs to began: the same for all of its commands. */
  readonly nowMs: number;
}
