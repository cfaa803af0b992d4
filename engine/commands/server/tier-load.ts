import type { SlotFigures } from '../../../tiers/index/slot-figures.ts';
import type { CommandContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import type { CommandSpec, DeferredReply } from '../spec.ts';
import { tierStatus } from './info.ts';

const noStatus = new CommandError('IOERR the tier thread cannot tell its state');

/** Busy time is that of the event loop since the thread began: two readings tell the share in between. */
export const threads: CommandSpec = {
  name: 'threads',
  summary: 'Tell how busy each thread is',
  since: '7.0.15',
  group: 'server',
  complexity: 'O(N), N being the number of threads',
  arity: 2,
  flags: ['loading', 'stale'],
  categories: [],
  keySpecs: [],
  tips: ['nondeterministic_output'],
  tiers: 'none',
  async execute({ server }): DeferredReply {
    const [infos, status] = await Promise.all([server.broadcast({ kind: 'thread-info' }), tierStatus(server)]);
    return (context) => {
      if (status === undefined) throw noStatus;
      const { tierThread, longestStallsUsec } = status;
      const { reply, server: own } = context;
      reply.array(infos.length + 1);
      for (const info of infos) {
        const clients = own.statistics.of(info.thread, 'connected_clients');
        writeThread(context, String(info.thread), {
          ...info,
          clients,
          longestStallUsec: longestStallsUsec[info.thread] ?? 0,
        });
      }
      const longestStallUsec = longestStallsUsec.at(-1) ?? 0;
      writeThread(context, 'tier', { ...tierThread, clients: 0, blockedClients: 0, longestStallUsec });
    };
  },
};

interface ThreadLoad {
  readonly clients: number;
  readonly blockedClients: number;
  readonly loopActiveMs: number;
  readonly loopIdleMs: number;
  readonly heapUsedBytes: number;
  readonly longestStallUsec: number;
}

function writeThread({ reply }: CommandContext, thread: string, load: ThreadLoad): void {
  reply.map(7);
  reply.text('thread');
  reply.text(thread);
  const fields = [
    ['clients', load.clients],
    ['blocked_clients', load.blockedClients],
    ['busy_usec', load.loopActiveMs * 1000],
    ['idle_usec', load.loopIdleMs * 1000],
    ['heap_bytes', load.heapUsedBytes],
    ['longest_stall_usec', load.longestStallUsec],
  ] as const;
  for (const [name, value] of fields) {
    reply.text(name);
    reply.integer(Math.round(value));
  }
}

export const slots: CommandSpec = {
  name: 'slots',
  summary: 'Tell how the keys of all databases spread over the slots',
  since: '7.0.15',
  group: 'server',
  complexity: 'O(N), N being the number of slots of all databases with keys',
  arity: 2,
  flags: ['admin'],
  categories: [],
  keySpecs: [],
  tips: ['nondeterministic_output'],
  tiers: 'none',
  async execute({ server }): DeferredReply {
    const found = (await server.tiers({ kind: 'slots' })) as SlotFigures;
    return ({ reply }) => {
      const fields = [
        ['slots', found.slots],
        ['used_slots', found.usedSlots],
        ['keys', found.keys],
        ['largest_slot', found.largestSlot],
        ['largest_slot_keys', found.largestSlotKeys],
      ] as const;
      reply.map(fields.length + 2);
      for (const [name, value] of fields) {
        reply.text(name);
        reply.integer(value);
      }
      reply.text('deviation');
      reply.text(found.deviation.toFixed(2));
      reply.text('keys_by_range');
      reply.array(found.ranges.length);
      for (const [ram, nvme] of found.ranges) {
        reply.array(2);
        reply.integer(ram);
        reply.integer(nvme);
      }
    };
  },
};
