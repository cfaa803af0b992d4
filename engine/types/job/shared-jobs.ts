import type { StoreView } from '../../../tiers/index/store-view.ts';
import { asHandle } from '../../../tiers/memory/handle.ts';
import {
  OBJECT_VERSION_HIGH,
  OBJECT_VERSION_LOW,
  objectValueAt,
  objectValueLength,
} from '../../../tiers/memory/object.ts';
import { type KeyRef, VALUE_CRON } from '../../keyspace/key-ref.ts';
import type { ObjectWriter } from '../../keyspace/object-writer.ts';
import { EXPIRY_NONE } from '../string/string-values.ts';
import {
  FLAG_SPENT,
  JOB_DUE,
  JOB_FLAGS,
  JOB_SERIAL_HIGH,
  JOB_SERIAL_LOW,
  JOB_START,
  type Job,
  jobBytes,
  type NewJob,
  readJob,
  writeJob,
} from './job.ts';

/** Told of a job that is there now: it is to be looked at when it is due. `bytes[start, start + length)` is its key. */
export type OnScheduled = (
  table: number,
  slot: number,
  dueMs: number,
  bytes: Uint8Array,
  start: number,
  length: number,
) => void;

/** Jobs of KEYDB.CRON as values. Needs the slot's lock, and for all but `set` the value in RAM. */
export class SharedJobs {
  /** Whoever runs jobs. Called under the slot's lock for every job that comes to be, however it does (KEYDB.CRON, RENAME, COPY, RESTORE ...). */
  onScheduled: OnScheduled | undefined;
  private readonly store: StoreView;
  private readonly writer: ObjectWriter;

  constructor(store: StoreView, writer: ObjectWriter) {
    this.store = store;
    this.writer = writer;
  }

  /** Makes the key this job, whatever it was, with an absolute expiry in ms or EXPIRY_NONE. Throws errors.oom. */
  set(ref: KeyRef, job: NewJob, expiryMs: number = EXPIRY_NONE): void {
    this.writer.write(ref, VALUE_CRON, jobBytes(job), expiryMs);
    const { arena } = this.store;
    const handle = asHandle(ref.handle);
    const view = arena.view(handle);
    const at = arena.offset(handle);
    // No two writes have the same version.
    const serialLow = view.getUint32(at + OBJECT_VERSION_LOW, true);
    const serialHigh = view.getUint32(at + OBJECT_VERSION_HIGH, true);
    writeJob(view, arena.bytes(handle), objectValueAt(view, at), { ...job, serialLow, serialHigh });
    this.tell(ref);
  }

  read(ref: KeyRef): Job {
    const { arena } = this.store;
    const handle = asHandle(ref.handle);
    const view = arena.view(handle);
    const at = arena.offset(handle);
    return readJob(view, arena.bytes(handle), objectValueAt(view, at), objectValueLength(view, at));
  }

  dueMs(ref: KeyRef): number {
    const { view, at } = this.value(ref);
    return view.getFloat64(at + JOB_DUE, true);
  }

  /** Whether the key still is the job that was read, due at the same time. */
  isSame(ref: KeyRef, { serialLow, serialHigh, dueMs }: Job): boolean {
    const { view, at } = this.value(ref);
    return (
      view.getUint32(at + JOB_SERIAL_LOW, true) === serialLow &&
      view.getUint32(at + JOB_SERIAL_HIGH, true) === serialHigh &&
      view.getFloat64(at + JOB_DUE, true) === dueMs
    );
  }

  /** It has run, and will again. For clients that watch the key it is the same value. */
  reschedule(ref: KeyRef, dueMs: number, startMs: number): void {
    const { view, at } = this.value(ref);
    view.setFloat64(at + JOB_DUE, dueMs, true);
    view.setFloat64(at + JOB_START, startMs, true);
    this.writer.changes++;
    this.writer.rewritten(ref);
  }

  /** It has run for the last time, and there is no memory to delete it now. */
  spend(ref: KeyRef): void {
    const { view, at } = this.value(ref);
    view.setUint32(at + JOB_FLAGS, view.getUint32(at + JOB_FLAGS, true) | FLAG_SPENT, true);
    this.writer.rewritten(ref);
  }

  /** The key has become a job that was another key's. */
  tell(ref: KeyRef): void {
    if (this.onScheduled === undefined) return;
    const request = this.writer.current;
    const { argIndex } = ref;
    const { table, slot } = ref;
    this.onScheduled(table, slot, this.dueMs(ref), request.bytes, request.start(argIndex), request.length(argIndex));
  }

  private value(ref: KeyRef): { readonly view: DataView; readonly at: number } {
    const { arena } = this.store;
    const handle = asHandle(ref.handle);
    const view = arena.view(handle);
    return { view, at: objectValueAt(view, arena.offset(handle)) };
  }
}
