import { Redis } from 'ioredis';
import type { MissingPart, Part, Reading } from '../../engine/live/reading.ts';
import type { TopOptions } from './options.ts';
import {
  type Reply,
  readCurve,
  readHotKeys,
  readInfo,
  readLatencies,
  readSlots,
  readThreads,
  textOf,
} from './replies.ts';

const CONNECT_TIMEOUT_MS = 5000;
/** A server that is in a long script answers late; one that does not answer for so long is asked anew. */
const ANSWER_TIMEOUT_MS = 30_000;
const sections = ['server', 'clients', 'memory', 'stats', 'cpu', 'commandstats', 'keyspace', 'tiers'];
/** What changes slowly is read less often. */
const SLOW_MS = 5000;
const unknownHere = 'not known to this server';

/** The server turned the user away: trying again will not help. */
export class LoginError extends Error {}

/** One connection to a server, made anew when it is gone. */
export class Source {
  private readonly options: TopOptions;
  private readonly hotKeys: number;
  private client: Redis | undefined;
  private slow: (Pick<Reading, 'slots' | 'curve' | 'missing'> & { readonly atMs: number }) | undefined;

  /** @param hotKeys how many to ask for */
  constructor(options: TopOptions, hotKeys: number) {
    this.options = options;
    this.hotKeys = hotKeys;
  }

  /** Rejects with a LoginError, or an Error whose message is a line for people. */
  async read(): Promise<Reading> {
    try {
      this.client ??= await this.connect();
      return await this.ask(this.client);
    } catch (error) {
      if (!isReplyError(error)) this.close();
      throw error;
    }
  }

  close(): void {
    this.client?.disconnect();
    this.client = undefined;
    this.slow = undefined;
  }

  private async connect(): Promise<Redis> {
    const { host, port, socket, tls, user, password } = this.options;
    const client = new Redis({
      protocol: 2,
      ...(socket === undefined ? { host, port } : { path: socket }),
      ...(tls === undefined ? {} : { tls: { ...tls } }),
      lazyConnect: true,
      enableReadyCheck: false,
      enableOfflineQueue: false,
      disableClientInfo: true,
      connectTimeout: CONNECT_TIMEOUT_MS,
      commandTimeout: ANSWER_TIMEOUT_MS,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    let cause: unknown;
    client.on('error', (error: unknown) => {
      cause = error;
    });
    try {
      await client.connect();
      if (password !== undefined) await logIn(client, user, password);
      // Whoever lists the clients sees what this one is; not everybody may have a name.
      await unlessRefused(client.client('SETNAME', 'stratakv-top'));
      return client;
    } catch (error) {
      client.disconnect();
      throw isReplyError(error) || error instanceof LoginError ? error : (cause ?? error);
    }
  }

  private async ask(client: Redis): Promise<Reading> {
    const parts = new Parts(client);
    const [text, latencies, threads, hotKeys] = await Promise.all([
      info(client),
      parts.ask('latencies', readLatencies, 'LATENCY', 'HISTOGRAM'),
      parts.ask('threads', readThreads, 'TIER', 'THREADS'),
      parts.ask('hotKeys', readHotKeys, 'TIER', 'HOTKEYS', 'COUNT', String(this.hotKeys)),
      this.readSlow(client),
    ]);
    const fields = readInfo(text);
    if (!fields.info.has('tier_hot_keys')) parts.missing.push({ part: 'tiers', why: unknownHere });
    return {
      atMs: performance.now(),
      ...fields,
      latencies,
      threads,
      hotKeys,
      slots: this.slow?.slots,
      curve: this.slow?.curve,
      missing: [...parts.missing, ...(this.slow?.missing ?? [])],
    };
  }

  private async readSlow(client: Redis): Promise<void> {
    const atMs = performance.now();
    if (this.slow !== undefined && atMs - this.slow.atMs < SLOW_MS) return;
    const parts = new Parts(client);
    const [slots, curve] = await Promise.all([
      parts.ask('slots', readSlots, 'TIER', 'SLOTS'),
      parts.ask('curve', readCurve, 'TIER', 'MRC'),
    ]);
    this.slow = { atMs, slots, curve, missing: parts.missing };
  }
}

/** Parts of one reading; what the server refuses is left out, with the reason. */
class Parts {
  readonly missing: MissingPart[] = [];
  private readonly client: Redis;

  constructor(client: Redis) {
    this.client = client;
  }

  async ask<T>(part: Part, read: (reply: Reply) => T, ...command: string[]): Promise<T | undefined> {
    const reply = await unlessRefused(call(this.client, ...command));
    if (!(reply instanceof Error)) return read(reply);
    this.missing.push({ part, why: reasonOf(reply, command) });
    return undefined;
  }
}

async function logIn(client: Redis, user: string | undefined, password: string): Promise<void> {
  const refused = await unlessRefused(user === undefined ? client.auth(password) : client.auth(user, password));
  if (refused instanceof Error) throw new LoginError(refused.message);
}

function call(client: Redis, ...[name = '', ...args]: string[]): Promise<Reply> {
  return client.callBuffer(name, ...args) as Promise<Reply>;
}

/** Servers before redis 7 take one section only. */
async function info(client: Redis): Promise<string> {
  const chosen = await unlessRefused(call(client, 'INFO', ...sections));
  if (!(chosen instanceof Error)) return textOf(chosen);
  if (/^(NOAUTH|NOPERM)/.test(chosen.message)) throw new LoginError(reasonOf(chosen, ['INFO']));
  return textOf(await call(client, 'INFO', 'all'));
}

/** The reply, or the server's error as a value; rejects when there is no reply at all. */
async function unlessRefused<T>(reply: Promise<T>): Promise<T | Error> {
  try {
    return await reply;
  } catch (error) {
    if (isReplyError(error)) return error;
    throw error;
  }
}

function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

function reasonOf(error: Error, command: readonly string[]): string {
  const name = command.slice(0, 2).join(' ');
  if (error.message.startsWith('NOAUTH')) return `the server asks for a password: --password or REDISCLI_AUTH`;
  if (error.message.startsWith('NOPERM')) return `needs permission for ${name}`;
  if (/unknown (?:command|subcommand)/i.test(error.message)) return unknownHere;
  return error.message;
}
