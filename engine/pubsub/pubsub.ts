import { ReplyWriter } from '../../protocol/resp/writer.ts';
import { globMatchRange } from '../../protocol/text/glob.ts';
import { MAIL_PUBLISH, type Mail } from '../server/mail.ts';
import type { Session } from '../server/session.ts';
import { CHANNEL, type ChannelRegistry, PATTERN, SHARD_CHANNEL, type TopicKind } from './registry.ts';
import { Subscriptions } from './subscriptions.ts';

/** The subscribers of this thread to one channel or pattern, in the order in which they came. */
type Subscribers = Set<Session>;

/**
 * Mail of a message: kind u32 | length of the channel u32 | channel | message.
 */
const MAIL_KIND = 0;
const MAIL_CHANNEL_LENGTH = 4;
const MAIL_CHANNEL = 8;
/** What a subscription takes beside its name, in the sets that hold it. */
const topicBytes = 64;
const FIRST_MAIL_BYTES = 16 * 1024;
/** A buffer for mail that has grown beyond this is not kept. */
const MAX_MAIL_BYTES = 256 * 1024;

/**
 * One thread's part of publish and subscribe. Who subscribes on which thread stands in the registry; the clients themselves are known to their
 * own thread only, which gets messages for them by mail. Messages of one publisher stay in order: they reach this thread's clients at once, and
 * those of another by the one ring between the two threads.
 */
export class PubSub {
  readonly registry: ChannelRegistry;
  private readonly mail: Mail;
  private readonly channels: Map<string, Subscribers> = new Map();
  private readonly shardChannels: Map<string, Subscribers> = new Map();
  private readonly patterns: Map<string, { readonly pattern: Buffer; readonly subscribers: Subscribers }> = new Map();
  private readonly counts: Uint32Array;
  /** A message as it is sent, in RESP2 and RESP3 one after the other. */
  private readonly writer: ReplyWriter = new ReplyWriter();
  private letter: Buffer = Buffer.alloc(FIRST_MAIL_BYTES);

  constructor(registry: ChannelRegistry, mail: Mail) {
    this.registry = registry;
    this.mail = mail;
    this.counts = new Uint32Array(mail.threads);
    mail.on(MAIL_PUBLISH, (_from, bytes, view, start, length) => {
      const kind = view.getUint32(start + MAIL_KIND, true) === SHARD_CHANNEL ? SHARD_CHANNEL : CHANNEL;
      const channelLength = view.getUint32(start + MAIL_CHANNEL_LENGTH, true);
      const channelAt = start + MAIL_CHANNEL;
      const messageAt = channelAt + channelLength;
      const messageLength = start + length - messageAt;
      this.deliver(kind, bytes, channelAt, channelLength, bytes, messageAt, messageLength);
    });
  }

  /** Whether the client was no subscriber yet. Throws errors.oom, and nothing has changed. */
  join(session: Session, kind: TopicKind, topic: Buffer): boolean {
    const name = topic.latin1Slice();
    const mine = session.subscriptions ?? new Subscriptions();
    if (mine.of(kind).has(name)) return false;
    this.registry.add(kind, topic);
    session.subscriptions = mine;
    mine.of(kind).add(name);
    mine.bytes += name.length + topicBytes;
    if (kind === PATTERN) {
      const known = this.patterns.get(name);
      if (known === undefined)
        this.patterns.set(name, { pattern: Buffer.from(topic), subscribers: new Set([session]) });
      else known.subscribers.add(session);
      return true;
    }
    const topics = this.topics(kind);
    const subscribers = topics.get(name);
    if (subscribers === undefined) topics.set(name, new Set([session]));
    else subscribers.add(session);
    return true;
  }

  /** @param name one character per byte. Whether the client was a subscriber. */
  leave(session: Session, kind: TopicKind, name: string): boolean {
    const mine = session.subscriptions;
    if (mine === undefined || !mine.of(kind).delete(name)) return false;
    mine.bytes -= name.length + topicBytes;
    this.registry.remove(kind, Buffer.from(name, 'latin1'));
    if (kind === PATTERN) {
      const subscribers = this.patterns.get(name)?.subscribers;
      subscribers?.delete(session);
      if (subscribers?.size === 0) this.patterns.delete(name);
    } else {
      const topics = this.topics(kind);
      const subscribers = topics.get(name);
      subscribers?.delete(session);
      if (subscribers?.size === 0) topics.delete(name);
    }
    if (mine.count === 0) session.subscriptions = undefined;
    return true;
  }

  /** The client is gone, or reset. */
  leaveAll(session: Session): void {
    for (const kind of [CHANNEL, SHARD_CHANNEL, PATTERN] as const) {
      for (const name of [...(session.subscriptions?.of(kind) ?? [])]) this.leave(session, kind, name);
    }
  }

