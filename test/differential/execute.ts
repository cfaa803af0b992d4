import { setTimeout as sleep } from 'node:timers/promises';
import { type Argument, RawClient } from '../support/raw-client.ts';
import { elements, readReply } from '../support/resp-reply.ts';
import { agree, allowanceFor } from './compare.ts';
import { describe, type Operation, type Step } from './operation.ts';
import type { ClientSetup, Trial } from './trial.ts';
import { familiesOf } from './types/index.ts';

/** A server as a trial sees it. */
export interface Target {
  readonly name: string;
  readonly port: number;
  readonly tiered: boolean;
}

export interface Mismatch {
  /** What was being compared. */
  readonly step: string;
  /** One reply, or error, per server. */
  readonly replies: readonly [string, string];
}

const DATABASES = ['0', '1', '2', '15'];

const show = (raw: Buffer): string => {
  const text = JSON.stringify(raw.subarray(0, 400).toString('latin1'));
  return raw.length > 400 ? `${text} ... (${raw.length} bytes)` : text;
};

const summarise = (commands: readonly (readonly Argument[])[]): string =>
  commands
    .slice(0, 16)
    .map((args) => args.map(String).join(' ').slice(0, 80))
    .join('; ');

/** Runs a trial on both servers, from empty; the first disagreement found, or undefined. */
export async function execute(trial: Trial, targets: readonly [Target, Target]): Promise<Mismatch | undefined> {
  const pairs: Pair[] = [];
  try {
    for (const setup of trial.clients) pairs.push(await Pair.open(setup, targets, trial.types));
    const cleared = await pairs[0]?.both([['FLUSHALL']]);
    if (cleared) return cleared;
    const runs = pairs.map((pair, client) => pair.run(trial.steps.filter((step) => step.client === client)));
    const mismatches = await Promise.all(runs);
    return mismatches.find((mismatch) => mismatch !== undefined);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { step: 'connect', replies: [text, text] };
  } finally {
    for (const pair of pairs) pair.close();
  }
}

/** One client's two connections, always sent the same. */
class Pair {
  readonly #clients: readonly [RawClient, RawClient];
  readonly #targets: readonly [Target, Target];
  readonly #setup: ClientSetup;
  readonly #types: readonly string[];

  private constructor(
    clients: readonly [RawClient, RawClient],
    targets: readonly [Target, Target],
    setup: ClientSetup,
    types: readonly string[],
  ) {
    this.#types = types;
    this.#clients = clients;
    this.#targets = targets;
    this.#setup = setup;
  }

