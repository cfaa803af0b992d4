import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { HyperLogLogDraft } from '../../types/string/hyperloglog/draft.ts';
import { isHyperLogLog } from '../../types/string/hyperloglog/layout.ts';
import { ENCODING_RAW, EXPIRY_KEEP, EXPIRY_NONE, type Region } from '../../types/string/string-values.ts';
import type { CommandContext } from '../context.ts';
import { CommandError } from '../errors.ts';

export const corrupt = new CommandError('INVALIDOBJ Corrupted HLL object detected');
const notHyperLogLog = new CommandError('WRONGTYPE Key is not a valid HyperLogLog string value.');

/** Where the HyperLogLog of an existing key lies, for reading. Throws errors.wrongType, or that it is none. */
export function locateHyperLogLog({ keyspace }: CommandContext, key: KeyRef): Region {
  keyspace.requireString(key);
  const region = keyspace.strings.locate(key);
  if (!isHyperLogLog(region)) throw notHyperLogLog;
  return region;
}

/** Makes a draft the key's value; keeps its expiry. */
export function storeDraft({ keyspace }: CommandContext, key: KeyRef, draft: HyperLogLogDraft): void {
  const expiry = key.exists ? EXPIRY_KEEP : EXPIRY_NONE;
  keyspace.strings.set(key, draft.bytes, 0, draft.length, expiry, ENCODING_RAW);
}
