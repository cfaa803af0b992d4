import { clientsSection } from './clients.ts';
import { clusterSection } from './cluster.ts';
import { commandStatsSection, latencyStatsSection } from './commandstats.ts';
import { cpuSection } from './cpu.ts';
import { errorStatsSection } from './errorstats.ts';
import { keyspaceSection } from './keyspace.ts';
import { memorySection } from './memory.ts';
import { modulesSection } from './modules.ts';
import { persistenceSection } from './persistence.ts';
import { replicationSection } from './replication.ts';
import type { InfoFacts, InfoSection } from './section.ts';
import { serverSection } from './server.ts';
import { statsSection } from './stats.ts';
import { keydbSection, tiersSection } from './tiers.ts';

/** In the order in which INFO prints them: Redis's, then ours. */
export const infoSections: readonly InfoSection[] = [
  serverSection,
  clientsSection,
  memorySection,
  persistenceSection,
  statsSection,
  replicationSection,
  cpuSection,
  modulesSection,
  commandStatsSection,
  errorStatsSection,
  latencyStatsSection,
  clusterSection,
  keyspaceSection,
  tiersSection,
  keydbSection,
];

/** The sections that INFO's arguments ask for, each once and in printing order; names that are none are ignored. */
export function chooseSections(asked: readonly string[]): InfoSection[] {
  const names = new Set(asked.map((name) => name.toLowerCase()));
  const all = names.has('all') || names.has('everything');
  const defaults = asked.length === 0 || names.has('default');
  return infoSections.filter(
    (section) =>
      all ||
      (defaults && section.byDefault) ||
      names.has(section.name) ||
      (section.name === 'modules' && names.has('module_list')),
  );
}

/** The text of some sections. */
export function renderSections(sections: readonly InfoSection[], facts: InfoFacts): string {
  return sections
    .map((section) => {
      const lines = section.fields(facts).map(([name, value]) => `${name}:${value}\r\n`);
      return `# ${section.title}\r\n${lines.join('')}`;
    })
    .join('\r\n');
}
