import type { MessagePort } from 'node:worker_threads';
import type { ColdName, NameRange } from '../../engine/keyspace/key-scanner.ts';
import { assert } from '../../tiers/base/assert.ts';
import type { ColdRequest } from '../../tiers/mover/promoter.ts';
import { FetchRing } from '../fetch-ring.ts';
import {
  FETCH_CHECK,
  FETCH_GROUP,
  FETCH_KEY,
  FETCH_KEY_LENGTH,
  FETCH_POSITION,
  FETCH_SLOT,
  FETCH_TABLE,
  type FromTier,
  type ToTier,
} from '../tier-messages.ts';

export interface PortEvents {
  /** Keys that came by message; there may be more in the rings. */
  onFetch(requests: readonly ColdRequest[]): void;
  onNames(ranges: readonly NameRange[]): Promise<readonly (readonly ColdName[])[]>;
  /** Resolves when the slots are indexed. */
  onIndex(table: number, keyspaceId: number, from: number, to: number): Promise<void>;
  /** Records by their keys. */
  onRead(keys: readonly Buffer[]): Promise<readonly (Buffer | undefined)[]>;
  /** Replies wait for a commit. */
  onCommit(): void;
  /** Resolves when memory was freed, or nothing can be. */
  onEvict(): Promise<void>;
  /** Whether memory for a block of so many bytes was freed. */
  onFree(bytes: number): Promise<boolean>;
}

/** The tier thread's ends of the ports to the front-ends. Answers of one turn of the event loop leave in one message per port. */
export class FrontEndPorts {
  private readonly ports: readonly PortEnd[];

  /** `rings[i]` belongs to the front-end of `ports[i]`. */
  constructor(ports: readonly MessagePort[], rings: readonly SharedArrayBuffer[]) {
    this.ports = ports.map((port, i) => {
      const ring = rings[i];
      assert(ring !== undefined, 'every front-end has a fetch ring');
      return new PortEnd(port, new FetchRing(ring));
    });
  }

  /** Keys that front-ends have asked for since the last call. */
  takeFetches(): ColdRequest[] {
    const requests: ColdRequest[] = [];
    for (const port of this.ports) port.takeFetches(requests);
    return requests;
  }

  /** Nothing is being read: front-ends have to wake this thread. False when keys came meanwhile. */
  sleep(): boolean {
    let quiet = true;
    for (const port of this.ports) if (!port.ring.sleep()) quiet = false;
    return quiet;
  }

  listen(events: PortEvents): void {
    for (const port of this.ports) port.listen(events);
  }

  /** A commit is done: tells the front-ends for which `waits` answers true. */
  committed(waits: (thread: number) => boolean): void {
    for (const [thread, port] of this.ports.entries()) if (waits(thread)) port.post({ kind: 'committed' });
  }

  /** Every slot is indexed. */
  allIndexed(): void {
    for (const port of this.ports) port.allIndexed();
  }

  close(): void {
    for (const port of this.ports) port.close();
  }
}

class PortEnd {
  readonly ring: FetchRing;
  private readonly port: MessagePort;
  private groups: number[] = [];
  private errors: [number, string][] = [];
  private absent: string[] = [];
  private scheduled = false;

  constructor(port: MessagePort, ring: FetchRing) {
    this.port = port;
    this.ring = ring;
  }

  takeFetches(requests: ColdRequest[]): void {
    this.ring.wake();
    for (let chunk = this.ring.read(); chunk !== undefined; chunk = this.ring.read()) {
      requests.push(...this.unpack(chunk.bytes, chunk.count));
    }
  }

  listen(events: PortEvents): void {
    this.port.on('message', (message: ToTier) => {
      if (message.kind === 'look') events.onFetch([]);
      else if (message.kind === 'fetch') events.onFetch(this.unpack(message.bytes, message.count));
      else if (message.kind === 'commit') events.onCommit();
      else if (message.kind === 'evict') void events.onEvict().then(() => this.post({ kind: 'room' }));
      else if (message.kind === 'free') {
        void events.onFree(message.bytes).then((ok) => this.post({ kind: 'freed', id: message.id, ok }));
      } else if (message.kind === 'index') {
        const { id, table, keyspaceId, from, to } = message;
        events.onIndex(table, keyspaceId, from, to).then(
          () => this.post({ kind: 'indexed', id }),
          (error: unknown) => this.post({ kind: 'indexed', id, error: asIoError(error) }),
        );
      } else if (message.kind === 'read') {
        const { id } = message;
        const keys = message.keys.map((key) => Buffer.from(key.buffer, key.byteOffset, key.length));
        events.onRead(keys).then(
          (values) => this.post({ kind: 'records', id, values }),
          (error: unknown) => this.post({ kind: 'records', id, values: [], error: asIoError(error) }),
        );
      } else {
        const { id } = message;
        events.onNames(message.ranges).then(
          (lists) => this.post({ kind: 'named', id, lists }),
          (error: unknown) =>
            this.post({
              kind: 'named',
              id,
              lists: [],
              error: asIoError(error),
            }),
        );
      }
    });
  }

  allIndexed(): void {
    this.post({ kind: 'all-indexed' });
  }

  close(): void {
    this.port.close();
  }

  private unpack(bytes: Uint8Array, count: number): ColdRequest[] {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const requests: ColdRequest[] = [];
    let at = 0;
    for (let i = 0; i < count; i++) {
      const group = view.getUint32(at + FETCH_GROUP, true);
      const keyLength = view.getUint32(at + FETCH_KEY_LENGTH, true);
      requests.push({
        table: view.getUint32(at + FETCH_TABLE, true),
        slot: view.getUint32(at + FETCH_SLOT, true),
        position: view.getInt32(at + FETCH_POSITION, true),
        check: view.getInt32(at + FETCH_CHECK, true),
        key: Buffer.from(bytes.buffer, bytes.byteOffset + at + FETCH_KEY, keyLength),
        done: (error, absent) => this.done(group, error, absent),
      });
      at += FETCH_KEY + keyLength;
    }
    return requests;
  }

  private done(group: number, error: string | undefined, absent: string | undefined): void {
    this.groups.push(group);
    if (absent !== undefined) this.absent.push(absent);
    if (error !== undefined) this.errors.push([group, error]);
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      this.post({ kind: 'fetched', groups: Uint32Array.from(this.groups), errors: this.errors, absent: this.absent });
      this.groups = [];
      this.errors = [];
      this.absent = [];
    });
  }

  post(message: FromTier): void {
    this.port.postMessage(message);
  }
}

function asIoError(error: unknown): string {
  return `IOERR ${error instanceof Error ? error.message : String(error)}`;
}
