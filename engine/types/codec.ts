import type { RdbOutput } from '../../protocol/rdb/output.ts';
import type { RdbVisitor } from '../../protocol/rdb/values/visitor.ts';
import type { CollectionLimits } from '../config/collection-limits.ts';
import type { KeyRef } from '../keyspace/key-ref.ts';

/** One type's way to RDB values and back: it knows both the type's class and the format. */
export interface ValueCodec {
  /** Writes an existing key's value, as redis 7.0 would in the encoding that OBJECT ENCODING names. All of it is in RAM. */
  save(ref: KeyRef, output: RdbOutput, limits: CollectionLimits): void;
  /**
   * Begins a value out of everybody's sight. What the visitor that is answered is told becomes its content; `rdbType` is the RDB type that it
   * comes from. The visitor throws errors.oom, and `BadRdb` for a member that comes twice. Whoever begins one ends with `place` or `discard`.
   */
  begin(rdbType: number, limits: CollectionLimits): RdbVisitor;
  /**
   * Makes it the key's value, whatever that was, with an absolute expiry in ms or -1, encoded as redis 7.0 encodes what it loads. Counts as one change.
   * Throws errors.oom with the key unchanged.
   */
  place(ref: KeyRef, expiryMs: number): void;
  /** An AUX field behind the value that was begun, of those that KeyDB and this server write: for types that have some of their own. */
  aux?(name: Buffer, value: Buffer): void;
  /** Forgets what was begun, and gives its memory back. */
  discard(): void;
}
