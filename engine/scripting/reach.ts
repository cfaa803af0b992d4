import type { CommandTable } from '../commands/table.ts';

/** `redis.call('keys', ...)`, `redis.pcall "flushall"`, and the like under another name that ends with `call`. */
const CALL = /call\s*\(?\s*(?:["']|\[\[)([a-z]+)/gi;

/**
 * Whether a script's text names, in a call, a command that looks at the whole keyspace: then it had better begin while no other thread is active. To
 * find out when the call comes may be too late, because the script has changed something by then. A name that is put together is not seen.
 */
export function callsForAll(text: Buffer, table: Pick<CommandTable, 'byName'>): boolean {
  for (const [, name = ''] of text.latin1Slice().matchAll(CALL)) {
    if (table.byName(name)?.spec.reach === 'keyspace') return true;
  }
  return false;
}
