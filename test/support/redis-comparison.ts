import assert from 'node:assert/strict';
import { keyAt } from '../../engine/commands/key-specs.ts';
import type { CommandSpec } from '../../engine/commands/spec.ts';
import { VALUE_LIST } from '../../engine/keyspace/key-ref.ts';
import { EXPIRY_NONE } from '../../engine/types/string/string-values.ts';
import { splitArgs } from '../../protocol/text/split-args.ts';
import { type LaunchedServer, launch } from './launch.ts';
import { ModelRunner } from './model-runner.ts';
import { type Argument, RawClient } from './raw-client.ts';

/** One command line by redis-cli's quoting rules: `set key "\x00\xff"`. */
export function parseLine(line: string): Buffer[] {
  const bytes = Buffer.from(line);
  const split = splitArgs(bytes, 0, bytes.length);
  assert(split !== undefined, `quotes of ${line}`);
  return Array.from({ length: split.spans.length / 2 }, (_, i) => {
    const start = split.spans[2 * i] ?? 0;
    return Buffer.from(split.bytes.subarray(start, start + (split.spans[2 * i + 1] ?? 0)));
  });
}

/** Scenarios written as paragraphs of command lines; lines that begin with `#` are comments. */
export function parseScenarios(text: string): Buffer[][][] {
  return text
    .split(/\n\s*\n/)
    .map((paragraph) =>
      paragraph
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map(parseLine),
    )
    .filter((scenario) => scenario.length > 0);
}

const helper = { group: 'generic', since: '1.0.0', complexity: '', summary: '', flags: [], categories: [] } as const;

/** As much of other families as scenarios need in order to look at keys: DEL, PEXPIRETIME, TTL, LPUSH. */
const helpers: readonly CommandSpec[] = [
  {
    ...helper,
    name: 'del',
    arity: 2,
    keySpecs: [keyAt(1, ['RM'])],
    tiers: 'index',
    execute: ({ keys, keyspace, reply }) => reply.integer(keyspace.delete(keys.at(0)) ? 1 : 0),
  },
  {
    ...helper,
    name: 'pexpiretime',
    arity: 2,
    keySpecs: [keyAt(1, ['RO'])],
    tiers: 'index',
    execute: ({ keys, keyspace, reply }) => {
      const key = keys.at(0);
      reply.integer(key.exists ? keyspace.expireAt(key) : -2);
    },
  },
  {
    ...helper,
    name: 'ttl',
    arity: 2,
    keySpecs: [keyAt(1, ['RO'])],
    tiers: 'index',
    execute: ({ keys, keyspace, nowMs, reply }) => {
      const key = keys.at(0);
      const expireAt = keyspace.expireAt(key);
      if (!key.exists) reply.integer(-2);
      else reply.integer(expireAt === EXPIRY_NONE ? -1 : Math.floor((expireAt - nowMs + 500) / 1000));
    },
  },
];

/** Commands that one runs before the other follows: a long scenario would leave their clocks far apart. */
const TURN = 100;

/** The model and a redis-server, given the same commands. Replies must be equal byte for byte. */
export class RedisComparison {
  readonly model: ModelRunner;
  private readonly server: LaunchedServer;
  private readonly client: RawClient;
  /** Commands compared so far. */
  compared = 0;

  private constructor(model: ModelRunner, server: LaunchedServer, client: RawClient) {
    this.model = model;
    this.server = server;
    this.client = client;
  }

  static async start(specs: readonly CommandSpec[]): Promise<RedisComparison> {
    const server = await launch('redis');
    const client = await RawClient.connect({ port: server.port });
    return new RedisComparison(new ModelRunner([...specs, ...helpers]), server, client);
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.server.stop();
  }

  /** Speaks RESP2 or RESP3 from now on. */
  async speak(resp: 2 | 3): Promise<void> {
    await this.client.call('HELLO', resp);
    this.model.resp = resp;
  }

  /** Sets a directive in both, from now on. */
  async configure(directive: string, value: string): Promise<void> {
    assert.equal(this.model.config.set([[directive, value]]), undefined);
    assert.equal(String(await this.client.call('CONFIG', 'SET', directive, value)), '+OK\r\n');
  }

  /** Empties both keyspaces and puts the list `list` there. */
  async reset(): Promise<void> {
    await this.client.pipeline([['FLUSHALL'], ['RPUSH', 'list', 'a']]);
    this.model.keyspace.flush(-1);
    this.model.keyspace.put(0, 'list', VALUE_LIST, Buffer.from('a'), EXPIRY_NONE);
  }

  /** Runs commands in both, from empty keyspaces; every difference is a line of the answer. */
  async differences(scenario: readonly (readonly Argument[])[]): Promise<string[]> {
    await this.reset();
    const startedAt = Date.now();
    const found: string[] = [];
    for (let from = 0; from < scenario.length; from += TURN) {
      const commands = scenario.slice(from, from + TURN);
      const expected = await this.client.pipeline(commands);
      for (const [n, command] of commands.entries()) {
        const nowMs = Date.now();
        const actual = this.model.run(command, nowMs);
        this.compared++;
        const wanted = expected[n] ?? Buffer.alloc(0);
        if (actual.equals(wanted) || (isTtl(command) && nearlyEqual(actual, wanted, nowMs - startedAt))) continue;
        const before = show(scenario.slice(0, from + n + 1));
        found.push(`${before}\n  redis: ${quote(wanted)}\n  ours:  ${quote(actual)}`);
      }
    }
    return found;
  }
}

function isTtl(command: readonly Argument[]): boolean {
  return String(command[0]).toLowerCase() === 'ttl';
}

/**
 * The two servers look at the clock one after the other, which may round to another second, and further apart on a machine that is busy:
 * at most as far as the scenario has taken.
 */
function nearlyEqual(a: Buffer, b: Buffer, elapsedMs: number): boolean {
  const [first, second] = [a, b].map((reply) => Number(reply.toString('latin1').slice(1)));
  return first !== undefined && second !== undefined && first > 0 && Math.abs(first - second) <= 1 + elapsedMs / 1000;
}

function quote(bytes: Buffer): string {
  const text = JSON.stringify(bytes.toString('latin1'));
  return text.length > 400 ? `${text.slice(0, 400)}... (${bytes.length} bytes)` : text;
}

function show(commands: readonly (readonly Argument[])[]): string {
  return commands
    .map((command) => command.map((arg) => quote(Buffer.from(arg as string)).slice(1, -1)).join(' '))
    .join('\n');
}
