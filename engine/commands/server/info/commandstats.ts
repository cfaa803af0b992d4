import type { CommandStatisticsSnapshot } from '../../../server/command-statistics.ts';
import type { InfoField, InfoSection } from './section.ts';

export const commandStatsSection: InfoSection = {
  name: 'commandstats',
  title: 'Commandstats',
  byDefault: false,
  needs: ['commands'],
  fields: ({ commands }) =>
    commands.map(({ name, calls, usec, rejected, failed }): InfoField => {
      const perCall = (calls === 0 ? 0 : usec / calls).toFixed(2);
      const text = `calls=${calls},usec=${Math.round(usec)},usec_per_call=${perCall},rejected_calls=${rejected},failed_calls=${failed}`;
      return [`cmdstat_${name}`, text];
    }),
};

/** Percentiles from the histograms: the upper bound of the bucket that holds them. */
export const latencyStatsSection: InfoSection = {
  name: 'latencystats',
  title: 'Latencystats',
  byDefault: false,
  needs: ['commands'],
  fields({ commands, context: { server } }) {
    const { values } = server.config;
    if (!values['latency-tracking']) return [];
    const wanted = values['latency-tracking-info-percentiles'];
    return commands
      .filter(({ calls }) => calls > 0)
      .map((command): InfoField => {
        const parts = wanted.map((p) => `p${p}=${percentileUsec(command, Number(p)).toFixed(3)}`);
        return [`latency_percentiles_usec_${command.name}`, parts.join(',')];
      });
  },
};

function percentileUsec({ histogram }: CommandStatisticsSnapshot, percentile: number): number {
  let all = 0;
  for (const [, calls] of histogram) all += calls;
  const rank = Math.ceil((all * percentile) / 100);
  let seen = 0;
  for (const [upToUsec, calls] of histogram) {
    seen += calls;
    if (seen >= rank) return upToUsec;
  }
  return histogram.at(-1)?.[0] ?? 0;
}
