import type { Request } from '../../protocol/resp/request.ts';
import { notify } from '../config/notify-kind.ts';
import type { PubSub } from '../pubsub/pubsub.ts';
import { CHANNEL, PATTERN } from '../pubsub/registry.ts';

const FIRST_BYTES = 1024;

/** The class of an event, a bit of `notify`. */
export type EventClass = number;

/**
 * Keyspace notifications of one thread: `__keyspace@db__:key` gets the event's name, `__keyevent@db__:event` the key's. Sent at once, from under
 * the lock of the key's slot, so that what subscribers see of a key is in order; while nobody listens it costs a compare.
 */
export class KeyEvents {
  /** Classes that are sent, 0 when nothing is: `notify-keyspace-events` without K and E sends nothing. */
  private classes = 0;
  private keyspace = false;
  private keyevent = false;
  /** Where events go; nowhere until it is there. */
  pubsub: PubSub | undefined;
  private readonly names: Map<string, Buffer> = new Map();
  private channel: Buffer = Buffer.alloc(FIRST_BYTES);
  /** Has the request that names the keys of the command that runs. */
  source: { readonly current: Request } | undefined;

  /** @param bits of `notify-keyspace-events` */
  select(bits: number): void {
    this.keyspace = (bits & notify.keyspace) !== 0;
    this.keyevent = (bits & notify.keyevent) !== 0;
    // E stays: it is the class of KeyDB's event of jobs.
    this.classes = this.keyspace || this.keyevent ? bits & ~notify.keyspace : 0;
  }

  /** Whether events of the class are sent: for who would have to work to tell. */
  wants(of: EventClass): boolean {
    return (this.classes & of) !== 0;
  }

  /** After the change, with the slot still locked. `key` is named by an argument of the running command. */
  notify(of: EventClass, event: string, key: { readonly argIndex: number; readonly db: number }): void {
    if ((this.classes & of) === 0) return;
    const request = this.source?.current;
    if (request === undefined) return;
    this.send(event, key.db, request.bytes, request.start(key.argIndex), request.length(key.argIndex));
  }

  /** After something was taken out of a collection: it is deleted with the last of it, which is an event too. */
  taken(
    of: EventClass,
    event: string,
    key: { readonly argIndex: number; readonly db: number; readonly exists: boolean },
  ): void {
    if (this.classes === 0) return;
    this.notify(of, event, key);
    if (!key.exists) this.notify(notify.generic, 'del', key);
  }

  /** The same for a key by its name. */
  notifyName(of: EventClass, event: string, db: number, bytes: Buffer, start: number, length: number): void {
    if ((this.classes & of) !== 0) this.send(event, db, bytes, start, length);
  }

  /** Runs `body`, of whose events those of one class are not sent: the caller sends them when their turn has come. */
  without<T>(of: EventClass, body: () => T): T {
    const { classes } = this;
    this.classes = classes & ~of;
    try {
      return body();
    } finally {
      this.classes = classes;
    }
  }

  private send(event: string, db: number, bytes: Buffer, start: number, length: number): void {
    const { pubsub } = this;
    if (pubsub === undefined) return;
    const { registry } = pubsub;
    if (registry.size(CHANNEL) === 0 && registry.size(PATTERN) === 0) return;
    const name = this.bytesOf(event);
    if (this.keyspace) {
      const prefix = this.bytesOf(`__keyspace@${db}__:`);
      const end = this.write(prefix, bytes, start, length);
      pubsub.publish(CHANNEL, this.channel, 0, end, name, 0, name.length);
    }
    if (this.keyevent) {
      const prefix = this.bytesOf(`__keyevent@${db}__:`);
      const end = this.write(prefix, name, 0, name.length);
      pubsub.publish(CHANNEL, this.channel, 0, end, bytes, start, length);
    }
  }

  private write(prefix: Buffer, bytes: Buffer, start: number, length: number): number {
    const end = prefix.length + length;
    if (end > this.channel.length) this.channel = Buffer.alloc(end);
    this.channel.set(prefix, 0);
    bytes.copy(this.channel, prefix.length, start, start + length);
    return end;
  }

  private bytesOf(text: string): Buffer {
    let bytes = this.names.get(text);
    if (bytes === undefined) {
      bytes = Buffer.from(text);
      this.names.set(text, bytes);
    }
    return bytes;
  }
}

export { notify as eventClass } from '../config/notify-kind.ts';
