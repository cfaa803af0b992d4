import assert from 'node:assert/strict';
import type { Random } from '../../support/random.ts';
import { type Argument, encodeCommand, type RawClient } from '../../support/raw-client.ts';
import { type Reply, readReply } from '../../support/resp-reply.ts';
import { derivedValue } from '../tiered-server.ts';
import { type Change, type Content, changeOf, difference, type Kind, kinds, parse, readAll } from './content.ts';

/** What a key was from one command of its only writer to the next. */
interface State {
  /** Number of the command that made it so. */
  readonly index: number;
  /** What tells it from others: a string's value, a collection's version; undefined for a missing key. */
  readonly token: string | undefined;
  readonly expireAtMs: number;
}

/** One key's past since the last check, the oldest state first. */
interface History {
  states: State[];
  readonly kind: Kind | 'string';
  /** Of a collection: what it held at the last check, what it holds now, and how it came to that. */
  base: Content;
  now: Content;
  changes: Change[];
}

/** A place for keys, as FLUSHDB replaces it and SWAPDB moves it: the server's table. */
type Table = Map<string, History>;

/** Which of the writer's two databases has which table, from a command on. */
interface Mapping {
  readonly index: number;
  readonly tables: readonly [Table, Table];
}

interface Found {
  readonly token: string | undefined;
  readonly expireAtMs: number;
  readonly content: Content;
}

/** What the disk promises: everything that was acknowledged before this `performance.now()` at least. */
export interface Promised {
  readonly durableAt: number;
  /** All keys are of one moment. */
  readonly whole: boolean;
}

const STRINGS = 120;
const RENAMED = 12;
const MOST_PIPELINED = 12;
const FAR_MS = 3_600_000;

const none: Content = new Map();

function stringHistory(): History {
  return {
    states: [{ index: 0, token: undefined, expireAtMs: -1 }],
    kind: 'string',
    base: none,
    now: none,
    changes: [],
  };
}

/** The only writer of two databases. Notes what each of its commands makes of its keys, and checks what is left of it after a crash. */
export class CrashWriter {
  /** Commands sent, and the time when each was acknowledged. */
  private index = 0;
  private ackedAt: number[] = [0];
  private mappings: Mapping[];
  private readonly dbs: readonly [number, number];
  private readonly random: Random;
  private readonly kinds: readonly Kind[];

  /** `number` tells its databases, and which of the types it uses. */
  constructor(number: number, random: Random) {
    this.dbs = [number * 2, number * 2 + 1];
    this.random = random;
    this.kinds = kinds.filter((_, n) => (n + number) % 2 === 0);
    this.mappings = [{ index: 0, tables: [new Map(), new Map()] }];
  }

  /** Writes until the connection is lost. */
  async run(client: RawClient): Promise<void> {
    let db = -1;
    for (;;) {
      const side = this.random.integer(0, 1);
      const requests: Argument[][] = [];
      if (db !== side) requests.push(['SELECT', this.dbs[side] ?? 0]);
      db = side;
      // Of each command the request whose reply acknowledges it.
      const acks: [request: number, index: number][] = [];
      const count = this.random.integer(1, MOST_PIPELINED);
      for (let n = 0; n < count; n++) {
        for (const request of this.command(side)) requests.push(request);
        acks.push([requests.length - 1, this.index]);
      }
      let replies: Buffer[];
      try {
        replies = await client.send(Buffer.concat(requests.map(encodeCommand)), requests.length);
      } catch {
        return;
      }
      const now = performance.now();
      for (const [request, index] of acks) {
        const reply = replies[request];
        assert.ok(reply !== undefined && reply[0] !== 0x2d, `${requests[request]?.slice(0, 3)}: ${reply?.toString()}`);
        this.ackedAt[index] = now;
      }
    }
  }

  /** Sent so far. */
  get commands(): number {
    return this.index;
  }

  private get tables(): readonly [Table, Table] {
    return this.mappings[this.mappings.length - 1]?.tables ?? [new Map(), new Map()];
  }

  /** One command or transaction on one of the two databases. */
  private command(side: number): Argument[][] {
    const { random } = this;
    const index = ++this.index;
    this.ackedAt[index] = Number.POSITIVE_INFINITY;
    const table = this.tables[side === 0 ? 0 : 1];
    const dice = random.integer(0, 999);
    if (dice < 2) {
      const [left, right] = this.tables;
      this.mappings.push({ index, tables: side === 0 ? [new Map(), right] : [left, new Map()] });
      return [['FLUSHDB']];
    }
    if (dice < 6) {
      const [left, right] = this.tables;
      this.mappings.push({ index, tables: [right, left] });
      return [['SWAPDB', this.dbs[0], this.dbs[1]]];
    }
    if (dice < 250 && this.kinds.length > 0) return this.changeCollection(table, random.pick(this.kinds), index);
    if (dice < 330) return this.rename(table, index);
    if (dice < 400) {
      // Several keys at once: all or none.
      const keys = Array.from({ length: random.integer(2, 5) }, () => `s:${random.integer(0, STRINGS - 1)}`);
      const sets = [...new Set(keys)].map((key) => this.set(table, key, index, -1));
      return random.chance(0.5)
        ? [['MULTI'], ...sets, ['EXEC']]
        : [['MSET', ...sets.flatMap((args) => args.slice(1, 3))]];
    }
    const key = `s:${random.integer(0, STRINGS - 1)}`;
    if (dice < 520) {
      this.note(table, key, index, undefined, -1);
      return [['DEL', key]];
    }
    if (dice < 650) return [this.set(table, key, index, Date.now() + random.integer(1, 1500))];
    return [this.set(table, key, index, random.chance(0.2) ? Date.now() + FAR_MS + index : -1)];
  }

