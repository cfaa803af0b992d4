import { commandSpecs } from '../../../engine/commands/index.ts';
import { findKeys, KeyPositions } from '../../../engine/commands/key-positions.ts';
import { type CommandEntry, CommandTable } from '../../../engine/commands/table.ts';
import { OP_DELETE, OP_READ, OP_WRITE } from '../plan.ts';
import { Identity } from './identity.ts';
import { MonitorLine } from './monitor-line.ts';
import { operationsOf, ttlSecondsOf, type ValueRule, valueBytesOf, valueRuleOf } from './monitor-values.ts';
import { inOrder, type TraceParser } from './parser.ts';
import type { Sampler } from './sampler.ts';
import { excerpt, TraceProblem } from './trace-error.ts';

const NEWLINE = 10;

/** What a command means for a trace; worked out when it is first met. */
interface Meaning {
  readonly operations: readonly number[];
  readonly values: ValueRule;
}

/**
 * Output of MONITOR, as the server sends it (with `+` before each line) and as redis-cli prints it. Each key of a command is a request; where keys stand
 * the server's own command table says. Commands without keys, unknown ones, and scripts (whose calls have lines of their own) are none.
 */
export class MonitorParser implements TraceParser {
  readonly recordBytes: number = 0;
  lines = 0;
  lastMs = 0;
  private readonly sampler: Sampler;
  private readonly table: CommandTable = new CommandTable(commandSpecs);
  private readonly meanings: (Meaning | undefined)[];
  private readonly line: MonitorLine = new MonitorLine();
  private readonly positions: KeyPositions = new KeyPositions();
  private readonly identity: Identity = new Identity();

  constructor(sampler: Sampler) {
    this.sampler = sampler;
    this.meanings = new Array(this.table.size);
  }

  parse(bytes: Buffer, end: number): void {
    for (let at = 0; at < end; ) {
      this.lines++;
      const next = this.line.read(bytes, at);
      if (next < 0) at = this.otherLine(bytes, at);
      else {
        this.lastMs = inOrder(this.line.timeMs[0] ?? 0, this.lastMs, this.lines, at);
        this.command();
        at = next;
      }
    }
  }

  private command(): void {
    const { request } = this.line;
    const entry = this.table.ofRequest(request);
    if (entry === undefined || !entry.hasKeys || entry.isScripting) return;
    const fits = entry.arity > 0 ? request.count === entry.arity : request.count >= -entry.arity;
    if (!fits || !findKeys(entry, request, this.positions)) return;
    this.meanings[entry.id] ??= { operations: operationsOf(entry), values: valueRuleOf(entry) };
    const meaning = this.meanings[entry.id];
    if (meaning === undefined) return;
    for (let i = 0; i < this.positions.count; i++) this.key(entry, meaning, i);
  }

  private key(entry: CommandEntry, meaning: Meaning, position: number): void {
    const { identity, sampler, line } = this;
    const { request } = line;
    const key = this.positions.argIndex[position] ?? 0;
    identity.identify(request.bytes, request.start(key), request.end(key), line.database);
    let op = meaning.operations[this.positions.specIndex[position] ?? 0] ?? OP_READ;
    let valueBytes = -1;
    let ttlSeconds = 0;
    if (op !== OP_DELETE) {
      valueBytes = valueBytesOf(meaning.values, request, key);
      ttlSeconds = ttlSecondsOf(meaning.values, request, key, this.lastMs);
      // GETEX is a read that may write a time to live.
      if (entry.fullName === 'getex') op = ttlSeconds > 0 ? OP_WRITE : OP_READ;
    }
    sampler.now[0] = this.lastMs;
    sampler.offer(identity.a, identity.b, request.length(key), valueBytes, op, ttlSeconds);
  }

  /** The `OK` that MONITOR begins with, and empty lines, say nothing; everything else is wrong. */
  private otherLine(bytes: Buffer, from: number): number {
    const end = bytes.indexOf(NEWLINE, from);
    const text = bytes.toString('latin1', from, Math.min(end, from + 4)).trim();
    if (text !== '' && text !== 'OK' && text !== '+OK') {
      const what = `${excerpt(bytes, from, end)} is no whole line of MONITOR`;
      throw new TraceProblem(what, { line: this.lines, byte: from });
    }
    return end + 1;
  }
}
