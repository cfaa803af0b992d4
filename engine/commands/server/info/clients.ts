import type { InfoField, InfoSection } from './section.ts';

export const clientsSection: InfoSection = {
  name: 'clients',
  title: 'Clients',
  byDefault: true,
  needs: ['threads'],
  fields({ context: { server }, threads }) {
    const { statistics } = server;
    const perThread: InfoField[] = [];
    for (let thread = 0; thread < server.threadCount; thread++) {
      perThread.push([`thread_${thread}_clients`, statistics.of(thread, 'connected_clients')]);
    }
    return [
      ['connected_clients', statistics.total('connected_clients')],
      ['cluster_connections', 0],
      ['maxclients', server.config.values.maxclients],
      ['client_recent_max_input_buffer', Math.max(0, ...threads.map((thread) => thread.maxInputBuffer))],
      ['client_recent_max_output_buffer', Math.max(0, ...threads.map((thread) => thread.maxOutputBuffer))],
      ['blocked_clients', statistics.total('blocked_clients')],
      ['tracking_clients', server.statistics.total('tracking_clients')],
      ['clients_in_timeout_table', 0],
      ['current_client_thread', server.threadIndex],
      ...perThread,
    ];
  },
};