  static async open(setup: ClientSetup, targets: readonly [Target, Target], types: readonly string[]): Promise<Pair> {
    const [left, right] = targets;
    const connect = ({ port }: Target): Promise<RawClient> => RawClient.connect({ port });
    const clients = [await connect(left), await connect(right)] as const;
    // Not compared: the reply names the server.
    if (setup.protocol === 3) await Promise.all(clients.map((client) => client.call('HELLO', '3')));
    return new Pair(clients, targets, setup, types);
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  /** The client's steps, pipelined where they are plain commands, and at last a look at every key it may have written. */
  async run(steps: readonly Step[]): Promise<Mismatch | undefined> {
    let batch: (readonly Argument[])[] = [];
    for (const { client, operation } of steps) {
      if (operation.kind === 'command' && batch.push(operation.args) < this.#setup.pipeline) continue;
      const mismatch = (await this.both(batch)) ?? (await this.#single(operation, client));
      if (mismatch) return mismatch;
      batch = [];
    }
    return (await this.both(batch)) ?? (await this.#sweep());
  }

  /** Sends commands to both servers at once; the first reply that disagrees. */
  async both(commands: readonly (readonly Argument[])[], exact = false): Promise<Mismatch | undefined> {
    if (commands.length === 0) return undefined;
    const results = await Promise.allSettled(this.#clients.map((client) => client.pipeline(commands)));
    const [left, right] = results;
    if (left?.status !== 'fulfilled' || right?.status !== 'fulfilled') {
      const text = (result: (typeof results)[number] | undefined): string =>
        result?.status === 'rejected' ? String(result.reason) : 'replied';
      const step = `one of ${commands.length} commands: ${summarise(commands)}`;
      return { step, replies: [text(left), text(right)] };
    }
    for (const [n, args] of commands.entries()) {
      const [a, b] = [left.value[n] ?? Buffer.alloc(0), right.value[n] ?? Buffer.alloc(0)];
      if (agree(a, b, exact ? 'exact' : allowanceFor(args))) continue;
      return { step: describe({ client: 0, operation: { kind: 'command', args } }), replies: [show(a), show(b)] };
    }
    return undefined;
  }

  async #single(operation: Operation, client: number): Promise<Mismatch | undefined> {
    switch (operation.kind) {
      case 'command':
        return undefined;
      case 'lapse': {
        const mismatch = await this.both([operation.args]);
        if (mismatch) return mismatch;
        await sleep(operation.waitMs);
        return this.both([['EXISTS', operation.key]]);
      }
      case 'scan': {
        const seen = await Promise.all(this.#clients.map((one) => iterate(one, operation)));
        const [left = '', right = ''] = seen;
        return left === right ? undefined : { step: describe({ client, operation }), replies: [left, right] };
      }
      case 'transfer': {
        const dumps = await Promise.all(this.#clients.map((one) => one.ask('DUMP', operation.key)));
        const payload = dumps[operation.from];
        if (dumps[0]?.isNull !== dumps[1]?.isNull) return this.both([['EXISTS', operation.key]]);
        if (!payload || payload.isNull) return undefined;
        return this.both([['RESTORE', operation.to, operation.ttl, Buffer.from(payload.text), 'REPLACE']]);
      }
      case 'transaction':
        return this.#transaction(operation, client);
      case 'tier': {
        const command = ['TIER', operation.verb, ...operation.keys];
        const tiered = this.#clients.filter((_, n) => this.#targets[n]?.tiered);
        const replies = await Promise.all(tiered.map((one) => one.call(...command)));
        const refused = replies.find((reply) => reply[0] === 45); // '-'
        return refused && { step: describe({ client, operation }), replies: ['(not asked)', show(refused)] };
      }
    }
  }

  async #transaction(operation: Operation & { kind: 'transaction' }, client: number): Promise<Mismatch | undefined> {
    const { watch, between, commands, demote, end } = operation;
    const watching = watch.length > 0 ? [['WATCH', ...watch]] : [];
    const mismatch = await this.both([...watching, ...between, ['MULTI']]);
    if (mismatch) return mismatch;
    const queued = await this.both(commands, true);
    if (queued) return queued;
    await Promise.all(
      this.#targets.map(async ({ tiered, port }) => {
        if (!tiered || demote.length === 0) return;
        // By another connection: in the transaction it would be queued.
        const other = await RawClient.connect({ port });
        await other.call('TIER', 'DEMOTE', ...demote);
        other.close();
      }),
    );
    const [left, right] = await Promise.all(this.#clients.map((one) => one.call(end)));
    if (left === undefined || right === undefined) throw new Error('two clients, two replies');
    if (left.equals(right)) return undefined;
    const [a, b] = [elements(left), elements(right)];
    const step = describe({ client, operation });
    if (a === undefined || b === undefined || a.length !== b.length)
      return { step, replies: [show(left), show(right)] };
    for (const [n, one] of a.entries()) {
      const other = b[n] ?? Buffer.alloc(0);
      // Commands that were refused are not among the replies; then there are none at all.
      if (!agree(one, other, allowanceFor(commands[n] ?? [])))
        return { step: `${step} at command ${n}`, replies: [show(one), show(other)] };
    }
    return undefined;
  }

  async #sweep(): Promise<Mismatch | undefined> {
    const keys = Array.from({ length: 20 }, (_, n) => `${this.#setup.prefix}k${n}`);
    const families = familiesOf(this.#types);
    const looks = keys.flatMap((key) => [
      ...families.flatMap((family) => family.looks(key)),
      ['TYPE', key],
      ['PTTL', key],
    ]);
    return this.both(DATABASES.flatMap((database) => [['SELECT', database], ['MGET', ...keys], ...looks]));
  }
}

/** All keys (or elements) that a scan from 0 to 0 shows, each once, sorted; or the error. */
async function iterate(client: RawClient, scan: Operation & { kind: 'scan' }): Promise<string> {
  const seen = new Set<string>();
  const head = scan.of ? [scan.of.command, scan.of.key] : ['SCAN'];
  const step = scan.of?.items ?? 1;
  let cursor = '0';
  for (let calls = 0; calls < 100_000; calls++) {
    const reply = readReply(await client.call(...head, cursor, ...scan.options));
    if (reply.kind === '-') return reply.text.toString();
    const [next, page] = reply.items;
    const items = page?.items ?? [];
    for (let n = 0; n < items.length; n += step) {
      seen.add(
        items
          .slice(n, n + step)
          .map((item) => item.text.toString('latin1'))
          .join('='),
      );
    }
    cursor = next?.text.toString() ?? '0';
    if (cursor === '0') return [...seen].sort().join(' ');
  }
  return 'the scan did not come to an end';
}
