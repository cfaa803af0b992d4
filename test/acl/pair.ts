import assert from 'node:assert/strict';
import { type Directives, type LaunchedServer, launch } from '../support/launch.ts';
import { toPlain } from '../support/plain-reply.ts';
import { type Argument, RawClient } from '../support/raw-client.ts';

/** A server of ours and a redis-server, with clients by name on both. */
export class Pair {
  /** Replies compared so far. */
  compared = 0;
  readonly servers: readonly [LaunchedServer, LaunchedServer];
  private readonly clients: Map<string, readonly [RawClient, RawClient]> = new Map();

  private constructor(servers: readonly [LaunchedServer, LaunchedServer]) {
    this.servers = servers;
  }

  static async start(both: Directives = {}, ours: Directives = {}): Promise<Pair> {
    const mine = await launch('stratakv', { 'server-threads': '2', ...both, ...ours });
    return new Pair([mine, await launch('redis', both)]);
  }

  async stop(): Promise<void> {
    for (const name of [...this.clients.keys()]) this.close(name);
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  /** The clients of that name, connected if need be. */
  async client(name: string): Promise<readonly [RawClient, RawClient]> {
    const known = this.clients.get(name);
    if (known !== undefined) return known;
    const [ours, theirs] = this.servers;
    const made = [
      await RawClient.connect({ port: ours.port }),
      await RawClient.connect({ port: theirs.port }),
    ] as const;
    this.clients.set(name, made);
    return made;
  }

  close(name: string): void {
    for (const client of this.clients.get(name) ?? []) client.close();
    this.clients.delete(name);
  }

  /** The replies of both, ours first. */
  async both(name: string, ...args: Argument[]): Promise<readonly [Buffer, Buffer]> {
    const [ours, theirs] = await this.client(name);
    return Promise.all([ours.call(...args), theirs.call(...args)]);
  }

  /** The reply, which must be the same of both, as plain values. */
  async same(name: string, ...args: Argument[]): Promise<unknown> {
    const [ours, theirs] = await this.both(name, ...args);
    this.compared++;
    assert.equal(ours.toString('latin1'), theirs.toString('latin1'), `${name}: ${args.join(' ')}`);
    return '*+-:$'.includes(String.fromCharCode(ours[0] ?? 0)) ? toPlain(ours) : ours.toString('latin1');
  }

  /** Command lines of `client: words`, one after the other; words are split at single blanks, `''` is an empty one. */
  async lines(text: string): Promise<void> {
    for (const line of text.split('\n').map((one) => one.trim())) {
      if (line === '' || line.startsWith('//')) continue;
      const [name = '', ...words] = line.split(' ');
      await this.same(name.replace(/:$/, ''), ...words.map((word) => (word === "''" ? '' : word)));
    }
  }

  /** ACL LOG of both without what differs by nature; it must be the same. */
  async sameLog(...args: Argument[]): Promise<readonly Record<string, unknown>[]> {
    const logs = (await this.both('admin', 'ACL', 'LOG', ...args)).map((raw) =>
      (toPlain(raw) as unknown[][]).map((entry) => {
        const fields: Record<string, unknown> = {};
        for (let i = 0; i < entry.length; i += 2) fields[String(entry[i])] = entry[i + 1];
        const { 'age-seconds': age, 'client-info': info, ...rest } = fields;
        assert.match(String(age), /^\d+(\.\d+)?$/);
        assert.match(String(info), /^id=\d+ addr=\S+ .* user=/);
        return rest;
      }),
    );
    this.compared++;
    assert.deepEqual(logs[0], logs[1]);
    return logs[0] ?? [];
  }
}
