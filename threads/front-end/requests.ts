import { performance } from 'node:perf_hooks';
import { followConfigSet } from '../../engine/acl/start.ts';
import type { ThreadAnswers, ThreadInfo } from '../../engine/server/answers.ts';
import type { ClientKillFilter, ThreadRequest } from '../../engine/server/link.ts';
import { unreachable } from '../../tiers/base/assert.ts';
import type { Connection } from './connection.ts';
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
      statistics.reset();
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

function listClients(
  front: FrontEnd,
  { ids, type }: { readonly ids?: readonly number[]; readonly type?: string },
): ThreadAnswers['client-list'] {
  // There are only normal clients so far.
  if (type !== undefined && type !== 'normal') return [];
  const nowMs = Date.now();
  const wanted = ids === undefined ? undefined : new Set(ids);
  const lines: { id: number; line: string }[] = [];
  for (const { session } of front.connections.values()) {
    if (wanted === undefined || wanted.has(session.id)) lines.push({ id: session.id, line: session.describe(nowMs) });
  }
  return lines;
}

function killClients(front: FrontEnd, filter: ClientKillFilter, askedBy: number): number {
  const nowMs = Date.now();
  let killed = 0;
  for (const connection of [...front.connections.values()]) {
    if (!matchesFilter(connection, filter, askedBy, nowMs)) continue;
    killed++;
    // The asker, who waits for this very answer, gets its reply first.
    if (connection.session.id === askedBy) connection.closeOnceAnswered();
    else connection.kill();
  }
  return killed;
}

function matchesFilter({ session }: Connection, filter: ClientKillFilter, askedBy: number, nowMs: number): boolean {
  if (filter.id !== undefined && session.id !== filter.id) return false;
  if (filter.address !== undefined && session.address !== filter.address) return false;
  if (filter.localAddress !== undefined && session.localAddress !== filter.localAddress) return false;
  if (filter.user !== undefined && session.user !== filter.user) return false;
  if (filter.type !== undefined && filter.type !== 'normal') return false;
  if (filter.maxAgeSeconds !== undefined && nowMs - session.createdAtMs < filter.maxAgeSeconds * 1000) return false;
  return session.id !== askedBy || filter.skipMe !== true;
}

function threadInfo(front: FrontEnd): ThreadInfo {
  const { active, idle } = performance.eventLoopUtilization();
  let query = 0;
  let output = 0;
  let maxInputBuffer = 0;
  let maxOutputBuffer = 0;
  for (const connection of front.connections.values()) {
    query += connection.queryBufferBytes;
    output += connection.outputBufferBytes;
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
    queryBufferBytes: query,
    outputBufferBytes: output,
    maxInputBuffer,
    maxOutputBuffer,
  };
}
