import { Random } from '../support/random.ts';
import { operations } from './commands.ts';
import type { Step } from './operation.ts';
import { Values } from './values.ts';

/** Everything that one round does, made from its seed alone. */
export interface Trial {
  readonly seed: number;
  /** Families of data types that it is about; none: strings. */
  readonly types: readonly string[];
  readonly clients: readonly ClientSetup[];
  /** In the order of generation; each client carries out its own in order, all clients at the same time. */
  readonly steps: readonly Step[];
}

export interface ClientSetup {
  /** What its keys begin with; different for clients of one trial, so that each sees a deterministic world. */
  readonly prefix: string;
  readonly protocol: 2 | 3;
  /** How many commands it sends before it waits for replies. */
  readonly pipeline: number;
}

/** A trial for one client that may do anything, or for several that keep to keys of their own. */
export function makeTrial(seed: number, tiered: boolean, stepsPerTrial = 80, types: readonly string[] = []): Trial {
  const random = new Random(seed);
  const count = random.pick([1, 1, 2, 4]);
  const clients = Array.from(
    { length: count },
    (_, n): ClientSetup => ({
      prefix: count === 1 ? '' : `c${n}:`,
      protocol: random.pick([2, 3]),
      pipeline: random.pick([1, 1, 4, 16]),
    }),
  );
  const scope = count === 1 ? 'solo' : 'own';
  const makers = clients.map(({ prefix }) => operations(new Values(random, prefix), random, scope, tiered, types));
  const steps = Array.from({ length: stepsPerTrial }, (_, n): Step => {
    const client = n % count;
    const maker = makers[client];
    if (maker === undefined) throw new Error(`no client ${client}`);
    return { client, operation: maker() };
  });
  return { seed, types, clients, steps };
}
