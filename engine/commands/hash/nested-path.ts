import type { Request } from '../../../protocol/resp/request.ts';

/**
 * Nested hashes (KeyDB's KEYDB.NHSET and KEYDB.NHGET) are ordinary hashes whose fields are paths, so that they can be expired, dumped,
 * copied, replicated and moved to disk like any other. A path is names with dots between them; the first names the key. Below it,
 *
 *   field `b.c`   a string
 *   field `b.`    not empty: a list, as an array of bulk strings in RESP; empty: a bucket, that is, there are fields `b.` + name
 */
const DOT = 0x2e;

/** The key's name as an argument of the request behind the last (which only those who know its number see). Undefined without a name. */
export function keyOfPath(request: Request, argIndex: number): number {
  const start = request.start(argIndex);
  const dot = request.slice(argIndex).indexOf(DOT);
  request.push(start, dot < 0 ? request.length(argIndex) : dot);
  request.count--;
  return request.count;
}

/** The names of a path, one character per byte; undefined when one of them is empty. */
export function namesOf(path: string): readonly string[] | undefined {
  const names = path.split('.');
  return names.includes('') ? undefined : names;
}

/** What a path leads to: one name of a bucket may be anything. */
export type Nested = string | readonly string[] | Bucket;
export interface Bucket extends Map<string, Nested> {}

/** Adds what a field says. Fields that are no paths are names as they are. */
export function addField(bucket: Bucket, field: string, value: string): void {
  const marked = field.endsWith('.');
  const names = namesOf(marked ? field.slice(0, -1) : field);
  if (names === undefined) {
    bucket.set(field, value);
    return;
  }
  let at = bucket;
  for (const name of names.slice(0, -1)) at = bucketAt(at, name);
  const last = names[names.length - 1] ?? '';
  if (!marked) {
    if (!(at.get(last) instanceof Map)) at.set(last, value);
  } else if (value === '') bucketAt(at, last);
  else at.set(last, parseList(value));
}

function bucketAt(parent: Bucket, name: string): Bucket {
  const there = parent.get(name);
  if (there instanceof Map) return there;
  const made: Bucket = new Map();
  parent.set(name, made);
  return made;
}

/** Arguments from number `from` on as an array of bulk strings. */
export function listOfArguments(request: Request, from: number): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${request.count - from}\r\n`)];
  for (let i = from; i < request.count; i++)
    parts.push(Buffer.from(`$${request.length(i)}\r\n`), request.copy(i), Buffer.from('\r\n'));
  return Buffer.concat(parts);
}

function parseList(text: string): readonly string[] {
  const items: string[] = [];
  for (let at = text.indexOf('\r\n') + 2; text[at] === '$'; ) {
    const start = text.indexOf('\r\n', at) + 2;
    const end = start + Number.parseInt(text.slice(at + 1), 10);
    if (!(end >= start)) break;
    items.push(text.slice(start, end));
    at = end + 2;
  }
  return items;
}

/** As KeyDB writes it: `{"b" : {"c" : "v"}}`. One character per byte; bytes beyond ASCII stay as they are. */
export function jsonOf(value: Nested): string {
  if (typeof value === 'string') return quoted(value);
  if (!(value instanceof Map)) return `[${(value as readonly string[]).map(quoted).join(', ')}]`;
  return `{${[...value].map(([name, inner]) => `${quoted(name)} : ${jsonOf(inner)}`).join(', ')}}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
