/** Entries of the same sort within this time are one. */
const GROUPING_MS = 60_000;
/** How far back a similar entry is looked for. */
const GROUPING_DEPTH = 10;
/** Of a long key or channel the beginning is enough; Redis keeps it whole, which lets a client without rights fill the memory. */
const MAX_OBJECT_CHARS = 1024;

export type DenialReason = 'command' | 'key' | 'channel' | 'auth';
export type DenialContext = 'toplevel' | 'multi' | 'lua';

/** Something that was denied, as ACL LOG tells it. Texts have one character per byte. */
export interface AclLogEntry {
  readonly reason: DenialReason;
  readonly context: DenialContext;
  /** The command, key or channel; for `auth` the command as it was written. */
  readonly object: string;
  readonly username: string;
  /** As in CLIENT LIST, of the last client. */
  readonly clientInfo: string;
  readonly count: number;
  /** Wall clock of the last time, in ms with fractions, so that the entries of several threads have an order. */
  readonly atMs: number;
}

/** What was denied on this thread, newest first. ACL LOG merges those of all threads. */
export class AclLog {
  private entries: AclLogEntry[] = [];

  /** @param maxLength `acllog-max-len` */
  record(denied: Omit<AclLogEntry, 'count'>, maxLength: number): void {
    const entry = { ...denied, object: shortened(denied.object), username: shortened(denied.username), count: 1 };
    const known = this.entries.findIndex((other, i) => i < GROUPING_DEPTH && isSimilar(other, entry));
    const [similar] = known < 0 ? [] : this.entries.splice(known, 1);
    this.entries.unshift({ ...entry, count: 1 + (similar?.count ?? 0) });
    if (similar === undefined && this.entries.length > maxLength) this.entries.length = maxLength;
  }

  get(): readonly AclLogEntry[] {
    return this.entries.slice();
  }

  reset(): void {
    this.entries = [];
  }
}

function isSimilar(a: AclLogEntry, b: AclLogEntry): boolean {
  return (
    a.reason === b.reason &&
    a.context === b.context &&
    Math.abs(a.atMs - b.atMs) <= GROUPING_MS &&
    a.object === b.object &&
    a.username === b.username
  );
}

function shortened(text: string): string {
  if (text.length <= MAX_OBJECT_CHARS) return text;
  return `${text.slice(0, MAX_OBJECT_CHARS)}... (${text.length - MAX_OBJECT_CHARS} more bytes)`;
}

/** The logs of several threads as one, newest first: similar entries of different threads are one entry. */
export function mergeAclLogs(logs: readonly (readonly AclLogEntry[])[], maxLength: number): AclLogEntry[] {
  const all = logs.flatMap((entries, thread) => entries.map((entry) => ({ entry, thread })));
  all.sort((a, b) => b.entry.atMs - a.entry.atMs);
  const merged: { entry: AclLogEntry; threads: Set<number> }[] = [];
  for (const { entry, thread } of all) {
    // What one thread has kept apart stays apart.
    const group = merged.find((one) => !one.threads.has(thread) && isSimilar(one.entry, entry));
    if (group === undefined) merged.push({ entry, threads: new Set([thread]) });
    else {
      group.entry = { ...group.entry, count: group.entry.count + entry.count };
      group.threads.add(thread);
    }
  }
  return merged.slice(0, maxLength).map(({ entry }) => entry);
}
