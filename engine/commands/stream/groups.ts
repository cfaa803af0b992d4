import { Slice } from '../../../tiers/tree/slice.ts';
import { eventClass } from '../../events/events.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import { VALUE_STREAM } from '../../keyspace/key-ref.ts';
import { NO_CONSUMER } from '../../types/stream/consumers.ts';
import type { Stream } from '../../types/stream/stream.ts';
import type { StreamId } from '../../types/stream/stream-id.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, untilNul } from '../errors.ts';
import { argument } from './ids.ts';

const name = new Slice();

/** Redis's texts for a group that is not there. */
export type NoGroupText = 'claim' | 'read' | 'manage';

/** `NOGROUP ...` for the key and group named by two arguments. */
export function noGroup(
  { request }: CommandContext,
  keyIndex: number,
  groupIndex: number,
  text: NoGroupText,
): CommandError {
  const key = untilNul(request.latin1(keyIndex));
  const group = untilNul(request.latin1(groupIndex));
  switch (text) {
    case 'claim':
      return new CommandError(`NOGROUP No such key '${key}' or consumer group '${group}'`);
    case 'read':
      return new CommandError(
        `NOGROUP No such key '${key}' or consumer group '${group}' in XREADGROUP with GROUP option`,
      );
    case 'manage':
      return new CommandError(`NOGROUP No such consumer group '${group}' for key name '${key}'`);
  }
}

/** Opens the stream with all that belongs to groups, and finds the group; undefined when one of them does not exist. */
export function openGroup({ keyspace, request }: CommandContext, key: KeyRef, groupIndex: number): Stream | undefined {
  keyspace.requireType(key, VALUE_STREAM);
  if (!key.exists) return undefined;
  const stream = keyspace.streams.openAll(key);
  return keyspace.streams.groups.find(argument(request, groupIndex, name)) ? stream : undefined;
}

/** The same without the stream itself; false when key or group do not exist. */
export function findGroup({ keyspace, request }: CommandContext, key: KeyRef, groupIndex: number): boolean {
  keyspace.requireType(key, VALUE_STREAM);
  return key.exists && keyspace.streams.openGroups(key).find(argument(request, groupIndex, name));
}

/** The consumer named by an argument, created if need be. It is seen now, and active. */
export function useConsumer(
  { keyspace, nowMs, request }: CommandContext,
  stream: Stream,
  group: number,
  nameIndex: number,
  active: boolean,
): number {
  const { consumers } = keyspace.streams;
  const consumerName = argument(request, nameIndex, name);
  let consumer = consumers.find(group, consumerName);
  if (consumer === NO_CONSUMER) {
    consumer = consumers.create(stream, group, consumerName, nowMs);
    keyspace.streams.created = true;
    if (!active) return consumer;
  }
  consumers.touch(group, consumer, nowMs, active ? nowMs : -1);
  return consumer;
}

/** How many consumers the command has created since the last call: 0 or 1. Sends their event. */
export function tellCreated({ keyspace }: CommandContext, key: KeyRef): number {
  const created = keyspace.streams.takeCreated();
  if (created > 0) keyspace.events.notify(eventClass.stream, 'xgroup-createconsumer', key);
  return created;
}

/** Goes where `useConsumer` would write; answers the consumer, or NO_CONSUMER. */
export function lookForConsumer({ keyspace, request }: CommandContext, group: number, nameIndex: number): number {
  const { consumers } = keyspace.streams;
  const consumer = consumers.find(group, argument(request, nameIndex, name));
  if (consumer === NO_CONSUMER) consumers.lookForCreation(group);
  else consumers.load(group, consumer);
  return consumer;
}

/** An entry with this id: as `walk.find`, into the reply. False when there is none. */
export function replyEntry({ reply }: CommandContext, stream: Stream, id: StreamId): boolean {
  if (!stream.walk.find(id)) return false;
  stream.walk.entry.reply(reply);
  return true;
}
