/**
 * What threads say to each other about clients of the other thread. Kinds of mail: one line each, the numbers are used nowhere else.
 * What the bytes of a kind mean stands where it is sent and read.
 */
export const MAIL_PUBLISH = 1;
/** A key changed or expired on the tier thread: keyspace events to publish. */
export const MAIL_EVENT = 2;
/** Client-side caching: keys that clients of the receiving thread must forget. */
export const MAIL_INVALIDATE = 3;
/** Blocked clients of the receiving thread: one was served; one must run its command again. */
export const MAIL_SERVED = 4;
export const MAIL_RETRY = 5;
/** Elements given to a client that was gone: back into their key. */
export const MAIL_RETURNED = 6;
export const MAIL_MONITOR = 7;
/** A job of KEYDB.CRON, for the thread that runs it. */
export const MAIL_JOB = 8;
/** Kinds are below this. */
export const MAIL_KINDS = 32;

/**
 * Reads one piece of mail: `bytes[start, start + length)`, of which `view` is another view with the same offsets. They are good until
 * the handler returns, and in shared memory or not. Runs outside of any batch.
 */
export type MailHandler = (from: number, bytes: Buffer, view: DataView, start: number, length: number) => void;

/** One thread's way to all others, the tier thread (the highest number) included. Mail of one sender to one receiver arrives in order. */
export interface Mail {
  readonly thread: number;
  /** Number of threads that can be written to, this one and the tier thread included. */
  readonly threads: number;
  /** Sends a copy of `bytes[start, start + length)`, now or when there is room. Receivers are woken at the end of this turn of the event loop. */
  send(to: number, kind: number, bytes: Uint8Array, start: number, length: number): void;
  /** This thread has something to do, and looks for mail when that is done: until then nobody need wake it. */
  staysAwake(): void;
  /** Whoever is called for this kind from now on. */
  on(kind: number, handler: MailHandler): void;
  /** More waits to be sent than the receivers keep up with: who sends much should wait for `whenRoom`. */
  readonly congested: boolean;
  /** Calls back, outside of any batch, when `congested` has ended. */
  whenRoom(callback: () => void): void;
}

/** The mail of a server with one thread only: there is nobody to write to. For tests. */
export class NoMail implements Mail {
  readonly thread = 0;
  readonly threads = 1;
  readonly congested = false;

  send(): void {
    throw new Error('there is no other thread');
  }

  staysAwake(): void {}

  on(): void {}

  whenRoom(callback: () => void): void {
    setImmediate(callback);
  }
}
