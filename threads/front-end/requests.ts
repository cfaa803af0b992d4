import { performance } from 'node:perf_hooks';
import { followConfigSet } from '../../engine/acl/start.ts';
import type { ThreadAnswers, ThreadInfo } from '../../engine/server/answers.ts';
import type { ThreadRequest } from '../../engine/server/link.ts';
import { unreachable } from '../../tiers/base/assert.ts';
import { evictClients, killClients, largestClients, listClients } from './client-requests.ts';
import type { FrontEnd } from './front-end.ts';
import { answerAclRequest } from './users.ts';

/** Answers what a thread asks of all threads, from this thread's own state. Called outside of batches. */
export function answerRequest(front: FrontEnd, request: ThreadRequest): ThreadAnswers[ThreadRequest['kind']] {
  const { statistics } = front;
  switch (request.kind) {
    case 'client-list':
      return listClients(front, request);
    case 'client-kill':
      return killClients(front, request.filter, request.askedBy);
    case 'client-sizes':
      return largestClients(front);
    case 'client-evict':
      return evictClients(front, request.ids);
    case 'client-pause':
      front.dispatcher.pause.start(request.untilMs, request.mode, Date.now());
      return undefined;
    case 'client-unpause':
      front.dispatcher.pause.end();
      return undefined;
    case 'client-unblock':
      // Clients that wait for the cold tier or another thread are not blocked in this sense.
      return front.blocking.unblock(request.id, request.withError) ? 1 : 0;
    case 'config-set':
      front.config.apply(request.pairs);
      followConfigSet(front.acl, request.pairs);
      return '';
    case 'config-resetstat':
      front.resetStatistics();
      return undefined;
    case 'slowlog-get':
      return statistics.slowlog.get(request.count);
    case 'slowlog-len':
      return statistics.slowlog.length;
    case 'slowlog-reset':
      statistics.slowlog.reset();
      return undefined;
    case 'latency-latest':
      return statistics.latency.latest();
    case 'latency-history':
      return statistics.latency.history(request.event);
    case 'latency-reset':
      return statistics.latency.reset(request.events);
    case 'latency-histogram': {
      const all = statistics.commands.snapshot().filter((one) => one.calls > 0);
      if (request.commands.length === 0) return all;
      return all.filter(({ name }) => request.commands.includes(name) || request.commands.includes(container(name)));
    }
    case 'command-stats':
      return statistics.commands.snapshot();
    case 'error-stats':
      return [...statistics.errorsByCode];
    case 'active-expire':
      // The sweep runs in the tier thread, which main tells.
      return undefined;
    case 'thread-info':
      return threadInfo(front);
    case 'acl-setuser':
    case 'acl-deluser':
    case 'acl-load':
    case 'acl-save':
    case 'acl-log':
    case 'acl-log-reset':
      return answerAclRequest(front, request);
    default:
      return unreachable(request);
  }
}

function container(name: string): string {
  return name.split('|', 1)[0] ?? name;
}

function threadInfo(front: FrontEnd): ThreadInfo {
  const { active, idle } = performance.eventLoopUtilization();
  let maxInputBuffer = 0;
  let maxOutputBuffer = 0;
  for (const connection of front.connections.values()) {
    maxInputBuffer = Math.max(maxInputBuffer, connection.queryBufferBytes);
    maxOutputBuffer = Math.max(maxOutputBuffer, connection.outputBufferBytes);
  }
  return {
    thread: front.threadIndex,
    clients: front.connections.size,
    blockedClients: front.statistics.of(front.threadIndex, 'blocked_clients'),
    loopActiveMs: active,
    loopIdleMs: idle,
    heapUsedBytes: process.memoryUsage().heapUsed,
    maxInputBuffer,
    maxOutputBuffer,
  };
}
