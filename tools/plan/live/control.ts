import { Redis } from 'ioredis';
import { PlanError } from '../plan-error.ts';
import { credentials, nameOf, type ServerAddress } from './address.ts';

const CONNECT_MS = 5000;
const ANSWER_MS = 30_000;

/** What a server says of itself in INFO or TIER STATUS: names and values as they are written. */
export type Fields = ReadonlyMap<string, string>;

/**
 * A connection for questions. Every failure is a PlanError of one line that names the server.
 */
export class Control {
  readonly address: ServerAddress;
  private readonly redis: Redis;

  /** Connected, logged in, and sure that a StrataKV server answers. */
  static async open(address: ServerAddress): Promise<Control> {
    const control = new Control(address);
    try {
      await control.connect();
      const login = credentials(address);
      if (login !== undefined) await control.call('AUTH', ...login);
      await control.requireTiers();
      return control;
    } catch (error) {
      control.close();
      throw error;
    }
  }

  private constructor(address: ServerAddress) {
    this.address = address;
    const { host, port, tls } = address;
    this.redis = new Redis({
      host,
      port,
      lazyConnect: true,
      connectTimeout: CONNECT_MS,
      commandTimeout: ANSWER_MS,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
      // Else it says HELLO before anybody has logged in.
      protocol: 2,
      disableClientInfo: true,
      ...(tls === undefined
        ? {}
        : { tls: { rejectUnauthorized: tls.checks !== false, ...(tls.ca === undefined ? {} : { ca: tls.ca }) } }),
    });
  }

  get name(): string {
    return nameOf(this.address);
  }

  /** One command. Rejects with what the server says against it. */
  async call(command: string, ...args: readonly (string | number)[]): Promise<unknown> {
    try {
      return await this.redis.call(command, ...args);
    } catch (error) {
      throw new PlanError(`${this.name}: ${messageOf(error)}`);
    }
  }

  /** Commands sent together; a reply that is an error is `undefined`. */
  async pipeline(commands: readonly (readonly [string, ...(string | number)[]])[]): Promise<readonly unknown[]> {
    const pipeline = this.redis.pipeline();
    for (const [command, ...args] of commands) pipeline.call(command, ...args.map(String));
    const replies = await pipeline.exec();
    if (replies === null) throw new PlanError(`${this.name}: the connection is lost`);
    return replies.map(([error, reply]) => (error === null ? reply : undefined));
  }

  /** TIER STATUS. */
  async status(): Promise<Fields> {
    return pairs(await this.call('TIER', 'STATUS'));
  }

  async info(...sections: readonly string[]): Promise<Fields> {
    const text = String(await this.call('INFO', ...sections));
    const fields = new Map<string, string>();
    for (const line of text.split('\r\n')) {
      const colon = line.indexOf(':');
      if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
    }
    return fields;
  }

  async config(...names: readonly string[]): Promise<Fields> {
    return pairs(await this.call('CONFIG', 'GET', ...names));
  }

  close(): void {
    this.redis.disconnect();
  }

  private async connect(): Promise<void> {
    // The reason comes as an event; the promise says only that there is no connection.
    let reason: unknown;
    this.redis.on('error', (error) => {
      reason ??= error;
    });
    try {
      await this.redis.connect();
    } catch (error) {
      throw new PlanError(`cannot reach ${this.name}: ${messageOf(reason ?? error)}`);
    }
  }

  private async requireTiers(): Promise<void> {
    try {
      await this.call('TIER', 'STATUS');
    } catch (error) {
      const message = messageOf(error);
      if (!/unknown command/i.test(message)) throw error;
      const version = (await this.info('server')).get('redis_version');
      const { host, port } = this.address;
      throw new PlanError(
        `${this.name} is no StrataKV server (${version === undefined ? 'it' : `Redis ${version}`} has no TIER MRC to ask); plan from its traffic: redis-cli -h ${host} -p ${port} MONITOR | stratakv-plan -`,
      );
    }
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

/** Names and values that alternate in a list, or are fields of a map. */
function pairs(reply: unknown): Fields {
  const fields = new Map<string, string>();
  if (!Array.isArray(reply)) return fields;
  for (let at = 0; at + 1 < reply.length; at += 2) fields.set(String(reply[at]), String(reply[at + 1]));
  return fields;
}

/** A field's number; 0 when it is missing. */
export function numberOf(fields: Fields, name: string): number {
  const value = Number(fields.get(name) ?? 0);
  return Number.isFinite(value) ? value : 0;
}
