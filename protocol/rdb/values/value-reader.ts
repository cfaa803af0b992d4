import { parseDouble } from '../../text/numbers.ts';
import { BadRdb, expect } from '../errors.ts';
import { FingerprintSet } from '../fingerprints.ts';
import { readIntset } from '../packed/intset.ts';
import { ListpackReader } from '../packed/listpack-reader.ts';
import { ZiplistReader } from '../packed/ziplist-reader.ts';
import { readZipmap } from '../packed/zipmap-reader.ts';
import type { RdbReader } from '../reader.ts';
import { ByteSpan } from '../span.ts';
import {
  NODE_PACKED,
  NODE_PLAIN,
  TYPE_HASH,
  TYPE_HASH_LISTPACK,
  TYPE_HASH_ZIPLIST,
  TYPE_HASH_ZIPMAP,
  TYPE_KEYDB_CRON,
  TYPE_LIST,
  TYPE_LIST_QUICKLIST,
  TYPE_LIST_QUICKLIST_2,
  TYPE_LIST_ZIPLIST,
  TYPE_SET,
  TYPE_SET_INTSET,
  TYPE_SET_LISTPACK,
  TYPE_STREAM_LISTPACKS,
  TYPE_STREAM_LISTPACKS_2,
  TYPE_STREAM_LISTPACKS_3,
  TYPE_STRING,
  TYPE_ZSET,
  TYPE_ZSET_2,
  TYPE_ZSET_LISTPACK,
  TYPE_ZSET_ZIPLIST,
} from '../types.ts';
import { StreamReader } from './stream-reader.ts';
import type { RdbVisitor } from './visitor.ts';

/** Scores as text begin with their length, or with one of these. */
const SCORE_NAN = 253;
const SCORE_INFINITY = 254;
const SCORE_MINUS_INFINITY = 255;

/** What listpacks and ziplists have in common. */
interface PackedReader {
  passed: number;
  open(blob: ByteSpan): void;
  next(span: ByteSpan): boolean;
  text(span: ByteSpan): void;
}

/**
 * Reads values of all types that may be anything, checking all of it while it hands the elements to a visitor; throws `BadRdb`,
 * perhaps after some of them. Time is linear in the bytes. Memory: one node, and 24 bytes or more per member for `findDuplicates`.
 */
export class ValueReader {
  /** Elements, members, fields or entries of the value read last. */
  count = 0;
  private readonly blob = new ByteSpan();
  private readonly first = new ByteSpan();
  private readonly second = new ByteSpan();
  private readonly listpack = new ListpackReader();
  private readonly ziplist = new ZiplistReader();
  private readonly seen = new FingerprintSet();

  /** `findDuplicates` may be false for what was read with it before. */
  read(reader: RdbReader, type: number, visitor: RdbVisitor, findDuplicates: boolean): void {
    this.count = 0;
    this.seen.clear();
    this.anyType(reader, type, visitor, findDuplicates ? this.seen : undefined);
    this.seen.clear();
  }

  private anyType(reader: RdbReader, type: number, visitor: RdbVisitor, seen: FingerprintSet | undefined): void {
    switch (type) {
      case TYPE_STRING:
        reader.string(this.first);
        this.count = 1;
        visitor.string(this.first);
        break;
      case TYPE_LIST:
        this.list(reader, visitor);
        break;
      case TYPE_LIST_ZIPLIST:
        this.packedList(reader, this.ziplist, visitor);
        break;
      case TYPE_LIST_QUICKLIST:
      case TYPE_LIST_QUICKLIST_2:
        this.quicklist(reader, type, visitor);
        break;
      case TYPE_SET:
        this.set(reader, visitor, seen);
        break;
      case TYPE_SET_INTSET:
        this.intset(reader, visitor);
        break;
      case TYPE_SET_LISTPACK:
        this.packedSet(reader, visitor, seen);
        break;
      case TYPE_ZSET:
      case TYPE_ZSET_2:
        this.zset(reader, type, visitor, seen);
        break;
      case TYPE_ZSET_ZIPLIST:
        this.packedZset(reader, this.ziplist, visitor, seen);
        break;
      case TYPE_ZSET_LISTPACK:
        this.packedZset(reader, this.listpack, visitor, seen);
        break;
      case TYPE_HASH:
        this.hash(reader, visitor, seen);
        break;
      case TYPE_HASH_ZIPMAP:
        this.zipmap(reader, visitor, seen);
        break;
      case TYPE_HASH_ZIPLIST:
        this.packedHash(reader, this.ziplist, visitor, seen);
        break;
      case TYPE_HASH_LISTPACK:
        this.packedHash(reader, this.listpack, visitor, seen);
        break;
      case TYPE_STREAM_LISTPACKS:
      case TYPE_STREAM_LISTPACKS_2:
      case TYPE_STREAM_LISTPACKS_3: {
        const stream = new StreamReader(reader, type, visitor, seen !== undefined);
        this.count = stream.read();
        break;
      }
      case TYPE_KEYDB_CRON:
        this.job(reader, visitor);
        break;
      default:
        throw new BadRdb('unsupported type', String(type));
    }
  }

  /** As KeyDB 6.3 writes it: script, start and interval in ms (u64 LE each), keys and arguments, each a count and strings. */
  private job(reader: RdbReader, visitor: RdbVisitor): void {
    this.count = 1;
    reader.string(this.first);
    const startMs = Number(reader.raw64());
    const intervalMs = Number(reader.raw64());
    expect(intervalMs > 0, 'a job without an interval');
    visitor.cronScript(this.first, startMs, intervalMs);
    for (let left = reader.count(); left > 0; left--) {
      reader.string(this.first);
      visitor.cronKey(this.first);
    }
    for (let left = reader.count(); left > 0; left--) {
      reader.string(this.first);
      visitor.cronArgument(this.first);
    }
  }

