import assert from 'node:assert/strict';
import type { Random } from '../../support/random.ts';
import type { Argument } from '../../support/raw-client.ts';

/** What a collection holds, by member, field, entry id or element; a list's and a stream's in order. */
export type Content = Map<string, string>;

export const kinds = ['hash', 'set', 'zset', 'list', 'stream'] as const;
export type Kind = (typeof kinds)[number];

/**
 * One transaction on a collection, which carries its number along as its version: what a reader finds tells of which moment it claims to be, and
 * all the rest must be of the same.
 */
export interface Change {
  readonly version: number;
  /** Between MULTI and EXEC. */
  readonly commands: Argument[][];
  apply(content: Content): void;
}

const MAX_MEMBERS = 4000;
const MOST_AT_ONCE = 600;

/** Adds or removes members at random. `content` is what the collection holds now, `previous` its version (0: there is none). */
export function changeOf(
  kind: Kind,
  key: string,
  content: Content,
  previous: number,
  version: number,
  random: Random,
): Change {
  const most = random.chance(0.3) ? MOST_AT_ONCE : 8;
  const count = random.integer(1, most);
  const shrink = content.size > 100 && (content.size > MAX_MEMBERS || random.chance(0.3));
  const from = shrink && kind !== 'list' ? random.integer(0, content.size - 1) : 0;
  const names = shrink
    ? // Never all: an empty collection goes, and its expiry with it.
      [...content.keys()].slice(from, from + Math.min(count, content.size - 1))
    : Array.from({ length: count }, (_, n) => newName(kind, version, n, random));
  const text = kind === 'zset' ? String(version) : textOfVersion(version, count);
  const commands = shrink ? remove(kind, key, names) : add(kind, key, names, version, text);
  return {
    version,
    commands: [...commands, ...mark(kind, key, previous, version)],
    apply: (to) => {
      for (const name of names) {
        if (shrink) to.delete(name);
        else to.set(name, hasTexts(kind) ? text : '');
      }
    },
  };
}

const hasTexts = (kind: Kind): boolean => kind === 'hash' || kind === 'zset' || kind === 'stream';

const textOfVersion = (version: number, count: number): string => `${version}:`.padEnd(8 + (count % 40), 'z');

/** Lists and streams get new ones at their end; the others overwrite now and then. */
function newName(kind: Kind, version: number, n: number, random: Random): string {
  if (kind === 'list') return `e:${version}:${n}`;
  if (kind === 'stream') return `${version}-${n + 1}`;
  return `m:${random.integer(0, MAX_MEMBERS * 2)}`;
}

function add(kind: Kind, key: string, names: readonly string[], version: number, text: string): Argument[][] {
  switch (kind) {
    case 'hash':
      return [['HSET', key, ...names.flatMap((name) => [name, text])]];
    case 'set':
      return [['SADD', key, ...names]];
    case 'zset':
      return [['ZADD', key, ...names.flatMap((name) => [version, name])]];
    case 'list':
      return [
        ['RPOP', key],
        ['RPUSH', key, ...names],
      ];
    case 'stream':
      return names.map((name) => ['XADD', key, name, 'f', text]);
  }
}

function remove(kind: Kind, key: string, names: readonly string[]): Argument[][] {
  switch (kind) {
    case 'hash':
      return [['HDEL', key, ...names]];
    case 'set':
      return [['SREM', key, ...names]];
    case 'zset':
      return [['ZREM', key, ...names]];
    case 'list':
      return [
        ['LPOP', key, names.length],
        ['RPOP', key],
      ];
    case 'stream':
      return [['XDEL', key, ...names]];
  }
}

/** The version is one member more: of a list the last, of a stream the last entry's id. */
function mark(kind: Kind, key: string, previous: number, version: number): Argument[][] {
  switch (kind) {
    case 'hash':
      return [['HSET', key, '#', version]];
    case 'set':
      return [
        ['SADD', key, `#${version}`],
        ['SREM', key, `#${previous}`],
      ];
    case 'zset':
      return [['ZADD', key, version, '#']];
    case 'list':
      return [['RPUSH', key, `#${version}`]];
    case 'stream':
      return [
        ['XDEL', key, `${previous}-9999999`],
        ['XADD', key, `${version}-9999999`, 'f', '#'],
      ];
  }
}

/** The command that reads all of a collection. */
export function readAll(kind: Kind, key: string): Argument[] {
  switch (kind) {
    case 'hash':
      return ['HGETALL', key];
    case 'set':
      return ['SMEMBERS', key];
    case 'zset':
      return ['ZRANGE', key, 0, -1, 'WITHSCORES'];
    case 'list':
      return ['LRANGE', key, 0, -1];
    case 'stream':
      return ['XRANGE', key, '-', '+'];
  }
}

/** What `readAll` brought, flat: its version (0 without the key), and the rest. Fails when something is there twice. */
export function parse(kind: Kind, texts: readonly string[]): { readonly version: number; readonly content: Content } {
  const content: Content = new Map();
  let version = 0;
  // Pairs, or for streams three: id, field, value.
  const width = kind === 'stream' ? 3 : hasTexts(kind) ? 2 : 1;
  for (let at = 0; at < texts.length; at += width) {
    const name = texts[at] ?? '';
    const text = width === 1 ? '' : (texts[at + width - 1] ?? '');
    const isMark = name.startsWith('#') || name.endsWith('-9999999');
    if (isMark)
      version = kind === 'hash' || kind === 'zset' ? Number(text) : Number.parseInt(name.replace('#', ''), 10);
    else {
      assert.ok(!content.has(name), `${name} is there twice`);
      content.set(name, text);
    }
  }
  return { version, content };
}

/** Undefined when both hold the same; else what differs. */
export function difference(kind: Kind, found: Content, expected: Content): string | undefined {
  for (const [name, text] of expected) {
    if (found.get(name) !== text) return `${name} is ${found.get(name)} instead of ${text}`;
  }
  for (const name of found.keys()) if (!expected.has(name)) return `${name} should not be there`;
  if (kind !== 'list' && kind !== 'stream') return undefined;
  const order = [...expected.keys()];
  return [...found.keys()].every((name, n) => name === order[n]) ? undefined : 'the order differs';
}
