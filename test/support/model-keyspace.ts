import { errors } from '../../engine/commands/errors.ts';
import { KeyEvents } from '../../engine/events/events.ts';
import { KeyRef, VALUE_NONE, VALUE_STRING } from '../../engine/keyspace/key-ref.ts';
import type { Keyspace, ScannedKey } from '../../engine/keyspace/keyspace.ts';
import { Codecs } from '../../engine/types/codecs.ts';
import {
  ENCODING_COPIED,
  ENCODING_FOUND,
  ENCODING_RAW,
  ENCODING_TEXT,
  EXPIRY_KEEP,
  EXPIRY_NONE,
  type Region,
  type StringEncoding,
  type StringValues,
} from '../../engine/types/string/string-values.ts';
import type { ReplyWriter } from '../../protocol/resp/writer.ts';

/** A key of the model. Names are one character per byte. */
interface Entry {
  type: number;
  value: Buffer;
  expireAtMs: number;
  encoding: StringEncoding;
  modifiedMs: number;
  accessedMs: number;
  frequency: number;
}

/** The model's keys are known by name; the numbers of a KeyRef mean nothing to it. */
export class ModelKeyRef extends KeyRef {
  readonly name: string;

  constructor(db: number, name: string, argIndex: number) {
    super();
    this.db = db;
    this.name = name;
    this.argIndex = argIndex;
  }
}

/**
 * The keyspace as simply as it can be said: a JavaScript Map for each database, all of it hot. Tests run commands on it, and
 * compare the real keyspace with it. `nowMs` is its clock.
 */
export class ModelKeyspace implements Keyspace {
  readonly events = new KeyEvents();
  nowMs = 0;
  /** Writes so far: tells whether a command changed anything. */
  changes = 0;
  readonly strings: StringValues;
  readonly codecs: Codecs;
  private databases: Map<string, Entry>[] = [];

  constructor() {
    this.strings = new ModelStrings(this);
    this.codecs = new Codecs(this);
  }

  /** The model knows strings only: collections are compared on whole servers. */
  get collections(): never {
    return noCollections();
  }
  get hashes(): never {
    return noCollections();
  }
  get lists(): never {
    return noCollections();
  }
  get sets(): never {
    return noCollections();
  }
  get sortedSets(): never {
    return noCollections();
  }
  get streams(): never {
    return noCollections();
  }
  get jobs(): never {
    return noCollections();
  }

  requireType(ref: KeyRef, type: number): void {
    if (ref.type !== type && ref.type !== VALUE_NONE) throw errors.wrongType;
  }

  /** Looks a key up as the dispatcher does: an expired one is removed and missing. */
  refer(db: number, name: string, argIndex = 0): ModelKeyRef {
    const ref = new ModelKeyRef(db, name, argIndex);
    const found = this.entries(db).get(name);
    if (found !== undefined && found.expireAtMs !== EXPIRY_NONE && found.expireAtMs <= this.nowMs) {
      this.entries(db).delete(name);
    }
    this.describe(ref);
    return ref;
  }

  /** Puts a key of any type there: the model's values of other types are opaque. */
  put(db: number, name: string, type: number, value: Buffer, expireAtMs: number): void {
    const [modifiedMs, accessedMs] = [this.nowMs, this.nowMs];
    this.entries(db).set(name, {
      type,
      value,
      expireAtMs,
      encoding: ENCODING_FOUND,
      modifiedMs,
      accessedMs,
      frequency: 5,
    });
    this.changes++;
  }

  entry(ref: KeyRef): Entry | undefined {
    return this.entries(ref.db).get(nameOf(ref));
  }

  existing(ref: KeyRef): Entry {
    const entry = this.entry(ref);
    if (entry === undefined) throw new Error(`the key ${nameOf(ref)} is missing: the command should have asked`);
    return entry;
  }

  /** Makes the reference say what is there now. */
  describe(ref: KeyRef): void {
    const entry = this.entry(ref);
    ref.exists = entry !== undefined;
    ref.type = entry?.type ?? VALUE_NONE;
    ref.handle = entry === undefined ? 0 : 1;
  }

