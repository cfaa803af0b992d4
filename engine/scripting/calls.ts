import type { Request } from '../../protocol/resp/request.ts';
import type { ReplyWriter } from '../../protocol/resp/writer.ts';
import type { CommandError } from '../commands/errors.ts';
import type { CommandEntry } from '../commands/table.ts';

/** What the commands of a running script are subject to, beyond what each of them is by itself. */
export interface ScriptRules {
  /** EVAL_RO and its kin, or the flag `no-writes`: commands with the flag `write` are refused before they come here. */
  readonly readOnly: boolean;
  /** `allow-oom`: commands that may need memory run even above `maxmemory`. */
  readonly allowOom: boolean;
}

/**
 * How a running script runs a command of its own: implemented over the dispatcher, and by a fake in unit tests. The caller has found the
 * command and checked what is particular to scripts: that it may be called from one, its number of arguments, and that it does not write
 * where it must not.
 */
export interface ScriptCalls {
  /** Whether the script runs while no other thread does: only then it may look at keys that it did not declare. Others are started over for it. */
  readonly alone: boolean;
  /** Whether a script looked at keys that it did not declare when it could not be started over any more; asking makes it false. */
  takeBeyond(): boolean;
  /**
   * Runs one command within the running script, in the database of its session, and answers its reply: bytes of RESP `resp` from 0 to
   * `length` of a writer that is good until the next call. An error of the command is a reply too (`-...`), and is counted as the command's.
   * The request's arguments lie in the VM's own memory, and stay there until this returns.
   * What it throws ends the script uncaught, and comes out of `ScriptEngine.run` unchanged: a command that cannot go on here and now
   * makes the whole script run again like this.
   */
  call(entry: CommandEntry, request: Request, resp: 2 | 3, rules: ScriptRules): ReplyWriter;
  /** Whether the script has changed anything: then it cannot be killed. */
  readonly changed: boolean;
  /** Why a script that may need memory cannot begin, if it cannot. */
  memoryRefusal(): CommandError | undefined;
}

/** The script has to start over: under the exclusive lock, or when keys are in RAM. Nothing has changed. */
export class ScriptRestart extends Error {
  override name = 'ScriptRestart';
}
