import type { ReplyWriter } from '../../../protocol/resp/writer.ts';
import type { Slice } from '../../../tiers/tree/slice.ts';
import { NO_CONSUMER } from '../../types/stream/consumers.ts';
import type { CommandContext } from '../context.ts';
import { leastId } from './ids.ts';

export function replyName(reply: ReplyWriter, { view, bytes, at, length }: Slice): void {
  reply.bulkFrom(view, bytes, at, length);
}

/** What is pending in the group that was found last: all of it as a number, the first `count` in full. */
export function replyPendingOfGroup({ keyspace, reply }: CommandContext, count: number): void {
  const { consumers, groups, pending } = keyspace.streams;
  const group = groups.number;
  reply.text('pel-count');
  reply.integer(pending.count(group));
  reply.text('pending');
  const mark = reply.mark();
  let listed = 0;
  for (let more = pending.seek(group, leastId); more && listed < count; more = pending.next()) {
    reply.array(4);
    pending.id.reply(reply);
    replyName(reply, consumers.load(group, pending.consumer));
    reply.integer(pending.timeMs);
    reply.integer(pending.deliveries);
    listed++;
  }
  reply.patchArray(mark, listed);
}

/** Its consumers, with the first `count` entries that each has not acknowledged. */
export function replyConsumersFull(context: CommandContext, count: number): void {
  const { keyspace, reply } = context;
  const { consumers, groups, pending } = keyspace.streams;
  const group = groups.number;
  reply.text('consumers');
  reply.array(consumers.count(group));
  for (let consumer = consumers.first(group); consumer !== NO_CONSUMER; consumer = consumers.next()) {
    reply.map(5);
    reply.text('name');
    replyName(reply, consumers.load(group, consumer));
    reply.text('seen-time');
    reply.integer(consumers.seenMs);
    reply.text('active-time');
    reply.integer(consumers.activeMs);
    reply.text('pel-count');
    reply.integer(pending.countOwned(group, consumer));
    reply.text('pending');
    const mark = reply.mark();
    let listed = 0;
    for (let more = pending.seekOwned(group, consumer, leastId); more && listed < count; more = pending.nextOwned()) {
      pending.find(group, pending.id);
      reply.array(3);
      pending.id.reply(reply);
      reply.integer(pending.timeMs);
      reply.integer(pending.deliveries);
      listed++;
    }
    reply.patchArray(mark, listed);
  }
}
