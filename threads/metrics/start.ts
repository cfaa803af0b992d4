import { CommandError } from '../../engine/commands/errors.ts';
import { addUp } from '../../engine/commands/server/info.ts';
import { stratakvVersion } from '../../engine/commands/version.ts';
import type { Config } from '../../engine/config/config.ts';
import type { AnswersTo } from '../../engine/server/answers.ts';
import { mergeCommandStatistics } from '../../engine/server/command-statistics.ts';
import type { ThreadRequest, TierStatus } from '../../engine/server/link.ts';
import { Statistics } from '../../engine/server/statistics.ts';
import { COUNT_COLD, COUNT_EXPIRES, COUNT_KEYS, SlotTables } from '../../tiers/index/slot-tables.ts';
import type { SharedState } from '../shared.ts';
import { sideAddresses } from '../side-port.ts';
import { type DatabaseKeys, type MetricFacts, writeMetrics } from './figures.ts';
import { MetricsPage } from './page.ts';
import { MetricsServer } from './server.ts';

export interface MetricsParts {
  readonly config: Config;
  readonly shared: SharedState;
  readonly startedAtMs: number;
  readonly broadcast: <Asked extends ThreadRequest>(request: Asked) => Promise<AnswersTo<Asked>>;
  readonly tierStatus: () => Promise<TierStatus>;
  readonly log: (text: string) => void;
}

/** A thread that is in a long script, or in the middle of a large batch, is not waited for: Prometheus gives up after ten seconds. */
const PATIENCE_MS = 2000;

/** Opens `prometheus-port`. Rejects with a line for the operator. */
export async function startMetrics(parts: MetricsParts): Promise<MetricsServer> {
  const { config, log } = parts;
  const { bind } = config.values;
  const remote = () => !config.values['protected-mode'] || config.values.requirepass !== '';
  const server = new MetricsServer({
    addresses: sideAddresses(bind),
    port: config.values['prometheus-port'],
    allowsRemote: remote,
    scrape: async () => {
      const page = new MetricsPage();
      writeMetrics(page, await gather(parts));
      return { text: await page.text(), contentType: page.contentType };
    },
    log,
  });
  await server.listen();
  return server;
}

async function gather({ config, shared, startedAtMs, broadcast, tierStatus }: MetricsParts): Promise<MetricFacts> {
  const threads = config.values['server-threads'];
  const [tiers, commands, errors, infos] = await Promise.all([
    inTime(tierStatus()),
    inTime(broadcast({ kind: 'command-stats' })),
    inTime(broadcast({ kind: 'error-stats' })),
    inTime(broadcast({ kind: 'thread-info' })),
  ]);
  return {
    version: stratakvVersion,
    startedAtMs,
    // The row of the tier thread: nothing is added to it here.
    statistics: new Statistics(shared.statistics, threads),
    maxClients: config.values.maxclients,
    databases: databaseKeys(shared, threads),
    tiers,
    commands: commands && mergeCommandStatistics(commands),
    errors: errors && addUp(errors),
    threads: infos,
  };
}

function databaseKeys({ memory }: SharedState, thread: number): DatabaseKeys[] {
  const tables = new SlotTables(memory, thread);
  const found: DatabaseKeys[] = [];
  for (let db = 0; db < tables.databases; db++) {
    const table = tables.tableOf(db);
    const keys = tables.total(table, COUNT_KEYS);
    if (keys === 0) continue;
    const nvme = tables.total(table, COUNT_COLD);
    found.push({ db, ram: keys - nvme, nvme, expiring: tables.total(table, COUNT_EXPIRES) });
  }
  return found;
}

/** Undefined when it takes too long, or the disk fails: the rest is told all the same. */
async function inTime<T>(answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } catch (error) {
    // The store says that it cannot: INFO leaves it out as well.
    if (error instanceof CommandError) return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
