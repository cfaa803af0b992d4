import { NO_CONSUMER } from '../../types/stream/consumers.ts';
import { IdList } from '../../types/stream/id-list.ts';
import type { Stream } from '../../types/stream/stream.ts';
import { StreamId } from '../../types/stream/stream-id.ts';
import type { CommandContext } from '../context.ts';
import { lookForConsumer, replyEntry, tellCreated, useConsumer } from './groups.ts';
import { greatestId } from './ids.ts';

/** What XREADGROUP delivers of one stream; its group was found. */
interface Delivery {
  readonly consumerIndex: number;
  readonly count: number;
  readonly noack: boolean;
}

const ids = new IdList();
const id = new StreamId();

/**
 * Entries that the group has not seen: writes them, makes them pending, moves the group on. False when there are none, and nothing was changed.
 */
export function deliverNew(context: CommandContext, keyNumber: number, stream: Stream, delivery: Delivery): boolean {
  const { keyspace, nowMs, reply } = context;
  const { groups, pending, collections } = keyspace.streams;
  const { walk } = stream;
  if (stream.length === 0 || groups.lastId.compareTo(stream.lastId) >= 0) return false;
  id.assign(groups.lastId).increment();
  walk.begin(id, greatestId);
  const mark = reply.mark();
  ids.clear();
  while (ids.count < delivery.count && walk.next()) {
    walk.entry.reply(reply);
    ids.push(walk.entry.id);
  }
  if (ids.count === 0) return false;
  reply.patchArray(mark, ids.count);
  const key = context.keys.at(keyNumber);
  const group = groups.number;
  if (!collections.neverStored(key)) look(context, group, delivery);
  const consumer = useConsumer(context, stream, group, delivery.consumerIndex, true);
  for (let n = 0; n < ids.count; n++) {
    groups.deliver(stream, ids.get(n, id));
    if (delivery.noack) continue;
    // XGROUP SETID may have moved the group back: then it may be pending already.
    if (pending.find(group, id)) pending.assign(consumer, nowMs, 1);
    else pending.add(group, id, consumer, nowMs, 1);
  }
  groups.save();
  collections.changedAside(key, tellCreated(context, key) + 1);
  return true;
}

/** Goes to everything that delivering `ids` changes. */
function look(context: CommandContext, group: number, { consumerIndex, noack }: Delivery): void {
  const { pending } = context.keyspace.streams;
  const consumer = lookForConsumer(context, group, consumerIndex);
  if (noack) return;
  for (let n = 0; n < ids.count; n++) {
    pending.look(group, ids.get(n, id), consumer === NO_CONSUMER ? UNBORN : consumer);
  }
}

/** No consumer's number is greater: where a new one's entries will be. */
const UNBORN = 0xffffffff;

/** What the consumer was given after `after` and has not acknowledged. */
export function deliverHistory(
  context: CommandContext,
  keyNumber: number,
  stream: Stream,
  after: StreamId,
  delivery: Delivery,
): void {
  const { keyspace, nowMs, reply } = context;
  const { groups, pending, collections } = keyspace.streams;
  const group = groups.number;
  const key = context.keys.at(keyNumber);
  const known = lookForConsumer(context, group, delivery.consumerIndex);
  const mark = reply.mark();
  ids.clear();
  id.assign(after);
  let read = 0;
  // After the greatest id Redis begins anew at 0-0.
  id.increment();
  for (
    let more = known !== NO_CONSUMER && pending.seekOwned(group, known, id);
    more && read < delivery.count;
    more = pending.nextOwned()
  ) {
    read++;
    if (replyEntry(context, stream, pending.id)) ids.push(pending.id);
    else {
      reply.array(2);
      pending.id.reply(reply);
      reply.nilArray();
    }
  }
  reply.patchArray(mark, read);
  if (!collections.neverStored(key)) for (let n = 0; n < ids.count; n++) pending.find(group, ids.get(n, id));
  const consumer = useConsumer(context, stream, group, delivery.consumerIndex, false);
  for (let n = 0; n < ids.count; n++) {
    if (!pending.find(group, ids.get(n, id))) continue;
    const { deliveries } = pending;
    pending.assign(consumer, nowMs, typeof deliveries === 'bigint' ? deliveries + 1n : deliveries + 1);
  }
  collections.changedAside(key, tellCreated(context, key) + 1);
}
