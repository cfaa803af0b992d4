import type { InfoSection } from './section.ts';

/** There are none; the empty section tells clients so. */
export const modulesSection: InfoSection = {
  name: 'modules',
  title: 'Modules',
  byDefault: true,
  needs: [],
  fields: () => [],
};