  private set(table: Table, key: string, index: number, expireAtMs: number): Argument[] {
    const value = derivedValue(`${this.dbs[0]}:${key}`, index, this.random.chance(0.05) ? 40_000 : 6000);
    this.note(table, key, index, value, expireAtMs);
    return expireAtMs < 0 ? ['SET', key, value] : ['SET', key, value, 'PXAT', expireAtMs];
  }

  /** Of keys that never expire: the writer knows what RENAME answers. */
  private rename(table: Table, index: number): Argument[][] {
    const { random } = this;
    const from = `r:${random.integer(0, RENAMED - 1)}`;
    const to = `r:${random.integer(0, RENAMED - 1)}`;
    const last = table.get(from)?.states.at(-1);
    if (last?.token === undefined || from === to) return [this.set(table, from, index, -1)];
    this.note(table, to, index, last.token, -1);
    this.note(table, from, index, undefined, -1);
    return [['RENAME', from, to]];
  }

  private changeCollection(table: Table, kind: Kind, index: number): Argument[][] {
    const { random } = this;
    const key = `${kind}:${random.integer(0, 1)}`;
    const history = this.history(table, key, kind);
    const last = history.states.at(-1);
    if (last?.token !== undefined && random.chance(0.02)) {
      history.now = new Map();
      // Told by its version, which no reader finds.
      history.changes.push({ version: index, commands: [], apply: (content) => content.clear() });
      this.note(table, key, index, undefined, -1);
      return [['DEL', key]];
    }
    if (last?.token !== undefined && random.chance(0.1)) {
      const expireAtMs = random.chance(0.6) ? Date.now() + FAR_MS + index : -1;
      history.states.push({ index, token: last.token, expireAtMs });
      return [expireAtMs < 0 ? ['PERSIST', key] : ['PEXPIREAT', key, expireAtMs]];
    }
    const change = changeOf(kind, key, history.now, Number(last?.token ?? 0), index, random);
    change.apply(history.now);
    history.changes.push(change);
    history.states.push({ index, token: String(index), expireAtMs: last?.token === undefined ? -1 : last.expireAtMs });
    return [['MULTI'], ...change.commands, ['EXEC']];
  }

  private history(table: Table, key: string, kind: Kind | 'string'): History {
    const known = table.get(key);
    if (known !== undefined) return known;
    const fresh: History = { ...stringHistory(), kind, base: new Map(), now: new Map() };
    table.set(key, fresh);
    return fresh;
  }

  private note(table: Table, key: string, index: number, token: string | undefined, expireAtMs: number): void {
    this.history(table, key, 'string').states.push({ index, token, expireAtMs });
  }

  /** Compares the server's two databases with what they may be, and goes on from what they are. Fails with what is wrong. */
  async check(client: RawClient, promised: Promised): Promise<void> {
    const readFromMs = Date.now();
    const found: Map<string, Found>[] = [];
    for (const db of this.dbs) found.push(await this.read(client, db));
    const readToMs = Date.now();
    let first = 0;
    while (first < this.index && (this.ackedAt[first + 1] ?? 0) <= promised.durableAt) first++;
    const fits = ({ token, expireAtMs }: State, is: Found | undefined): boolean => {
      if (is === undefined) return token === undefined || (expireAtMs >= 0 && expireAtMs <= readToMs);
      return token === is.token && expireAtMs === is.expireAtMs && (expireAtMs < 0 || expireAtMs > readFromMs);
    };
    const problems: string[] = [];
    const { mappings } = this;
    let chosen: Mapping | undefined;
    for (const [at, mapping] of mappings.entries()) {
      const until = mappings[at + 1]?.index ?? Number.POSITIVE_INFINITY;
      if (until <= first) continue;
      const problem = promised.whole
        ? this.atOneMoment(mapping, Math.max(first, mapping.index), Math.min(until - 1, this.index), found, fits)
        : this.eachForItself(mapping, first, found, fits);
      if (problem === undefined) chosen = mapping;
      else problems.push(problem);
      if (chosen !== undefined) break;
    }
    assert.ok(
      chosen !== undefined,
      `databases ${this.dbs}, from command ${first} of ${this.index} on: ${problems.join('; ')}`,
    );
    this.restart(chosen, found);
  }

