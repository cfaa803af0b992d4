import type { Config } from '../config/config.ts';
import { notify } from '../config/notify-kind.ts';
import type { PubSub } from '../pubsub/pubsub.ts';
import { MAIL_EVENT, type Mail } from '../server/mail.ts';
import type { KeyEvents } from './events.ts';

/**
 * The tier thread has no clients, so what happens to keys there is told to a front-end, always the same one, which publishes it.
 *
 * Mail: database u32 | 0: expired, 1: evicted | key
 */
const AT_DB = 0;
const AT_CAUSE = 4;
const AT_KEY = 8;
const CAUSES = ['expired', 'evicted'] as const;
const PUBLISHER = 0;

/** On a front-end: sends events as `notify-keyspace-events` says, also those of the tier thread. */
export function followEvents(events: KeyEvents, pubsub: PubSub, mail: Mail, config: Config): void {
  events.pubsub = pubsub;
  config.watch('notify-keyspace-events', (bits) => events.select(bits));
  mail.on(MAIL_EVENT, (_from, bytes, view, start, length) => {
    const cause = CAUSES[view.getUint32(start + AT_CAUSE, true)];
    if (cause === undefined) return;
    const db = view.getUint32(start + AT_DB, true);
    events.notifyName(notify[cause], cause, db, bytes, start + AT_KEY, length - AT_KEY);
  });
}

/** The tier thread's side. */
export class EventSender {
  private readonly mail: Mail;
  private classes = 0;
  private bytes: Buffer = Buffer.alloc(1024);

  constructor(mail: Mail, config: Config) {
    this.mail = mail;
    config.watch('notify-keyspace-events', (bits) => {
      this.classes = (bits & (notify.keyspace | notify.keyevent)) === 0 ? 0 : bits;
    });
  }

  wants(cause: 'expired' | 'evicted'): boolean {
    return (this.classes & notify[cause]) !== 0;
  }

  /** `db` -1: the database was flushed. */
  send(cause: 'expired' | 'evicted', db: number, key: DataView, start: number, length: number): void {
    if (!this.wants(cause) || db < 0) return;
    if (AT_KEY + length > this.bytes.length) this.bytes = Buffer.alloc(AT_KEY + length);
    this.bytes.writeUInt32LE(db, AT_DB);
    this.bytes.writeUInt32LE(CAUSES.indexOf(cause), AT_CAUSE);
    this.bytes.set(new Uint8Array(key.buffer, key.byteOffset + start, length), AT_KEY);
    this.mail.send(PUBLISHER, MAIL_EVENT, this.bytes, 0, AT_KEY + length);
  }
}
