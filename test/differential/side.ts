import { type Directives, type LaunchedServer, launch, type ServerKind } from '../support/launch.ts';

export interface SideSetup {
  readonly name: string;
  readonly server: ServerKind;
  /** Understands TIER. */
  readonly tiered: boolean;
  readonly directives: Directives;
}

/** One of the two servers; started again when an earlier trial killed it, so that crashes can be cut down too. */
export class Side {
  readonly setup: SideSetup;
  #server: LaunchedServer | undefined;
  #ended = false;

  constructor(setup: SideSetup) {
    this.setup = setup;
  }

  /** The port of a living server. */
  async port(): Promise<number> {
    if (this.#server && !this.#ended) return this.#server.port;
    const server = await launch(this.setup.server, this.setup.directives);
    this.#server = server;
    this.#ended = false;
    void server.exited.then(() => {
      if (this.#server === server) this.#ended = true;
    });
    return server.port;
  }

  /** The end of what the server printed. */
  log(): string {
    return this.#server?.log().slice(-2000) ?? '';
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }
}

const ram: SideSetup = {
  name: 'stratakv, RAM only',
  server: 'stratakv',
  tiered: false,
  directives: { 'storage-provider': 'none' },
};

/** The pairs to compare. `vs-redis` has the reference, `starved` has the same server with nearly everything on the cold tier. */
export const PAIRS = {
  'vs-redis': [ram, { name: 'redis-server', server: 'redis', tiered: false, directives: {} }],
  starved: [
    ram,
    {
      name: 'stratakv, RAM starved',
      server: 'stratakv',
      tiered: true,
      directives: { 'storage-provider': ['flash', './flash'], maxmemory: '2mb' },
    },
  ],
  'redis-itself': [
    { name: 'redis-server', server: 'redis', tiered: false, directives: {} },
    { name: 'another redis-server', server: 'redis', tiered: false, directives: {} },
  ],
} as const satisfies Readonly<Record<string, readonly [SideSetup, SideSetup]>>;

export type PairName = keyof typeof PAIRS;
