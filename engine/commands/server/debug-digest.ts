import { createHash } from 'node:crypto';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { Keyspace } from '../../keyspace/keyspace.ts';

const stringTypeNumber = Buffer.alloc(4);

function sha1(bytes: Uint8Array): Buffer {
  return createHash('sha1').update(bytes).digest();
}

function xored(digest: Buffer, other: Uint8Array): Buffer {
  return Buffer.from(digest.map((byte, i) => byte ^ (other[i] ?? 0)));
}

/** Order of mixing counts: the sum so far goes into the next hash. */
function mixed(digest: Buffer, bytes: Uint8Array): Buffer {
  return sha1(xored(digest, sha1(bytes)));
}

/** Redis's digest of a string value (DEBUG DIGEST-VALUE); a missing key has 20 zero bytes. */
export function valueDigest(keyspace: Keyspace, key: KeyRef): string {
  let digest: Buffer = Buffer.alloc(20);
  if (!key.exists) return digest.toString('hex');
  digest = mixed(digest, stringTypeNumber);
  digest = mixed(digest, keyspace.strings.copy(key, 0, keyspace.strings.length(key)));
  if (keyspace.expireAt(key) !== -1) digest = xored(digest, sha1(Buffer.from('!!expire!!')));
  return digest.toString('hex');
}
