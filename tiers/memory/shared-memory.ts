import { assert } from '../base/assert.ts';
import {
  MAX_SEGMENTS,
  MAX_THREADS,
  PAGE_BYTES,
  PAGES_PER_SEGMENT,
  SEGMENT_BYTES,
  SLOT_HEADER_BYTES,
  SLOTS,
} from '../base/limits.ts';
import {
  AT_DATABASES,
  AT_LIMIT_PAGES,
  AT_MAGIC,
  AT_SEGMENTS,
  AT_TABLES,
  AT_THREADS,
  CONTROL_MAGIC,
  PAGE_ENTRY_BYTES,
  THREAD_STRIDE,
} from './layout.ts';

/**
 * glibc and V8 hand out large buffers 16 bytes past a page boundary, so block offsets that are multiples of 64 would straddle
 * cache lines. Starting 48 bytes in puts index buckets on lines again; where the assumption fails it costs 48 bytes.
 */
export const SEGMENT_SKEW = 48;

/** All shared buffers of one server. Structured-cloneable: posted to each worker, which builds its own views of them. */
export interface SharedMemory {
  readonly control: SharedArrayBuffer;
  readonly pageTable: SharedArrayBuffer;
  readonly segments: readonly SharedArrayBuffer[];
  /** Slot headers: tables x SLOTS x SLOT_HEADER_BYTES. */
  readonly slots: SharedArrayBuffer;
  /** Per database and table: what it maps to, and counters; see tiers/index/tables.ts. */
  readonly tables: SharedArrayBuffer;
  /** The hot tier's queues; see tiers/policy. */
  readonly queues: SharedArrayBuffer;
}

export interface SharedMemoryOptions {
  /** Bytes that the arena may ever reach (CONFIG SET maxmemory cannot go beyond); only touched pages use RAM. */
  readonly arenaBytes: number;
  /** Bytes that it may use now. */
  readonly limitBytes: number;
  readonly databases: number;
  readonly tablesBytes: number;
  readonly queuesBytes: number;
}

/** Tables: one per database, and as many spare ones, so that FLUSHALL can replace every table at once. */
export function tableCountFor(databases: number): number {
  return databases * 2 + 1;
}

/**
 * Reserves the address space. Nothing is touched, so RSS does not grow.
 * @throws when SharedArrayBuffers of that size cannot be had, with a message for the operator.
 */
export function createSharedMemory(options: SharedMemoryOptions): SharedMemory {
  const segmentCount = Math.min(MAX_SEGMENTS, Math.max(1, Math.ceil(options.arenaBytes / SEGMENT_BYTES)));
  const tableCount = tableCountFor(options.databases);
  const buffer = (bytes: number): SharedArrayBuffer => {
    try {
      return new SharedArrayBuffer(bytes);
    } catch (error) {
      throw new Error(
        `Cannot reserve ${bytes} bytes of address space for the hot tier (${String(error)}); lower maxmemory, or raise the process's limit (ulimit -v) or vm.overcommit_memory.`,
      );
    }
  };
  const memory: SharedMemory = {
    control: buffer(AT_THREADS + MAX_THREADS * THREAD_STRIDE),
    pageTable: buffer(segmentCount * PAGES_PER_SEGMENT * PAGE_ENTRY_BYTES),
    segments: Array.from({ length: segmentCount }, () => buffer(SEGMENT_BYTES + SEGMENT_SKEW)),
    slots: buffer(tableCount * SLOTS * SLOT_HEADER_BYTES + SEGMENT_SKEW),
    tables: buffer(options.tablesBytes),
    queues: buffer(options.queuesBytes),
  };
  const control = new DataView(memory.control);
  control.setUint32(AT_MAGIC, CONTROL_MAGIC, true);
  control.setUint32(AT_SEGMENTS, segmentCount, true);
  control.setUint32(AT_TABLES, tableCount, true);
  control.setUint32(AT_DATABASES, options.databases, true);
  setLimitBytes(memory, options.limitBytes);
  return memory;
}

/** Bounds the pages that the arena may have in use from now on (what exceeds it already stays). */
export function setLimitBytes(memory: SharedMemory, bytes: number): void {
  const pages = Math.min(Math.ceil(bytes / PAGE_BYTES), memory.segments.length * PAGES_PER_SEGMENT);
  assert(pages > 0, 'an arena has a page');
  Atomics.store(new Int32Array(memory.control), AT_LIMIT_PAGES >> 2, pages);
}
