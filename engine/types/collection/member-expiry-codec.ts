import type { RdbDump } from '../../../protocol/rdb/dump.ts';
import type { RdbOutput } from '../../../protocol/rdb/output.ts';
import { OPCODE_AUX } from '../../../protocol/rdb/types.ts';
import { Slice } from '../../../tiers/tree/slice.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { MemberExpiry } from './member-expiry.ts';

/**
 * When members expire, as KeyDB 6.3 stores it: behind the value, pairs of AUX fields, first the member, then its time in ms since 1970.
 * KeyDB cuts members at a NUL; here they are whole. Redis does not look behind a payload's value.
 */
const MEMBER_FIELD = Buffer.from('keydb-subexpire-key');
const WHEN_FIELD = Buffer.from('keydb-subexpire-when');

/** Bytes of RAM that a member's time takes beside the member, which is there twice more. */
const TIMED_BYTES = 64;

/** Writes the times of an existing key's members, if any expires. */
export function saveMemberExpiry(expiry: MemberExpiry, ref: KeyRef, output: RdbOutput): void {
  expiry.visit(ref, (member, whenMs) => {
    output.byte(OPCODE_AUX);
    output.string(MEMBER_FIELD);
    output.string(member.bytes, member.at, member.length);
    output.byte(OPCODE_AUX);
    output.string(WHEN_FIELD);
    output.string(Buffer.from(String(whenMs), 'latin1'));
  });
}

export interface TimedMember {
  readonly member: Slice;
  readonly whenMs: number;
}

/** The times that a payload has behind its value; fields that make no sense are passed over, as KeyDB does. */
export function readMemberExpiry(dump: RdbDump): TimedMember[] {
  const found: TimedMember[] = [];
  let member: Slice | undefined;
  dump.visitAux((name, value) => {
    const field = name.copy();
    if (field.equals(MEMBER_FIELD)) member = Slice.of(value.copy());
    else if (field.equals(WHEN_FIELD) && member !== undefined) {
      const when = value.integer();
      // One of long ago is due at once.
      if (when !== undefined) found.push({ member, whenMs: Math.max(1, Number(when)) });
      member = undefined;
    }
  });
  return found;
}

/** Bytes to reserve for them before anything is changed. */
export function timedBytes(members: readonly TimedMember[]): number {
  let bytes = 0;
  for (const { member } of members) bytes += 2 * member.length + TIMED_BYTES;
  return bytes;
}

/** Lets members of an existing key expire; those that it does not have are passed over. */
export function applyMemberExpiry(expiry: MemberExpiry, ref: KeyRef, members: readonly TimedMember[]): void {
  const owner = expiry.owners.get(ref.type);
  if (owner === undefined) return;
  for (const { member, whenMs } of members) if (owner.hasMember(ref, member)) expiry.set(ref, member, whenMs);
}
