import { percentileNs } from '../../../server/latency-histogram.ts';
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
      .filter(({ histogram }) => histogram.length > 0)
      .map((command): InfoField => {
        const parts = wanted.map((p) => `p${p}=${(percentileNs(command.histogram, Number(p)) / 1000).toFixed(3)}`);
        return [`latency_percentiles_usec_${command.name}`, parts.join(',')];
      });
  },
};