  requireString(ref: KeyRef): void {
    if (ref.exists && ref.type !== VALUE_STRING) throw errors.wrongType;
  }

  delete(ref: KeyRef): boolean {
    const was = this.entries(ref.db).delete(nameOf(ref));
    if (was) this.changes++;
    this.describe(ref);
    return was;
  }

  expireAt(ref: KeyRef): number {
    return this.entry(ref)?.expireAtMs ?? EXPIRY_NONE;
  }

  setExpireAt(ref: KeyRef, expireAtMs: number): void {
    this.existing(ref).expireAtMs = expireAtMs;
    this.changes++;
  }

  move(from: KeyRef, to: KeyRef): void {
    const { encoding } = this.existing(from);
    this.copy(from, to);
    this.existing(to).encoding = encoding;
    this.delete(from);
  }

  copy(from: KeyRef, to: KeyRef): void {
    const entry = this.existing(from);
    this.entries(to.db).set(nameOf(to), { ...entry, value: Buffer.from(entry.value) });
    const copied = this.existing(to);
    if (copied.encoding === ENCODING_FOUND) copied.encoding = ENCODING_COPIED;
    this.changes++;
    this.describe(to);
  }

  lastModifiedMs(ref: KeyRef): number {
    return this.existing(ref).modifiedMs;
  }

  idleSeconds(ref: KeyRef): number {
    return Math.floor((this.nowMs - this.existing(ref).accessedMs) / 1000);
  }

  setIdleSeconds(ref: KeyRef, seconds: number): void {
    this.existing(ref).accessedMs = this.nowMs - seconds * 1000;
  }

  frequency(ref: KeyRef): number {
    return this.existing(ref).frequency;
  }

  setFrequency(ref: KeyRef, value: number): void {
    this.existing(ref).frequency = value;
  }

  memoryUsage(ref: KeyRef): number {
    const entry = this.entry(ref);
    return entry === undefined ? 0 : nameOf(ref).length + entry.value.length + 48;
  }

  residency(ref: KeyRef): { tier: 'hot' | 'none'; dirty: boolean; onDisk: boolean } {
    return { tier: this.entry(ref) === undefined ? 'none' : 'hot', dirty: true, onDisk: false };
  }

  size(db: number): number {
    return this.entries(db).size;
  }

  expiresCount(db: number): number {
    return [...this.entries(db).values()].filter(({ expireAtMs }) => expireAtMs !== EXPIRY_NONE).length;
  }

  coldCount(): number {
    return 0;
  }

  averageTtlMs(db: number): number {
    const ttls = [...this.entries(db).values()]
      .filter(({ expireAtMs }) => expireAtMs !== EXPIRY_NONE)
      .map(({ expireAtMs }) => expireAtMs - this.nowMs);
    return ttls.length === 0 ? 0 : Math.round(ttls.reduce((sum, ttl) => sum + ttl, 0) / ttls.length);
  }

  scan(db: number, _cursor: bigint, _count: number, visit: (key: ScannedKey) => void): bigint {
    for (const [name, { type }] of [...this.entries(db)]) visit({ key: Buffer.from(name, 'latin1'), type });
    return 0n;
  }

  randomKey(db: number): Buffer | undefined {
    const first = this.entries(db).keys().next();
    return first.done === true ? undefined : Buffer.from(first.value, 'latin1');
  }

  flush(db: number): void {
    if (db < 0) this.databases = [];
    else this.databases[db] = new Map();
    this.changes++;
  }

  swap(a: number, b: number): void {
    const first = this.entries(a);
    this.databases[a] = this.entries(b);
    this.databases[b] = first;
    this.changes++;
  }

  private entries(db: number): Map<string, Entry> {
    const there = this.databases[db];
    if (there !== undefined) return there;
    const created = new Map<string, Entry>();
    this.databases[db] = created;
    return created;
  }
}

