import { performance } from 'node:perf_hooks';
import type { Request } from '../../protocol/resp/request.ts';
import { flagBit } from '../commands/flags.ts';
import type { CommandEntry } from '../commands/table.ts';
import { MAIL_MONITOR, type Mail } from '../server/mail.ts';
import { secretArguments } from '../server/secrets.ts';
import type { Session } from '../server/session.ts';
import { monitorAddress, monitorLine } from './line.ts';

/** Words of the shared memory: monitors on all threads, the number that the next line gets, and monitors on each thread. */
const ACTIVE = 0;
const NEXT = 1;
const THREADS = 2;

/** @param threads front-ends */
export function createMonitorMemory(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer((THREADS + threads) * Int32Array.BYTES_PER_ELEMENT);
}

/** Bytes of mail: number of the line i32 | line. */
const MAIL_LINE = 4;
const LETTER_BYTES = 16 * 1024;
/** Not shown: administration, and what is shown in another way (EXEC, EVAL). */
const unseen = flagBit.admin | flagBit.skip_monitor;

/**
 * MONITOR, over all threads in one order. Whoever has run a command draws a number from a counter that all threads share, while the slots
 * of its keys are still locked: commands on the same key are shown in the order in which they took effect. The line goes to each thread that
 * has monitors, which gives it to them when all numbers before have come. A thread says that it has monitors before it looks which number is
 * next, and a sender looks who has them after it has drawn: so every line from that number on reaches it.
 */
export class Monitors {
  /** `shared[0]` is not 0 while anybody monitors: what the dispatcher looks at. */
  readonly shared: Int32Array;
  /** A transaction or a script runs: its lines are kept until it has come through, since it may have to start over. */
  holding = false;
  private held: Buffer[] = [];
  /** When the script that runs began: its line comes before those of its commands, and so must its time. */
  private scriptAtUsec = 0;
  private readonly mail: Mail;
  private readonly sessions: Set<Session> = new Set();
  /** Of this thread: the number that comes next, and lines that came before their turn. */
  private expected = 0;
  private readonly early: Map<number, Buffer> = new Map();
  private letter: Buffer = Buffer.alloc(LETTER_BYTES);

  constructor(memory: SharedArrayBuffer, mail: Mail) {
    this.shared = new Int32Array(memory);
    this.mail = mail;
    mail.on(MAIL_MONITOR, (_from, bytes, view, start, length) => {
      const line = Buffer.from(bytes.subarray(start + MAIL_LINE, start + length));
      this.arrive(view.getInt32(start, true), line);
    });
  }

  /** False: it is a monitor already. */
  add(session: Session): boolean {
    const { shared, sessions, mail } = this;
    if (sessions.has(session)) return false;
    sessions.add(session);
    session.monitors = true;
    Atomics.add(shared, THREADS + mail.thread, 1);
    Atomics.add(shared, ACTIVE, 1);
    if (sessions.size === 1) this.expected = Atomics.load(shared, NEXT);
    return true;
  }

  /** The client is gone, or reset. */
  remove(session: Session): void {
    if (!this.sessions.delete(session)) return;
    session.monitors = false;
    Atomics.sub(this.shared, ACTIVE, 1);
    Atomics.sub(this.shared, THREADS + this.mail.thread, 1);
    if (this.sessions.size === 0) this.early.clear();
  }

  /** Before a client's command runs. */
  begin(entry: CommandEntry): void {
    if (!isScript(entry)) return;
    this.hold();
    this.scriptAtUsec = nowUsec();
  }

  /** Keeps lines from now on. */
  hold(): void {
    this.held.length = 0;
    this.holding = true;
  }

  /** Before a command of a transaction: where `queued` will put its line. */
  place(): number {
    this.scriptAtUsec = nowUsec();
    return this.held.length;
  }

  /** What is kept came to nothing: it starts over, or nobody looks any more. */
  drop(): void {
    this.held.length = 0;
    this.holding = false;
  }

  /** After it has run, its slots still locked. Ends what `hold` began; a script's own line goes before those of its commands. */
  ran(entry: CommandEntry, session: Session, request: Request): void {
    const lines = this.held;
    const { holding } = this;
    if (isScript(entry)) lines.unshift(lineOf(entry, session, request, holding ? this.scriptAtUsec : nowUsec()));
    else if (holding || (entry.bits & unseen) === 0) lines.push(lineOf(entry, session, request, nowUsec()));
    this.holding = false;
    this.held = [];
    for (const line of lines) this.send(line);
  }

  /** After a command of a transaction; `mark` is from before it. */
  queued(mark: number, entry: CommandEntry, session: Session, request: Request): void {
    if ((entry.bits & unseen) !== 0 && !isScript(entry)) return;
    const atUsec = isScript(entry) ? this.scriptAtUsec : nowUsec();
    this.held.splice(mark, 0, lineOf(entry, session, request, atUsec));
  }

  /** After a command that a script called. */
  called(entry: CommandEntry, session: Session, request: Request): void {
    if ((entry.bits & unseen) === 0) this.held.push(lineOf(entry, session, request, nowUsec(), 'lua'));
  }

  private send(line: Buffer): void {
    const { shared, mail } = this;
    const number = Atomics.add(shared, NEXT, 1);
    let length = 0;
    for (let thread = 0; thread < shared.length - THREADS; thread++) {
      if (Atomics.load(shared, THREADS + thread) === 0) continue;
      if (thread === mail.thread) {
        this.arrive(number, line);
        continue;
      }
      if (length === 0) length = this.write(number, line);
      mail.send(thread, MAIL_MONITOR, this.letter, 0, length);
    }
  }

  private write(number: number, line: Buffer): number {
    const length = MAIL_LINE + line.length;
    if (this.letter.length < length) this.letter = Buffer.alloc(length * 2);
    else if (this.letter.length > LETTER_BYTES && length <= LETTER_BYTES) this.letter = Buffer.alloc(LETTER_BYTES);
    this.letter.writeInt32LE(number, 0);
    line.copy(this.letter, MAIL_LINE);
    return length;
  }

  /** Gives a line to the monitors of this thread, and those that had waited for it. */
  private arrive(number: number, line: Buffer): void {
    if (this.sessions.size === 0) return;
    const ahead = (number - this.expected) | 0;
    // From before the first monitor came.
    if (ahead < 0) return;
    if (ahead > 0) {
      this.early.set(number, line);
      return;
    }
    let next: Buffer | undefined = line;
    while (next !== undefined) {
      for (const session of this.sessions) session.deliver(next, 0, next.length);
      this.expected = (this.expected + 1) | 0;
      next = this.early.get(this.expected);
      this.early.delete(this.expected);
    }
  }
}

/** EVAL, FCALL and their kin are not shown by what runs them, but before what they call. */
function isScript({ bits, spec }: CommandEntry): boolean {
  return (bits & flagBit.skip_monitor) !== 0 && spec.group === 'scripting';
}

function nowUsec(): number {
  return Math.floor((performance.timeOrigin + performance.now()) * 1000);
}

function lineOf(entry: CommandEntry, session: Session, request: Request, atUsec: number, origin?: 'lua'): Buffer {
  const address = origin ?? monitorAddress(session.address, session.unixSocket);
  return monitorLine(atUsec, session.db, address, request, secretArguments(entry, request));
}
