import type { Request } from '../../protocol/resp/request.ts';
import type { KeySpec, KeySpecFlag } from './spec.ts';
import type { CommandEntry } from './table.ts';

/** Where the keys of one request stand. Reused from command to command; grows by doubling. */
export class KeyPositions {
  count = 0;
  /** Argument number of each key, and which key specification found it. */
  argIndex: Int32Array = new Int32Array(32);
  specIndex: Int32Array = new Int32Array(32);

  add(argIndex: number, specIndex: number): void {
    if (this.count === this.argIndex.length) {
      this.argIndex = doubled(this.argIndex);
      this.specIndex = doubled(this.specIndex);
    }
    this.argIndex[this.count] = argIndex;
    this.specIndex[this.count] = specIndex;
    this.count++;
  }
}

function doubled(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/**
 * Writes the positions of a request's keys into `out`, in the order of the command's key specifications. False when the
 * arguments contradict the specifications (a key count that is no number, or points beyond the end): the command will
 * answer an error, and `out` is then empty. Assumes that the arity was checked.
 */
export function findKeys(entry: CommandEntry, request: Request, out: KeyPositions): boolean {
  out.count = 0;
  if (entry.singleKeyAtOne) {
    out.add(1, 0);
    return true;
  }
  const specs = entry.spec.keySpecs;
  for (let i = 0; i < specs.length; i++) {
    const spec = specs[i];
    if (spec === undefined || spec.flags.includes('not_key')) continue;
    if (!addKeys(spec, i, request, out) && !spec.flags.includes('incomplete')) {
      out.count = 0;
      return false;
    }
  }
  return true;
}

function addKeys(spec: KeySpec, specIndex: number, request: Request, out: KeyPositions): boolean {
  const { begin, find } = spec;
  if ('unknown' in begin || 'unknown' in find) {
    const at = 'unknown' in begin ? (begin.locate?.(request) ?? 0) : 0;
    if (at > 0) out.add(at, specIndex);
    return true;
  }
  let first = 'index' in begin ? begin.index : afterKeyword(request, begin.keyword, begin.startFrom);
  // An optional part that is not there (GEORADIUS without STORE).
  if (first === 0) return true;
  let last: number;
  if ('lastKey' in find) {
    if (find.lastKey >= 0) last = first + find.lastKey;
    else if (find.limit === 0) last = request.count + find.lastKey;
    else last = first + Math.trunc((request.count - first) / find.limit) + find.lastKey;
    // Only a command whose keys are optional there comes this far, and to Redis such a call is one whose keys cannot be told.
    if (first >= request.count) return false;
  } else {
    const keys = smallNumber(request, first + find.keyNumIndex);
    if (keys < 0) return false;
    first += find.firstKey;
    last = first + (keys - 1) * find.step;
  }
  if (last >= request.count) return false;
  for (let i = first; i <= last; i += find.step) out.add(i, specIndex);
  return true;
}

/** Argument after the keyword, searched from `startFrom` (negative: from the end, backwards); 0 when it is not there. */
function afterKeyword(request: Request, keyword: string, startFrom: number): number {
  const forward = startFrom > 0;
  const step = forward ? 1 : -1;
  const end = forward ? request.count - 1 : 1;
  for (let i = forward ? startFrom : request.count + startFrom; i !== end && i >= 1 && i < request.count; i += step) {
    if (request.is(i, keyword.toLowerCase())) return i + 1;
  }
  return 0;
}

/** A key count: decimal digits only; -1 when it is anything else or too large to be a number of arguments. */
function smallNumber(request: Request, argIndex: number): number {
  const length = request.length(argIndex);
  if (argIndex >= request.count || length === 0 || length > 9) return -1;
  let value = 0;
  for (let i = request.start(argIndex); i < request.end(argIndex); i++) {
    const digit = (request.bytes[i] ?? 0) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return length > 1 && request.bytes[request.start(argIndex)] === 48 ? -1 : value;
}

/** The flags of a found key for this very call: SET and BITFIELD say less or more than their specification. */
export function keyFlags(entry: CommandEntry, request: Request, specIndex: number): readonly KeySpecFlag[] {
  const spec = entry.spec.keySpecs[specIndex];
  if (spec === undefined) return [];
  if (!spec.flags.includes('variable_flags')) return spec.flags.filter((flag) => flag !== 'incomplete');
  if (entry.fullName === 'set') return hasWord(request, 3, 'get') ? ['RW', 'access', 'update'] : ['OW', 'update'];
  if (entry.fullName === 'bitfield') return bitfieldWrites(request) ? ['RW', 'access', 'update'] : ['RO', 'access'];
  return spec.flags.filter((flag) => flag !== 'variable_flags');
}

function hasWord(request: Request, from: number, word: string): boolean {
  for (let i = from; i < request.count; i++) if (request.is(i, word)) return true;
  return false;
}

function bitfieldWrites(request: Request): boolean {
  for (let i = 2; i < request.count; ) {
    if (request.is(i, 'get')) i += 3;
    else if (request.is(i, 'overflow')) i += 2;
    else return true;
  }
  return false;
}