  /** Whether all keys are as they were after one command, from `first` to `last`. Answers what is wrong after the last. */
  private atOneMoment(
    { tables }: Mapping,
    first: number,
    last: number,
    found: readonly Map<string, Found>[],
    fits: (state: State, is: Found | undefined) => boolean,
  ): string | undefined {
    let problem: string | undefined = 'no moment';
    for (let moment = last; moment >= first && problem !== undefined; moment--) {
      problem = this.compare(tables, found, (states, is) => {
        const state = states.findLast(({ index }) => index <= moment);
        return state !== undefined && fits(state, is) ? undefined : `after command ${moment}: ${describe(states, is)}`;
      });
    }
    return problem;
  }

  private eachForItself(
    { tables }: Mapping,
    first: number,
    found: readonly Map<string, Found>[],
    fits: (state: State, is: Found | undefined) => boolean,
  ): string | undefined {
    return this.compare(tables, found, (states, is) => {
      const from = Math.max(
        0,
        states.findLastIndex(({ index }) => index <= first),
      );
      return states.slice(from).some((state) => fits(state, is)) ? undefined : describe(states.slice(from), is);
    });
  }

  private compare(
    tables: readonly [Table, Table],
    found: readonly Map<string, Found>[],
    judge: (states: readonly State[], is: Found | undefined) => string | undefined,
  ): string | undefined {
    for (const [side, table] of tables.entries()) {
      const there = found[side] ?? new Map<string, Found>();
      for (const key of there.keys()) if (!table.has(key)) return `${key} was never there`;
      for (const [key, history] of table) {
        const is = there.get(key);
        const problem = judge(history.states, is) ?? (is && wrongContent(history, is));
        if (problem !== undefined) return `${key}: ${problem}`;
      }
    }
    return undefined;
  }

  /** What was found is the past of what follows. */
  private restart({ tables }: Mapping, found: readonly Map<string, Found>[]): void {
    for (const [side, table] of tables.entries()) {
      for (const [key, history] of table) {
        const is = found[side]?.get(key);
        if (is === undefined) {
          table.delete(key);
          continue;
        }
        history.states = [{ index: 0, token: is.token, expireAtMs: is.expireAtMs }];
        history.base = new Map(is.content);
        history.now = new Map(is.content);
        history.changes = [];
      }
    }
    this.mappings = [{ index: 0, tables }];
    // Numbers go on, so that versions are never used twice.
    const past = this.index;
    this.ackedAt = this.ackedAt.slice(0, 0);
    for (let n = 0; n <= past; n++) this.ackedAt.push(0);
  }

  /** Everything in a database, by key. */
  private async read(client: RawClient, db: number): Promise<Map<string, Found>> {
    await client.call('SELECT', db);
    const keys = (await client.ask('KEYS', '*')).items.map(({ text }) => text.toString());
    const found = new Map<string, Found>();
    for (let from = 0; from < keys.length; from += 50) {
      const some = keys.slice(from, from + 50);
      const replies = (
        await client.pipeline(
          some.flatMap((key) => [
            kindOf(key) === 'string' ? ['GET', key] : readAll(kindOf(key) as Kind, key),
            ['PEXPIRETIME', key],
          ]),
        )
      ).map(readReply);
      for (const [n, key] of some.entries()) {
        const value = replies[n * 2];
        const expiry = replies[n * 2 + 1];
        assert.ok(value !== undefined && expiry !== undefined);
        assert.notEqual(value.kind, '-', `${key}: ${value.text}`);
        const expireAtMs = Number(expiry.text.toString());
        // It has expired since KEYS.
        if (expireAtMs === -2) continue;
        const kind = kindOf(key);
        if (kind === 'string') found.set(key, { token: value.text.toString(), expireAtMs, content: none });
        else {
          const { version, content } = parse(kind, flatten(value));
          found.set(key, { token: String(version), expireAtMs, content });
        }
      }
    }
    const size = Number((await client.ask('DBSIZE')).text.toString());
    const nowMs = Date.now();
    const living = [...found.values()].filter(({ expireAtMs }) => expireAtMs < 0 || expireAtMs > nowMs).length;
    assert.ok(size >= living, `DBSIZE is ${size}, but ${living} keys live`);
    return found;
  }
}

function kindOf(key: string): Kind | 'string' {
  return kinds.find((kind) => key.startsWith(`${kind}:`)) ?? 'string';
}

function flatten(reply: Reply): string[] {
  return reply.items.length === 0 && reply.kind !== '*' ? [reply.text.toString()] : reply.items.flatMap(flatten);
}

/** A collection must hold what it held at the version that it claims to be of. */
function wrongContent(history: History, is: Found): string | undefined {
  if (history.kind === 'string') return undefined;
  const content = new Map(history.base);
  for (const change of history.changes) if (change.version <= Number(is.token)) change.apply(content);
  const problem = difference(history.kind, is.content, content);
  return problem && `is not as it was at its version ${is.token}: ${problem}`;
}

function describe(states: readonly State[], is: Found | undefined): string {
  const text = ({ token, expireAtMs }: Pick<State, 'token' | 'expireAtMs'>) =>
    `${token?.slice(0, 24)}${expireAtMs < 0 ? '' : ` until ${expireAtMs}`}`;
  return `is ${is === undefined ? 'missing' : text(is)}, but was ${states.map((state) => `${state.index}=${text(state)}`).slice(-8)}`;
}
