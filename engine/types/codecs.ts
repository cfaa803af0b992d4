import type { RdbKind } from '../../protocol/rdb/types.ts';
import {
  VALUE_CRON,
  VALUE_HASH,
  VALUE_LIST,
  VALUE_SET,
  VALUE_STREAM,
  VALUE_STRING,
  VALUE_ZSET,
} from '../keyspace/key-ref.ts';
import type { Keyspace } from '../keyspace/keyspace.ts';
import type { ValueCodec } from './codec.ts';
import { HashCodec } from './hash/hash-codec.ts';
import { JobCodec } from './job/job-codec.ts';
import { ListCodec } from './list/list-codec.ts';
import { SetCodec } from './set/set-codec.ts';
import { StreamCodec } from './stream/stream-codec.ts';
import { StringCodec } from './string/string-codec.ts';
import { ZsetCodec } from './zset/zset-codec.ts';

type Types = Pick<Keyspace, 'strings' | 'hashes' | 'lists' | 'sets' | 'sortedSets' | 'streams' | 'jobs'>;

const codecs: Readonly<Record<number, (types: Types) => ValueCodec>> = {
  [VALUE_STRING]: ({ strings }) => new StringCodec(strings),
  [VALUE_LIST]: ({ lists }) => new ListCodec(lists),
  [VALUE_SET]: ({ sets }) => new SetCodec(sets),
  [VALUE_ZSET]: ({ sortedSets }) => new ZsetCodec(sortedSets),
  [VALUE_HASH]: ({ hashes }) => new HashCodec(hashes),
  [VALUE_STREAM]: ({ streams }) => new StreamCodec(streams),
  [VALUE_CRON]: ({ jobs }) => new JobCodec(jobs),
};

const typeOfKind: Readonly<Record<RdbKind, number>> = {
  string: VALUE_STRING,
  list: VALUE_LIST,
  set: VALUE_SET,
  zset: VALUE_ZSET,
  hash: VALUE_HASH,
  stream: VALUE_STREAM,
  cron: VALUE_CRON,
};

/** One thread's codecs by type, each made when it is first asked for. */
export class Codecs {
  private readonly types: Types;
  private readonly made = new Map<number, ValueCodec>();

  constructor(types: Types) {
    this.types = types;
  }

  /** That of a value type. */
  of(type: number): ValueCodec {
    const known = this.made.get(type);
    if (known !== undefined) return known;
    const make = codecs[type];
    if (make === undefined) throw new Error(`values of type ${type} have no codec`);
    const codec = make(this.types);
    this.made.set(type, codec);
    return codec;
  }

  ofKind(kind: RdbKind): ValueCodec {
    return this.of(typeOfKind[kind]);
  }
}
