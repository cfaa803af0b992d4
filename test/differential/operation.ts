import type { Argument } from '../support/raw-client.ts';

/** How two replies to the same command may differ and still agree; `exact` is byte for byte. */
export type Allowance =
  | 'exact'
  /** Arrays with the same members in any order (KEYS). */
  | 'unordered'
  /** Flat arrays or maps with the same pairs in any order (HGETALL). */
  | 'unorderedPairs'
  /** Both null, or both not null (RANDOMKEY, OBJECT FREQ, MEMORY USAGE, DUMP of a compressible value). */
  | 'presence'
  /** Times to live in seconds / milliseconds: set by the two servers at slightly different moments. */
  | 'seconds'
  | 'milliseconds'
  /** Moments of expiry: likewise when they come from a time to live, exact when they were given as moments. */
  | 'unixSeconds'
  | 'unixMilliseconds'
  /** XPENDING and XINFO: when entries were delivered and consumers seen; fields that only Redis 7.2 has. */
  | 'streamTimes';

/** What one client does next. All of it is data, so that a failing run can be cut down and printed. */
export type Operation =
  | { readonly kind: 'command'; readonly args: readonly Argument[] }
  /** Writes with a time to live of some milliseconds, waits until it is over, and looks: only then do the servers agree. */
  | { readonly kind: 'lapse'; readonly args: readonly Argument[]; readonly key: string; readonly waitMs: number }
  /** A whole iteration, cursor to cursor; the keys seen must be the same set. */
  | {
      readonly kind: 'scan';
      readonly options: readonly Argument[];
      /** Over a value instead of the keyspace; `items` of the reply make an element. */
      readonly of?: { readonly command: string; readonly key: string; readonly items: number };
    }
  /** DUMP on each server, then RESTORE there of the payload that server number `from` gave. */
  | { readonly kind: 'transfer'; readonly key: string; readonly to: string; readonly from: 0 | 1; readonly ttl: number }
  /**
   * WATCH of keys if there are any, `between` (what may or may not change them), MULTI, the commands, `end`. Replies of EXEC are compared one by one.
   * `demote`: keys that servers with tiers move to disk just before `end`.
   */
  | {
      readonly kind: 'transaction';
      readonly watch: readonly string[];
      readonly between: readonly (readonly Argument[])[];
      readonly commands: readonly (readonly Argument[])[];
      readonly demote: readonly string[];
      readonly end: 'EXEC' | 'DISCARD';
    }
  /** Moves keys between tiers: only sent to servers that have tiers, its reply is not compared. */
  | { readonly kind: 'tier'; readonly verb: 'DEMOTE' | 'PROMOTE'; readonly keys: readonly string[] };

export interface Step {
  readonly client: number;
  readonly operation: Operation;
}

const plain = /^[\w:.*?[\]^{}#+-]+$/;

function show(arg: Argument): string {
  const bytes = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg));
  const text = bytes.toString('latin1');
  if (plain.test(text) && text.length < 200) return text;
  const cut = text.length > 200 ? text.slice(0, 100) : text;
  const escaped = cut.replace(
    /[^\x20-\x7e]|["\\]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return cut.length < text.length ? `"${escaped}" ...(${bytes.length} bytes)` : `"${escaped}"`;
}

/** A step as a line that a person can type into redis-cli, as far as possible. */
export function describe({ client, operation }: Step): string {
  const who = `client ${client}: `;
  switch (operation.kind) {
    case 'command':
      return who + operation.args.map(show).join(' ');
    case 'lapse':
      return `${who}${operation.args.map(show).join(' ')}  # wait ${operation.waitMs} ms, then EXISTS ${operation.key}`;
    case 'scan':
      return `${who}${operation.of ? `${operation.of.command} ${operation.of.key}` : 'SCAN'} <0 ... 0> ${operation.options.map(show).join(' ')}`;
    case 'transfer':
      return `${who}RESTORE ${operation.to} ${operation.ttl} <DUMP ${operation.key} of server ${operation.from}> REPLACE`;
    case 'transaction': {
      const { watch, between, commands, demote, end } = operation;
      const list = (lines: readonly (readonly Argument[])[]) =>
        lines.map((args) => args.map(show).join(' ')).join('; ');
      return `${who}WATCH ${watch.join(' ')}; ${list(between)}; MULTI; ${list(commands)}; (demote ${demote.join(' ')}) ${end}`;
    }
    case 'tier':
      return `${who}TIER ${operation.verb} ${operation.keys.join(' ')}  # tiered servers only`;
  }
}
