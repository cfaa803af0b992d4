/**
 * A job of KEYDB.CRON as its key's value. Times are ms since 1970.
 *
 *      0        8         16           24           28            32          36        40
 *     ┌────────┬─────────┬────────────┬────────────┬─────────────┬───────────┬─────────┬────────┬─────┬─────┐
 *     │ due    │ start   │ interval   │ serial low │ serial high │ flags     │ keys    │ script │ key │ arg │
 *     │ f64    │ f64     │ f64        │ u32        │ u32         │ u32       │ u32     │        │ ... │ ... │
 *     └────────┴─────────┴────────────┴────────────┴─────────────┴───────────┴─────────┴────────┴─────┴─────┘
 *
 * Script, keys and arguments are each a length, u32, and the bytes. All numbers are little-endian. The database is not here: it is the key's.
 */
export const JOB_DUE = 0;
export const JOB_START = JOB_DUE + 8;
export const JOB_INTERVAL = JOB_START + 8;
export const JOB_SERIAL_LOW = JOB_INTERVAL + 8;
export const JOB_SERIAL_HIGH = JOB_SERIAL_LOW + 4;
export const JOB_FLAGS = JOB_SERIAL_HIGH + 4;
export const JOB_KEYS = JOB_FLAGS + 4;
export const JOB_PARTS = JOB_KEYS + 4;
const LENGTH_BYTES = 4;

/** It runs once, and is gone then. */
const FLAG_SINGLE = 1;
/** It has run, and there was no memory to delete it. */
export const FLAG_SPENT = 2;

/** What somebody asked for. */
export interface NewJob {
  readonly single: boolean;
  /** When it runs next. */
  readonly dueMs: number;
  /** What the times of its runs are counted from; 0: from its first run. */
  readonly startMs: number;
  readonly intervalMs: number;
  readonly script: Uint8Array;
  readonly keys: readonly Uint8Array[];
  readonly args: readonly Uint8Array[];
}

/** A job that there is. */
export interface Job extends NewJob {
  /** Tells it from others of its name: those that were there before, or came after. */
  readonly serialLow: number;
  readonly serialHigh: number;
  /** It ran for the last time: only to be deleted. */
  readonly spent: boolean;
}

export function jobBytes({ script, keys, args }: NewJob): number {
  let bytes = JOB_PARTS + LENGTH_BYTES + script.length;
  for (const part of keys) bytes += LENGTH_BYTES + part.length;
  for (const part of args) bytes += LENGTH_BYTES + part.length;
  return bytes;
}

/** Writes a job of `jobBytes` bytes to `at`, which both views share. */
export function writeJob(view: DataView, bytes: Uint8Array, at: number, job: Omit<Job, 'spent'>): void {
  view.setFloat64(at + JOB_DUE, job.dueMs, true);
  view.setFloat64(at + JOB_START, job.startMs, true);
  view.setFloat64(at + JOB_INTERVAL, job.intervalMs, true);
  view.setUint32(at + JOB_SERIAL_LOW, job.serialLow, true);
  view.setUint32(at + JOB_SERIAL_HIGH, job.serialHigh, true);
  view.setUint32(at + JOB_FLAGS, job.single ? FLAG_SINGLE : 0, true);
  view.setUint32(at + JOB_KEYS, job.keys.length, true);
  let to = at + JOB_PARTS;
  for (const part of [job.script, ...job.keys, ...job.args]) {
    view.setUint32(to, part.length, true);
    bytes.set(part, to + LENGTH_BYTES);
    to += LENGTH_BYTES + part.length;
  }
}

/** A copy of the job in `bytes[at, at + length)`. */
export function readJob(view: DataView, bytes: Uint8Array, at: number, length: number): Job {
  const end = at + length;
  const parts: Buffer[] = [];
  for (let from = at + JOB_PARTS; from < end; ) {
    const partBytes = view.getUint32(from, true);
    from += LENGTH_BYTES;
    parts.push(Buffer.from(bytes.slice(from, from + partBytes)));
    from += partBytes;
  }
  const [script = Buffer.alloc(0), ...rest] = parts;
  const keys = view.getUint32(at + JOB_KEYS, true);
  return {
    dueMs: view.getFloat64(at + JOB_DUE, true),
    startMs: view.getFloat64(at + JOB_START, true),
    intervalMs: view.getFloat64(at + JOB_INTERVAL, true),
    serialLow: view.getUint32(at + JOB_SERIAL_LOW, true),
    serialHigh: view.getUint32(at + JOB_SERIAL_HIGH, true),
    single: (view.getUint32(at + JOB_FLAGS, true) & FLAG_SINGLE) !== 0,
    spent: (view.getUint32(at + JOB_FLAGS, true) & FLAG_SPENT) !== 0,
    script,
    keys: rest.slice(0, keys),
    args: rest.slice(keys),
  };
}
