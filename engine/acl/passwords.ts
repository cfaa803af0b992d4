import { createHash, timingSafeEqual } from 'node:crypto';

/** Hexadecimal digits of a SHA-256. */
const HASH_DIGITS = 64;

/** A password as it is kept: its SHA-256 in hexadecimal. */
export function hashPassword(password: Uint8Array): string {
  return createHash('sha256').update(password).digest('hex');
}

/** Whether a text is what `hashPassword` gives: only lower-case digits, as in Redis. */
export function isPasswordHash(text: string): boolean {
  return text.length === HASH_DIGITS && /^[0-9a-f]*$/.test(text);
}

/** Whether a password is one of those that are kept. How long it takes tells nothing of how near a wrong one was, nor which one matched. */
export function matchesPassword(password: Uint8Array, hashes: readonly string[]): boolean {
  const given = createHash('sha256').update(password).digest();
  let found = false;
  for (const hash of hashes) {
    const same = timingSafeEqual(given, Buffer.from(hash, 'hex'));
    found = found || same;
  }
  return found;
}
