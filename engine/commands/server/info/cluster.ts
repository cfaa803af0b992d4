import type { InfoSection } from './section.ts';

export const clusterSection: InfoSection = {
  name: 'cluster',
  title: 'Cluster',
  byDefault: true,
  needs: [],
  fields: () => [['cluster_enabled', 0]],
};
