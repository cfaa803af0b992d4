/** What is wrong with a payload or file. */
export type BadRdbReason =
  /** Not of a version that is known, or too short to have one. */
  | 'version'
  | 'checksum'
  /** Something reaches beyond the end. */
  | 'truncated'
  /** Bytes are left over behind the value. */
  | 'trailing bytes'
  /** A type that is not read here: a module's, or one of a later version. */
  | 'unsupported type'
  /** An encoding that does not exist, or a structure that contradicts itself. */
  | 'malformed'
  /** A collection without elements, otherwise in order. */
  | 'empty'
  /** A member, field, group, consumer or pending entry that is there twice. */
  | 'duplicate'
  /** More than any value may hold. */
  | 'too large';

/** The only error that reading RDB data throws, whatever the data. The data is wrong, not the program. */
export class BadRdb extends Error {
  override name = 'BadRdb';
  readonly reason: BadRdbReason;

  constructor(reason: BadRdbReason, detail = '') {
    super(detail === '' ? reason : `${reason}: ${detail}`);
    this.reason = reason;
  }
}

/** Throws {@link BadRdb} 'malformed' unless `condition` holds. */
export function expect(condition: boolean, what: string): asserts condition {
  if (!condition) throw new BadRdb('malformed', what);
}