function nameOf(ref: KeyRef): string {
  if (!(ref instanceof ModelKeyRef)) throw new Error('a key of another keyspace');
  return ref.name;
}

/** Longest value in embstr encoding. */
const EMBSTR_MAX_BYTES = 44;

class ModelStrings implements StringValues {
  private readonly keyspace: ModelKeyspace;
  private readonly region: Region = {
    view: new DataView(new ArrayBuffer(0)),
    bytes: new Uint8Array(0),
    offset: 0,
    length: 0,
  };

  constructor(keyspace: ModelKeyspace) {
    this.keyspace = keyspace;
  }

  length(ref: KeyRef): number {
    return this.keyspace.entry(ref)?.value.length ?? 0;
  }

  reply(ref: KeyRef, reply: ReplyWriter): void {
    const { value } = this.keyspace.existing(ref);
    reply.bulk(value, 0, value.length);
  }

  copy(ref: KeyRef, from: number, to: number): Buffer {
    return Buffer.from(this.keyspace.existing(ref).value.subarray(from, to));
  }

  locate(ref: KeyRef): Region {
    const { value } = this.keyspace.existing(ref);
    this.region.view = new DataView(value.buffer, value.byteOffset, value.length);
    this.region.bytes = value;
    this.region.offset = 0;
    this.region.length = value.length;
    return this.region;
  }

  integer(ref: KeyRef): number | bigint | undefined {
    const text = this.keyspace.existing(ref).value.toString('latin1');
    if (!/^(0|-?[1-9][0-9]*)$/.test(text) || text.length > 20) return undefined;
    const value = BigInt(text);
    if (BigInt.asIntN(64, value) !== value) return undefined;
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  encoding(ref: KeyRef): 'raw' | 'embstr' | 'int' {
    const { encoding, value } = this.keyspace.existing(ref);
    if (encoding === ENCODING_RAW) return 'raw';
    if (encoding !== ENCODING_TEXT && value.length <= 20 && this.integer(ref) !== undefined) return 'int';
    return value.length <= EMBSTR_MAX_BYTES ? 'embstr' : 'raw';
  }

  copied(ref: KeyRef): boolean {
    return this.keyspace.existing(ref).encoding === ENCODING_COPIED;
  }

  set(
    ref: KeyRef,
    bytes: Uint8Array,
    start: number,
    length: number,
    expireAtMs: number,
    encoding: StringEncoding = ENCODING_FOUND,
  ): void {
    const value = Buffer.from(bytes.subarray(start, start + length));
    const expiry = expireAtMs === EXPIRY_KEEP ? this.keyspace.expireAt(ref) : expireAtMs;
    this.keyspace.put(ref.db, nameOf(ref), VALUE_STRING, value, expiry);
    this.keyspace.existing(ref).encoding = encoding;
    this.keyspace.describe(ref);
  }

  setNumber(ref: KeyRef, value: number | bigint): void {
    const text = Buffer.from(String(value));
    this.set(ref, text, 0, text.length, EXPIRY_KEEP);
  }

  append(ref: KeyRef, bytes: Uint8Array, start: number, length: number): number {
    const old = this.length(ref);
    const { bytes: target } = this.grow(ref, old + length);
    target.set(bytes.subarray(start, start + length), old);
    return old + length;
  }

  grow(ref: KeyRef, length: number): Region {
    const old = this.keyspace.entry(ref)?.value ?? Buffer.alloc(0);
    const value = Buffer.alloc(Math.max(length, old.length));
    old.copy(value);
    this.set(ref, value, 0, value.length, EXPIRY_KEEP, ENCODING_RAW);
    return this.locate(ref);
  }

  edit(ref: KeyRef): Region {
    this.keyspace.existing(ref).encoding = ENCODING_RAW;
    return this.locate(ref);
  }

  changed(): void {
    this.keyspace.changes++;
  }
}

function noCollections(): never {
  throw new Error('the model keyspace has no collections');
}
