import type { InfoSection } from './section.ts';

export const errorStatsSection: InfoSection = {
  name: 'errorstats',
  title: 'Errorstats',
  byDefault: true,
  needs: ['errors'],
  fields: ({ errors }) => errors.map(([code, count]) => [`errorstat_${code}`, `count=${count}`]),
};
