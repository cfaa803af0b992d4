import type { InfoSection } from './section.ts';

function seconds(microseconds: number): string {
  return (microseconds / 1e6).toFixed(6);
}

/** Of the whole process: Node does not tell threads apart. */
export const cpuSection: InfoSection = {
  name: 'cpu',
  title: 'CPU',
  byDefault: true,
  needs: ['threads'],
  fields({ context: { server }, threads }) {
    const { system, user } = process.cpuUsage();
    return [
      ['used_cpu_sys', seconds(system)],
      ['used_cpu_user', seconds(user)],
      ['used_cpu_sys_children', seconds(0)],
      ['used_cpu_user_children', seconds(0)],
      ['server_threads', server.threadCount],
      ...threads.map(
        ({ thread, loopActiveMs, loopIdleMs }) =>
          [`thread_${thread}_busy_perc`, busyPercent(loopActiveMs, loopIdleMs)] as const,
      ),
    ];
  },
};

function busyPercent(activeMs: number, idleMs: number): string {
  const all = activeMs + idleMs;
  return (all === 0 ? 0 : (activeMs * 100) / all).toFixed(2);
}