  /** Sends a message to all subscribers of the channel, on all threads; answers how many they are, a client counting once for each of its subscriptions. */
  publish(
    kind: typeof CHANNEL | typeof SHARD_CHANNEL,
    channel: Buffer,
    channelStart: number,
    channelLength: number,
    message: Buffer,
    messageStart: number,
    messageLength: number,
  ): number {
    const { counts, registry, mail } = this;
    counts.fill(0);
    let receivers = registry.count(kind, channel, channelStart, channelLength, counts);
    if (kind === CHANNEL && registry.size(PATTERN) > 0) {
      for (const { pattern, counts: matching } of registry.patterns()) {
        if (!globMatchRange(pattern, channel, channelStart, channelLength)) continue;
        for (let thread = 0; thread < matching.length; thread++) {
          const count = matching[thread] ?? 0;
          counts[thread] = (counts[thread] ?? 0) + count;
          receivers += count;
        }
      }
    }
    if (receivers === 0) return 0;
    let length = 0;
    for (let thread = 0; thread < counts.length; thread++) {
      if (counts[thread] === 0 || thread === mail.thread) continue;
      if (length === 0) {
        length = this.writeLetter(kind, channel, channelStart, channelLength, message, messageStart, messageLength);
      }
      mail.send(thread, MAIL_PUBLISH, this.letter, 0, length);
    }
    if (this.letter.length > MAX_MAIL_BYTES) this.letter = Buffer.alloc(FIRST_MAIL_BYTES);
    if (counts[mail.thread] !== 0) {
      this.deliver(kind, channel, channelStart, channelLength, message, messageStart, messageLength);
    }
    return receivers;
  }

  /** Gives a message to the clients of this thread. */
  private deliver(
    kind: typeof CHANNEL | typeof SHARD_CHANNEL,
    channel: Buffer,
    channelStart: number,
    channelLength: number,
    message: Buffer,
    messageStart: number,
    messageLength: number,
  ): void {
    const { writer } = this;
    const subscribers = this.topics(kind).get(channel.latin1Slice(channelStart, channelStart + channelLength));
    if (subscribers !== undefined) {
      const word = kind === CHANNEL ? messageWord : shardMessageWord;
      this.give(subscribers, () => {
        writer.push(3);
        writer.raw(word);
        writer.bulk(channel, channelStart, channelLength);
        writer.bulk(message, messageStart, messageLength);
      });
    }
    if (kind === SHARD_CHANNEL) return;
    for (const { pattern, subscribers: matching } of this.patterns.values()) {
      if (!globMatchRange(pattern, channel, channelStart, channelLength)) continue;
      this.give(matching, () => {
        writer.push(4);
        writer.raw(patternMessageWord);
        writer.bulk(pattern, 0, pattern.length);
        writer.bulk(channel, channelStart, channelLength);
        writer.bulk(message, messageStart, messageLength);
      });
    }
  }

  /** Encodes a message once per version of RESP that is spoken, and hands it to each. */
  private give(subscribers: Subscribers, write: () => void): void {
    const { writer } = this;
    writer.reset();
    writer.resp = 2;
    write();
    const end2 = writer.length;
    let end3 = 0;
    for (const session of subscribers) {
      if (session.resp === 2) {
        session.deliver(writer.buffer, 0, end2);
        continue;
      }
      if (end3 === 0) {
        writer.resp = 3;
        write();
        end3 = writer.length;
      }
      session.deliver(writer.buffer, end2, end3 - end2);
    }
  }

  private topics(kind: TopicKind): Map<string, Subscribers> {
    return kind === SHARD_CHANNEL ? this.shardChannels : this.channels;
  }

  private writeLetter(
    kind: number,
    channel: Buffer,
    channelStart: number,
    channelLength: number,
    message: Buffer,
    messageStart: number,
    messageLength: number,
  ): number {
    const length = MAIL_CHANNEL + channelLength + messageLength;
    if (length > this.letter.length) this.letter = Buffer.alloc(Math.max(length, this.letter.length * 2));
    const { letter } = this;
    letter.writeUInt32LE(kind, MAIL_KIND);
    letter.writeUInt32LE(channelLength, MAIL_CHANNEL_LENGTH);
    channel.copy(letter, MAIL_CHANNEL, channelStart, channelStart + channelLength);
    message.copy(letter, MAIL_CHANNEL + channelLength, messageStart, messageStart + messageLength);
    return length;
  }
}

const messageWord = Buffer.from('$7\r\nmessage\r\n');
const shardMessageWord = Buffer.from('$8\r\nsmessage\r\n');
const patternMessageWord = Buffer.from('$8\r\npmessage\r\n');
