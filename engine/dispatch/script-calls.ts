import type { Request } from '../../protocol/resp/request.ts';
import { ReplyWriter } from '../../protocol/resp/writer.ts';
import { CommandError, errors } from '../commands/errors.ts';
import { flagBit } from '../commands/flags.ts';
import type { DeferredReply } from '../commands/spec.ts';
import type { CommandEntry } from '../commands/table.ts';
import { KeysMissing } from '../keyspace/other-keys.ts';
import type { ScriptCalls, ScriptRules } from '../scripting/calls.ts';
import type { Statistics } from '../server/statistics.ts';
import type { ThreadContext } from './context.ts';
import {
  GATE_FAILS,
  GATE_OPEN,
  GATE_REFUSES,
  type KeyAccess,
  type MemoryGate,
  NESTED_COLD,
  NESTED_UNLOCKED,
} from './hooks.ts';
import type { NestedRuns } from './nested.ts';
import { AloneNeeded, AnswerNeeded, type Restarts, RoomNeeded, ValuesMissing } from './restarts.ts';

const mustWait = new CommandError(
  'ERR This command has to wait for the disk or for other threads, which a script that has changed something cannot',
);
const wholeKeyspace = new CommandError(
  'ERR This command needs all keys, which a script that has changed something cannot get any more. It will have them from its next run on',
);
const undeclared = new CommandError(
  'ERR Script attempted to access a key that it did not declare, and that another script is using',
);

/** The command's error is written, and counted. */
const REFUSED = Symbol('refused');

/** Commands that a script calls: each on the slots that the script has locked, with a reply of its own. */
export class NestedScriptCalls implements ScriptCalls {
  private readonly context: ThreadContext;
  private readonly keys: KeyAccess;
  private readonly nested: NestedRuns;
  private readonly gate: MemoryGate;
  private readonly statistics: Statistics;
  private readonly restarts: Restarts;
  private readonly reply = new ReplyWriter();
  private beyond = false;

  constructor(
    context: ThreadContext,
    nested: NestedRuns,
    restarts: Restarts,
    gate: MemoryGate,
    statistics: Statistics,
  ) {
    this.context = context;
    this.keys = context.keys;
    this.nested = nested;
    this.restarts = restarts;
    this.gate = gate;
    this.statistics = statistics;
  }

  /** Whether the script runs while no other thread does: what it needs when it looks at keys that it did not declare. */
  get alone(): boolean {
    return this.keys.alone;
  }

  takeBeyond(): boolean {
    const { beyond } = this;
    this.beyond = false;
    return beyond;
  }

  call(entry: CommandEntry, request: Request, resp: 2 | 3, rules: ScriptRules): ReplyWriter {
    const { context, reply } = this;
    const { request: outer, reply: outerReply, mayBlock, inScript, coldNames } = context;
    reply.reset();
    reply.resp = resp;
    context.reply = reply;
    context.request = request;
    context.mayBlock = false;
    context.inScript = true;
    try {
      const refusal = this.denial(entry, request) ?? this.refusal(entry, rules);
      if (refusal !== undefined) this.refuse(entry, refusal);
      else this.runOnFrame(entry, request);
      return reply;
    } finally {
      context.reply = outerReply;
      context.request = outer;
      context.mayBlock = mayBlock;
      context.inScript = inScript;
      context.coldNames = coldNames;
    }
  }

  private runOnFrame(entry: CommandEntry, request: Request): void {
    const { keys } = this;
    keys.pushFrame(request);
    try {
      this.run(entry, request);
    } finally {
      keys.popFrame();
    }
  }

  private run(entry: CommandEntry, request: Request): void {
    const { context, keys, restarts } = this;
    const { session } = context;
    const { reach, waits } = entry;
    if (reach === 'keyspace') {
      if (!keys.alone) {
        this.leaveOrder(entry, wholeKeyspace);
        return;
      }
      context.coldNames = keys.changed ? undefined : restarts.open().coldNames;
    }
    if (restarts.current !== undefined && this.isAnswered(entry, request)) return;
    if (waits && keys.changed) {
      this.refuse(entry, mustWait);
      return;
    }
    keys.touching = session.noTouch ? entry.touchesAlways : entry.touches;
    if (entry.hasKeys && !this.prepare(entry, request)) return;
    const deferred = this.execute(entry, request);
    if (deferred === REFUSED) return;
    if (deferred === undefined) {
      this.note(entry, request);
      return;
    }
    if (!keys.changed) throw new AnswerNeeded(deferred, reach === 'keyspace' ? undefined : textOf(request));
    // It has only looked for something. That this fails must not be an unhandled rejection.
    deferred.catch(() => {});
    this.reply.reset();
    this.refuse(entry, mustWait);
  }

