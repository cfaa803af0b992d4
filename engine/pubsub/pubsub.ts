import { ReplyWriter } from '../../protocol/resp/writer.ts';
import { copyBytes } from '../../tiers/base/bytes.ts';
import { LastView } from '../../tiers/base/last-view.ts';
import { MAIL_PUBLISH, type Mail } from '../server/mail.ts';
import type { Session } from '../server/session.ts';
import { CHANNEL, type ChannelKind, type ChannelRegistry, PATTERN, SHARD_CHANNEL, type TopicKind } from './registry.ts';
import { type Route, Routes } from './routes.ts';
import { Subscriptions } from './subscriptions.ts';
import { Topics } from './topics.ts';

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
  private readonly topics: Topics = new Topics();
  private readonly routes: Routes;
  /** A message as it is sent; what it begins with stays for the next message of the same route. */
  private readonly writer: ReplyWriter = new ReplyWriter();
  private begun: Route | undefined;
  private begunBytes = 0;
  private readonly messages: LastView = new LastView();
  private readonly letters: LastView = new LastView();
  private letter: Buffer = Buffer.alloc(FIRST_MAIL_BYTES);

  constructor(registry: ChannelRegistry, mail: Mail) {
    this.registry = registry;
    this.mail = mail;
    this.routes = new Routes(registry, this.topics, mail.threads);
    mail.on(MAIL_PUBLISH, (_from, bytes, view, start, length) => {
      const kind = view.getUint32(start + MAIL_KIND, true) === SHARD_CHANNEL ? SHARD_CHANNEL : CHANNEL;
      const channelLength = view.getUint32(start + MAIL_CHANNEL_LENGTH, true);
      const channelAt = start + MAIL_CHANNEL;
      const messageAt = channelAt + channelLength;
      const route = this.routes.find(kind, bytes, channelAt, channelLength);
      this.deliver(route, bytes, messageAt, start + length - messageAt);
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
    this.topics.add(kind, name, session);
    return true;
  }

  /** @param name one character per byte. Whether the client was a subscriber. */
  leave(session: Session, kind: TopicKind, name: string): boolean {
    const mine = session.subscriptions;
    if (mine === undefined || !mine.of(kind).delete(name)) return false;
    mine.bytes -= name.length + topicBytes;
    this.registry.remove(kind, Buffer.from(name, 'latin1'));
    this.topics.remove(kind, name, session);
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
    kind: ChannelKind,
    channel: Buffer,
    channelStart: number,
    channelLength: number,
    message: Buffer,
    messageStart: number,
    messageLength: number,
  ): number {
    const { mail } = this;
    const route = this.routes.find(kind, channel, channelStart, channelLength);
    const { counts, receivers } = route;
    if (receivers === 0) return 0;
    mail.staysAwake();
    let length = 0;
    for (let thread = 0; thread < counts.length; thread++) {
      if (counts[thread] === 0 || thread === mail.thread) continue;
      if (length === 0) length = this.writeLetter(route, message, messageStart, messageLength);
      mail.send(thread, MAIL_PUBLISH, this.letter, 0, length);
    }
    if (this.letter.length > MAX_MAIL_BYTES) this.letter = Buffer.alloc(FIRST_MAIL_BYTES);
    if (counts[mail.thread] !== 0) this.deliver(route, message, messageStart, messageLength);
    return receivers;
  }

  /** Gives a message to the clients of this thread. */
  private deliver(route: Route, message: Buffer, messageStart: number, messageLength: number): void {
    const { writer } = this;
    const { name } = route;
    const view = this.messages.of(message);
    if (route.channel !== undefined) {
      if (this.begun === route) {
        writer.length = this.begunBytes;
      } else {
        this.begin(3, route.kind === CHANNEL ? messageWord : shardMessageWord);
        writer.bulk(name, 0, name.length);
        this.begun = route;
        this.begunBytes = writer.length;
      }
      writer.bulkFrom(view, message, messageStart, messageLength);
      this.give(route.channel.subscribers);
    }
    for (const pattern of route.patterns) {
      this.begin(4, patternMessageWord);
      writer.bulk(pattern.name, 0, pattern.name.length);
      writer.bulk(name, 0, name.length);
      writer.bulkFrom(view, message, messageStart, messageLength);
      this.give(pattern.subscribers);
    }
  }

  private begin(parts: number, word: Buffer): void {
    const { writer } = this;
    this.begun = undefined;
    writer.reset();
    writer.push(parts);
    writer.raw(word);
  }

  /** Hands what was written to each: but for its first byte it is the same in both versions of RESP. */
  private give(subscribers: ReadonlySet<Session>): void {
    const { writer } = this;
    for (const session of subscribers) {
      writer.view.setUint8(0, session.resp === 2 ? ARRAY_SIGN : PUSH_SIGN);
      session.deliver(writer.buffer, 0, writer.length, true);
    }
    if (writer.buffer.length <= MAX_MAIL_BYTES) return;
    // Gives a large buffer back.
    this.begun = undefined;
    writer.reset();
  }

  private writeLetter(route: Route, message: Buffer, messageStart: number, messageLength: number): number {
    const { kind, name } = route;
    const length = MAIL_CHANNEL + name.length + messageLength;
    if (length > this.letter.length) this.letter = Buffer.alloc(Math.max(length, this.letter.length * 2));
    const { letter } = this;
    const to = this.letters.of(letter);
    to.setUint32(MAIL_KIND, kind, true);
    to.setUint32(MAIL_CHANNEL_LENGTH, name.length, true);
    name.copy(letter, MAIL_CHANNEL);
    const from = this.messages.of(message);
    copyBytes(to, letter, MAIL_CHANNEL + name.length, from, message, messageStart, messageLength);
    return length;
  }
}

const ARRAY_SIGN = 0x2a;
const PUSH_SIGN = 0x3e;
const messageWord = Buffer.from('$7\r\nmessage\r\n');
const shardMessageWord = Buffer.from('$8\r\nsmessage\r\n');
const patternMessageWord = Buffer.from('$8\r\npmessage\r\n');
