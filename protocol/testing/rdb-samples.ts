import { RdbOutput } from '../rdb/output.ts';
import {
  TYPE_HASH_ZIPLIST,
  TYPE_HASH_ZIPMAP,
  TYPE_LIST,
  TYPE_LIST_QUICKLIST,
  TYPE_LIST_ZIPLIST,
  TYPE_ZSET_ZIPLIST,
} from '../rdb/types.ts';
import { packedValue, ziplist, zipmap } from './old-encodings.ts';
import type { Random } from './random.ts';
import { encodeModel, type GroupModel, Model, type PendingModel } from './rdb-models.ts';

/** Names for `samplePayload`: every type that is read. */
export const SAMPLE_KINDS = [
  'string',
  'list',
  'list of strings',
  'list of ziplists',
  'ziplist',
  'intset',
  'set',
  'set listpack',
  'zset listpack',
  'zset',
  'zset ziplist',
  'hash listpack',
  'hash',
  'hash ziplist',
  'zipmap',
  'stream',
] as const;
export type SampleKind = (typeof SAMPLE_KINDS)[number];

const LONGEST = 100;

/** A payload of DUMP with a random value of a few elements. */
export function samplePayload(random: Random, kind: SampleKind, compress = random.chance(0.3)): Buffer {
  const options = { compress, fill: 5 };
  const model = new Model();
  const texts = Array.from({ length: random.between(1, 12) }, () => random.text(LONGEST));
  const unique = [...new Map(texts.map((text) => [text.toString('latin1'), text])).values()];
  const flat = unique.flatMap((text) => [text, random.text(LONGEST)]);
  const scores = unique.map(() => random.below(2000) / random.pick([1, 8]) - 50).sort((a, b) => a - b);
  switch (kind) {
    case 'string':
      model.texts.push(random.text());
      return encodeModel(model, 'raw', options);
    case 'list':
      model.texts.push(...texts);
      return encodeModel(model, 'quicklist', options);
    case 'list of strings':
    case 'list of ziplists': {
      const output = new RdbOutput(options);
      output.valueType(kind === 'list of strings' ? TYPE_LIST : TYPE_LIST_QUICKLIST);
      output.length(texts.length);
      for (const text of texts) output.string(kind === 'list of strings' ? text : ziplist([text, ...unique]));
      return output.dump();
    }
    case 'ziplist':
      return packedValue(TYPE_LIST_ZIPLIST, ziplist(texts), compress);
    case 'intset':
      for (const text of new Set(texts.map(() => String(random.int64())))) model.texts.push(Buffer.from(text));
      return encodeModel(model, 'set intset', options);
    case 'set':
      model.texts.push(...unique);
      return encodeModel(model, 'set hashtable', options);
    case 'set listpack':
      model.texts.push(...unique);
      return encodeModel(model, 'set listpack', { ...options, version: 11 });
    case 'zset':
    case 'zset listpack':
      model.texts.push(...unique);
      model.scores.push(...scores);
      return encodeModel(model, kind === 'zset' ? 'skiplist' : 'listpack', options);
    case 'zset ziplist': {
      const scored = unique.flatMap((text, i) => [text, Buffer.from(String(scores[i]))]);
      return packedValue(TYPE_ZSET_ZIPLIST, ziplist(scored), compress);
    }
    case 'hash':
    case 'hash listpack':
      model.texts.push(...flat);
      return encodeModel(model, kind === 'hash' ? 'hashtable' : 'listpack', options);
    case 'hash ziplist':
      return packedValue(TYPE_HASH_ZIPLIST, ziplist(flat), compress);
    case 'zipmap': {
      const pairs = unique.map((text) => [text, random.text(LONGEST)] as const);
      return packedValue(TYPE_HASH_ZIPMAP, zipmap(pairs, random.below(3)), compress);
    }
    case 'stream':
      return sampleStream(random, compress);
  }
}

function sampleStream(random: Random, compress: boolean): Buffer {
  const model = new Model();
  const ms = 1_700_000_000_000n;
  const names = [random.text(20), random.text(20)];
  let seq = 0n;
  for (let i = random.between(1, 8); i > 0; i--) {
    seq += BigInt(random.between(1, 100));
    const fields = names.slice(random.below(2)).flatMap((name) => [name, random.text(LONGEST)]);
    model.entries.push({ id: { ms, seq }, fields });
  }
  const [first] = model.entries;
  model.meta = {
    length: model.entries.length,
    lastId: { ms, seq },
    firstId: first?.id ?? { ms: 0n, seq: 0n },
    maxDeletedId: { ms: 0n, seq: 0n },
    entriesAdded: BigInt(model.entries.length),
  };
  for (const name of ['g1', 'g2'].slice(random.below(3))) model.groups.push(sampleGroup(random, name, model));
  return encodeModel(model, 'stream', {
    compress,
    version: random.pick([10, 11]),
    stream: { nodeBytes: 0, nodeEntries: 3 },
  });
}

function sampleGroup(random: Random, name: string, model: Model): GroupModel {
  const deliveredAtMs = 1_700_000_000_000;
  const delivered = model.entries.slice(0, random.between(0, model.entries.length));
  const consumers = ['c1', 'c2', 'c3'].map((consumer) => ({
    name: Buffer.from(consumer),
    seenAtMs: deliveredAtMs,
    activeAtMs: deliveredAtMs,
    pending: [] as PendingModel[],
  }));
  for (const { id } of delivered) random.pick(consumers).pending.push({ id, deliveredAtMs, deliveries: 1n });
  return {
    name: Buffer.from(name),
    lastId: { ms: 1_700_000_000_000n, seq: 5n },
    entriesRead: random.pick([-1n, 0n, 3n]),
    consumers,
  };
}