  private execute(entry: CommandEntry, request: Request): DeferredReply | undefined | typeof REFUSED {
    try {
      return this.nested.run(entry, this.context.session, request);
    } catch (error) {
      if (!(error instanceof KeysMissing)) throw error;
      this.leaveOrder(entry, undeclared);
      return REFUSED;
    }
  }

  private note(entry: CommandEntry, request: Request): void {
    const { server, session } = this.context;
    if (server.monitors.holding) server.monitors.called(entry, session, request);
    this.statistics.commands.of(entry.id, entry.fullName).record(1, 0);
  }

  /** Writes the reply if an earlier try of the script has waited for it. */
  private isAnswered(entry: CommandEntry, request: Request): boolean {
    const { restarts, context, reply } = this;
    const answers = restarts.current?.answers;
    const write = answers === undefined || answers.size === 0 ? undefined : answers.get(textOf(request));
    if (write === undefined) return false;
    try {
      write(context);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      reply.reset();
      this.statistics.commands.of(entry.id, entry.fullName).failed++;
      this.nested.writeError(error);
    }
    this.note(entry, request);
    return true;
  }

  /** The command can run only while no other thread does: the script starts over, or, when it is too late for that, will begin so the next time. */
  private leaveOrder(entry: CommandEntry, tooLate: CommandError): void {
    if (!this.keys.changed) throw new AloneNeeded();
    this.beyond = true;
    this.refuse(entry, tooLate);
  }

  /** Places, locks and looks up the keys; false when that failed, and the error is written. */
  private prepare(entry: CommandEntry, request: Request): boolean {
    const { context, keys, nested } = this;
    nested.places.add(entry, request, context.session.db);
    let answer = keys.prepareNested(nested.places.needOf(entry));
    if (answer === NESTED_UNLOCKED) {
      if (!keys.changed) throw new AloneNeeded();
      this.beyond = true;
      if (!keys.lockMore()) {
        this.refuse(entry, undeclared);
        return false;
      }
      answer = keys.prepareNested(nested.places.needOf(entry));
    }
    if (answer !== NESTED_COLD) return true;
    // Declared keys were fetched beforehand: to start over for each of the others would take longer than to read them.
    const problem = nested.readHeld();
    if (problem === undefined) return true;
    if (!keys.changed) throw new ValuesMissing();
    this.refuse(entry, problem);
    return false;
  }

  /** What the user of the script's caller may not do, its scripts may not either. */
  private denial(entry: CommandEntry, request: Request): CommandError | undefined {
    const { session, server } = this.context;
    return session.acl.free[entry.id] === 1 ? undefined : server.acl.refuseInScript(session, entry, request);
  }

  /** Memory is asked for before the first change only: a script that has begun to write goes on. */
  private refusal({ bits }: CommandEntry, { allowOom }: ScriptRules): CommandError | undefined {
    if (this.keys.changed) return undefined;
    if ((bits & flagBit.write) !== 0 && this.gate.refusesChanges === true) return errors.notDurable;
    if ((bits & flagBit.denyoom) === 0 || allowOom) return undefined;
    const answer = this.gate.admit();
    if (answer === GATE_OPEN) return undefined;
    if (answer === GATE_REFUSES) return errors.oom;
    if (answer === GATE_FAILS) return errors.notWritable;
    throw new RoomNeeded();
  }

  get changed(): boolean {
    return this.keys.changed;
  }

  memoryRefusal(): CommandError | undefined {
    const answer = this.gate.admit();
    if (answer === GATE_REFUSES) return errors.oom;
    return answer === GATE_FAILS ? errors.notWritable : undefined;
  }

  private refuse(entry: CommandEntry, error: CommandError): void {
    this.reply.error(error.message);
    this.statistics.commands.of(entry.id, entry.fullName).rejected++;
    this.statistics.countError(error.message);
  }
}

/** The request as a text that no other request has. */
function textOf(request: Request): string {
  let text = '';
  for (let n = 0; n < request.count; n++) text += `${request.length(n)}:${request.latin1(n)}`;
  return text;
}
