import type {
  CommandCounts,
  CurveReading,
  HotKeyReading,
  LatencyRows,
  ThreadReading,
} from '../../engine/live/reading.ts';
import type { SlotFigures } from '../../tiers/index/slot-figures.ts';

/** A reply as ioredis gives it when asked for buffers. */
export type Reply = Buffer | number | null | readonly Reply[];

/** Names and values of a map, which RESP2 sends as a list. */
export function fieldsOf(reply: Reply | undefined): Map<string, Reply> {
  const fields = new Map<string, Reply>();
  const items = listOf(reply);
  for (let at = 0; at + 1 < items.length; at += 2) fields.set(textOf(items[at]), items[at + 1] ?? null);
  return fields;
}

function listOf(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? reply : [];
}

export function textOf(reply: Reply | undefined): string {
  return Buffer.isBuffer(reply) ? reply.toString() : typeof reply === 'number' ? String(reply) : '';
}

/** 0 for what is no number. */
function numberOf(reply: Reply | undefined): number {
  const value = Number(textOf(reply));
  return Number.isFinite(value) ? value : 0;
}

/** Fields of INFO, and of its section `commandstats` the counts. */
export function readInfo(text: string): { info: Map<string, string>; commands: Map<string, CommandCounts> } {
  const info = new Map<string, string>();
  const commands = new Map<string, CommandCounts>();
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf(':');
    if (at <= 0 || line.startsWith('#')) continue;
    const [name, value] = [line.slice(0, at), line.slice(at + 1)];
    if (name.startsWith('cmdstat_')) commands.set(name.slice('cmdstat_'.length), readCounts(value));
    else info.set(name, value);
  }
  return { info, commands };
}

function readCounts(text: string): CommandCounts {
  const values = new Map(text.split(',').map((part): [string, number] => [part.split('=')[0] ?? '', number(part)]));
  const value = (name: string) => values.get(name) ?? 0;
  return {
    calls: value('calls'),
    usec: value('usec'),
    rejected: value('rejected_calls'),
    failed: value('failed_calls'),
  };
}

function number(pair: string): number {
  const value = Number(pair.slice(pair.indexOf('=') + 1));
  return Number.isFinite(value) ? value : 0;
}

export function readLatencies(reply: Reply): Map<string, LatencyRows> {
  const latencies = new Map<string, LatencyRows>();
  for (const [command, figures] of fieldsOf(reply)) {
    const rows = fieldsOf(fieldsOf(figures).get('histogram_usec'));
    latencies.set(
      command,
      [...rows].map(([upToUsec, calls]) => [Number(upToUsec), numberOf(calls)] as const),
    );
  }
  return latencies;
}

export function readThreads(reply: Reply): ThreadReading[] {
  return listOf(reply)
    .map(fieldsOf)
    .map((fields) => ({
      thread: textOf(fields.get('thread')),
      clients: numberOf(fields.get('clients')),
      blockedClients: numberOf(fields.get('blocked_clients')),
      busyUsec: numberOf(fields.get('busy_usec')),
      idleUsec: numberOf(fields.get('idle_usec')),
      heapBytes: numberOf(fields.get('heap_bytes')),
      longestStallUsec: numberOf(fields.get('longest_stall_usec')),
      silentMs: 0,
    }));
}

export function readHotKeys(reply: Reply): HotKeyReading[] {
  return listOf(reply)
    .map(fieldsOf)
    .map((fields) => {
      const key = fields.get('key');
      return {
        db: numberOf(fields.get('db')),
        key: Buffer.isBuffer(key) ? key : Buffer.alloc(0),
        uses: numberOf(fields.get('uses')),
        error: numberOf(fields.get('error')),
        perSecond: numberOf(fields.get('per_second')),
      };
    });
}

export function readSlots(reply: Reply): SlotFigures {
  const fields = fieldsOf(reply);
  const value = (name: string) => numberOf(fields.get(name));
  return {
    slots: value('slots'),
    usedSlots: value('used_slots'),
    keys: value('keys'),
    deviation: value('deviation'),
    largestSlot: value('largest_slot'),
    largestSlotKeys: value('largest_slot_keys'),
    ranges: pairsOf(fields.get('keys_by_range')),
  };
}

export function readCurve(reply: Reply): CurveReading {
  const fields = fieldsOf(reply);
  const value = (name: string) => numberOf(fields.get(name));
  return {
    seconds: value('seconds'),
    sampledKeys: value('sampled_keys'),
    ramBytes: value('ram_bytes'),
    rows: pairsOf(fields.get('miss_ratio_by_bytes')),
  };
}

function pairsOf(reply: Reply | undefined): (readonly [number, number])[] {
  return listOf(reply).map((row) => {
    const [a, b] = listOf(row);
    return [numberOf(a), numberOf(b)] as const;
  });
}
