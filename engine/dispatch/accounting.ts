import type { Request } from '../../protocol/resp/request.ts';
import type { CommandError } from '../commands/errors.ts';
import { flagBit } from '../commands/flags.ts';
import type { CommandEntry, CommandTable } from '../commands/table.ts';
import type { CommandStatistics } from '../server/command-statistics.ts';
import { secretArguments } from '../server/secrets.ts';
import type { Session } from '../server/session.ts';
import { counters, type Statistics } from '../server/statistics.ts';
import type { ThreadContext } from './context.ts';
import { RunTimer } from './run-timer.ts';

/** What is noted of commands: calls, their time, the slow log, errors; and replies that nobody wants to see. */
export class Accounting {
  private readonly context: ThreadContext;
  private readonly statistics: Statistics;
  private readonly timer: RunTimer = new RunTimer();
  /** By CommandEntry.id: up to how many arguments calls may share a reading of the clock, see RunTimer. */
  private readonly cheapArguments: readonly number[];
  private commandsInBatch = 0;

  constructor(context: ThreadContext, statistics: Statistics, table: CommandTable) {
    this.context = context;
    this.statistics = statistics;
    this.cheapArguments = table.allWithSubcommands().map(({ spec }) => {
      return spec.cheapArguments ?? (spec.complexity.startsWith('O(1)') ? Number.MAX_SAFE_INTEGER : 0);
    });
  }

  /** @param now `performance.now()` at the start of the batch */
  beginBatch(now: number): void {
    this.commandsInBatch = 0;
    this.timer.begin(now);
  }

  endBatch(): void {
    this.timer.close();
    this.statistics.add(counters.total_commands_processed, this.commandsInBatch);
  }

  /** The time since the last command is nobody's: what it was spent on was parked or refused. */
  skip(): void {
    this.timer.skip();
  }

  of(entry: CommandEntry): CommandStatistics {
    return this.statistics.commands.of(entry.id, entry.fullName);
  }

  /** Before a command. */
  open(statistics: CommandStatistics): void {
    this.timer.open(statistics);
  }

  /** After a command that has its reply. */
  ran(entry: CommandEntry, client: Session, request: Request): void {
    this.commandsInBatch++;
    const alone = request.count > (this.cheapArguments[entry.id] ?? 0) || this.statistics.slowlog.slowerThanUsec < 1000;
    if (this.timer.count(alone)) this.closeRun(entry, client, request);
  }

  /** The same, for one that shares its time with no other. */
  ranAlone(entry: CommandEntry, client: Session, request: Request): void {
    this.commandsInBatch++;
    this.timer.count(true);
    this.closeRun(entry, client, request);
  }

  /** The same, for one whose parts were timed by themselves. */
  ranFor(entry: CommandEntry, usec: number): void {
    this.commandsInBatch++;
    this.of(entry).record(1, usec);
    this.timer.skip();
  }

  parked(): void {
    this.statistics.add(counters.commands_parked, 1);
  }

  private closeRun(entry: CommandEntry, client: Session, request: Request): void {
    const usec = this.timer.close();
    const { slowlog, latency } = this.statistics;
    if (slowlog.slowerThanUsec >= 0 && usec >= slowlog.slowerThanUsec && (entry.bits & flagBit.skip_slowlog) === 0) {
      const secrets = secretArguments(entry, request);
      slowlog.record(request, usec, this.context.nowMs, client.address, client.name, secrets);
    }
    if (latency.thresholdMs > 0 && usec >= latency.thresholdMs * 1000) {
      const event = (entry.bits & flagBit.fast) !== 0 ? 'fast-command' : 'command';
      latency.record(event, usec / 1000, this.context.nowMs);
    }
  }

  /** The error is the reply, instead of whatever was written since the mark. */
  writeError(mark: number, error: CommandError): void {
    const { reply } = this.context;
    reply.length = mark;
    reply.error(error.message);
    if (!error.counted) this.statistics.countError(error.message);
  }

  /** Answers a request that is not run. */
  fail(client: Session, error: CommandError): void {
    const mark = this.context.reply.length;
    this.writeError(mark, error);
    if (client.replyMode !== 'on') this.suppress(client, client.replyMode, mark);
  }

  /** CLIENT REPLY OFF and SKIP. `before` is the mode that the command found, the session has the one that it left. */
  suppress(client: Session, before: Session['replyMode'], mark: number): void {
    this.context.reply.length = mark;
    if (before === 'skip-next' && client.replyMode === 'skip-next') client.replyMode = 'on';
  }
}
