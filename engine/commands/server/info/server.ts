import { arch, machine, release, type } from 'node:os';
import { compatibleRedisVersion, redisVersion, stratakvVersion } from '../../version.ts';
import { clockMicroseconds } from '../clock.ts';
import type { InfoSection } from './section.ts';

export const serverSection: InfoSection = {
  name: 'server',
  title: 'Server',
  byDefault: true,
  needs: [],
  fields({ context: { server, nowMs } }) {
    const { values } = server.config;
    const uptimeSeconds = Math.max(0, Math.floor((nowMs - server.startedAtMs) / 1000));
    return [
      ['redis_version', redisVersion(server)],
      ['stratakv_version', stratakvVersion],
      ['compatible_with_redis', compatibleRedisVersion],
      ['redis_git_sha1', '00000000'],
      ['redis_git_dirty', 0],
      ['redis_build_id', '0'],
      ['redis_mode', 'standalone'],
      ['os', `${type()} ${release()} ${machine()}`],
      ['arch_bits', arch().includes('64') ? 64 : 32],
      ['monotonic_clock', 'POSIX clock_gettime'],
      ['multiplexing_api', process.platform === 'linux' ? 'epoll' : 'libuv'],
      ['node_version', process.versions.node],
      ['process_id', process.pid],
      ['process_supervised', 'no'],
      ['run_id', server.runId],
      ['tcp_port', values.port === 0 ? values['tls-port'] : values.port],
      ['server_time_usec', clockMicroseconds().toString()],
      ['uptime_in_seconds', uptimeSeconds],
      ['uptime_in_days', Math.floor(uptimeSeconds / 86400)],
      ['hz', values.hz],
      ['configured_hz', values.hz],
      ['lru_clock', Math.floor(nowMs / 1000) & 0xffffff],
      ['executable', process.execPath],
      ['config_file', server.config.file ?? ''],
      ['io_threads_active', 0],
      ['availability_zone', values['availability-zone']],
    ];
  },
};
