import type { ClientSize, ThreadAnswers } from '../../engine/server/answers.ts';
import type { ClientKillFilter } from '../../engine/server/link.ts';
import { counters } from '../../engine/server/statistics.ts';
import { LARGEST_CLIENTS } from './client-memory.ts';
import type { Connection } from './connection.ts';
import type { FrontEnd } from './front-end.ts';

/** CLIENT LIST: this thread's part. */
export function listClients(
  front: FrontEnd,
  { ids, type }: { readonly ids?: readonly number[]; readonly type?: string },
): ThreadAnswers['client-list'] {
  const nowMs = Date.now();
  const wanted = ids === undefined ? undefined : new Set(ids);
  const lines: { id: number; line: string }[] = [];
  for (const { session } of front.connections.values()) {
    if (wanted !== undefined && !wanted.has(session.id)) continue;
    if (type !== undefined && session.type !== type) continue;
    lines.push({ id: session.id, line: session.describe(nowMs) });
  }
  return lines;
}

/** CLIENT KILL: how many of this thread's clients were closed. */
export function killClients(front: FrontEnd, filter: ClientKillFilter, askedBy: number): number {
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
  if (filter.type !== undefined && session.type !== filter.type) return false;
  if (filter.maxAgeSeconds !== undefined && nowMs - session.createdAtMs < filter.maxAgeSeconds * 1000) return false;
  return session.id !== askedBy || filter.skipMe !== true;
}

/** For `maxmemory-clients`: the clients of this thread that take most. */
export function largestClients(front: FrontEnd): readonly ClientSize[] {
  return [...front.connections.values()]
    .map((connection) => ({ id: connection.session.id, bytes: connection.evictableBytes }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, LARGEST_CLIENTS);
}

/** Closes a client for its memory. */
export function evictClient(front: FrontEnd, connection: Connection): void {
  front.log('notice', `Evicting client: ${connection.session.describe(Date.now())}`);
  front.statistics.add(counters.evicted_clients, 1);
  front.clientMemory.forget(connection);
  connection.evict();
}

/** Closes those of the clients that this thread has; how many they were. */
export function evictClients(front: FrontEnd, ids: readonly number[]): number {
  let evicted = 0;
  for (const id of ids) {
    const connection = front.connections.get(id);
    if (connection === undefined || connection.evictableBytes === 0) continue;
    evictClient(front, connection);
    evicted++;
  }
  return evicted;
}