  private list(reader: RdbReader, visitor: RdbVisitor): void {
    this.count = someOf(reader.count());
    for (let left = this.count; left > 0; left--) {
      reader.string(this.first);
      visitor.listElement(this.first);
    }
  }

  private packedList(reader: RdbReader, packed: PackedReader, visitor: RdbVisitor): void {
    this.listNode(reader, packed, visitor);
    someOf(this.count);
  }

  private listNode(reader: RdbReader, packed: PackedReader, visitor: RdbVisitor): void {
    reader.string(this.blob);
    packed.open(this.blob);
    while (packed.next(this.first)) visitor.listElement(this.first);
    this.count += packed.passed;
  }

  private quicklist(reader: RdbReader, type: number, visitor: RdbVisitor): void {
    for (let left = someOf(reader.count()); left > 0; left--) {
      if (type === TYPE_LIST_QUICKLIST) {
        this.listNode(reader, this.ziplist, visitor);
        continue;
      }
      const container = reader.length();
      if (container === NODE_PLAIN) {
        reader.string(this.first);
        expect(this.first.length > 0, 'an empty plain node');
        visitor.listElement(this.first);
        this.count++;
      } else {
        expect(container === NODE_PACKED, 'a node of no known kind');
        this.listNode(reader, this.listpack, visitor);
      }
    }
    someOf(this.count);
  }

  private set(reader: RdbReader, visitor: RdbVisitor, seen: FingerprintSet | undefined): void {
    this.count = someOf(reader.count());
    for (let left = this.count; left > 0; left--) {
      reader.string(this.first);
      onlyOnce(seen, this.first);
      visitor.setMember(this.first);
    }
  }

  private intset(reader: RdbReader, visitor: RdbVisitor): void {
    reader.string(this.blob);
    readIntset(this.blob, this.first, () => {
      this.count++;
      visitor.setMember(this.first);
    });
  }

  private packedSet(reader: RdbReader, visitor: RdbVisitor, seen: FingerprintSet | undefined): void {
    reader.string(this.blob);
    this.listpack.open(this.blob);
    while (this.listpack.next(this.first)) {
      onlyOnce(seen, this.first);
      visitor.setMember(this.first);
    }
    this.count = someOf(this.listpack.passed);
  }

  private zset(reader: RdbReader, type: number, visitor: RdbVisitor, seen: FingerprintSet | undefined): void {
    this.count = someOf(reader.count(2));
    for (let left = this.count; left > 0; left--) {
      reader.string(this.first);
      onlyOnce(seen, this.first);
      const score = type === TYPE_ZSET_2 ? reader.double() : this.textScore(reader);
      expect(!Number.isNaN(score), 'a score that is no number');
      visitor.zsetMember(this.first, score);
    }
  }

  private textScore(reader: RdbReader): number {
    const length = reader.byte();
    if (length === SCORE_INFINITY) return Number.POSITIVE_INFINITY;
    if (length === SCORE_MINUS_INFINITY) return Number.NEGATIVE_INFINITY;
    expect(length !== SCORE_NAN, 'a score that is no number');
    reader.raw(length, this.second);
    return scoreOf(this.second);
  }

  private packedZset(
    reader: RdbReader,
    packed: PackedReader,
    visitor: RdbVisitor,
    seen: FingerprintSet | undefined,
  ): void {
    reader.string(this.blob);
    packed.open(this.blob);
    while (packed.next(this.first)) {
      onlyOnce(seen, this.first);
      packed.text(this.second);
      visitor.zsetMember(this.first, scoreOf(this.second));
    }
    this.count = someOf(packed.passed / 2);
  }

  private hash(reader: RdbReader, visitor: RdbVisitor, seen: FingerprintSet | undefined): void {
    this.count = someOf(reader.count(2));
    for (let left = this.count; left > 0; left--) {
      reader.string(this.first);
      onlyOnce(seen, this.first);
      reader.string(this.second);
      visitor.hashField(this.first, this.second);
    }
  }

  private zipmap(reader: RdbReader, visitor: RdbVisitor, seen: FingerprintSet | undefined): void {
    reader.string(this.blob);
    readZipmap(this.blob, this.first, this.second, () => {
      onlyOnce(seen, this.first);
      visitor.hashField(this.first, this.second);
      this.count++;
    });
    someOf(this.count);
  }

  private packedHash(
    reader: RdbReader,
    packed: PackedReader,
    visitor: RdbVisitor,
    seen: FingerprintSet | undefined,
  ): void {
    reader.string(this.blob);
    packed.open(this.blob);
    while (packed.next(this.first)) {
      onlyOnce(seen, this.first);
      packed.text(this.second);
      visitor.hashField(this.first, this.second);
    }
    this.count = someOf(packed.passed / 2);
  }
}

function someOf(count: number): number {
  if (count === 0) throw new BadRdb('empty', 'a collection without elements');
  return count;
}

function onlyOnce(seen: FingerprintSet | undefined, member: ByteSpan): void {
  if (seen !== undefined && !seen.add(member)) throw new BadRdb('duplicate');
}

function scoreOf(text: ByteSpan): number {
  const score = parseDouble(text.bytes, text.at, text.length);
  expect(score !== undefined && !Number.isNaN(score), 'a score that is no number');
  return score;
}
