/** An error reply. The message carries its code (`ERR`, `WRONGTYPE`, ...) and has no CR or LF. */
export class CommandError extends Error {
  override name = 'CommandError';
  /** Whether it is in the statistics already. */
  readonly counted: boolean = false;
}

/** Redis's error texts (redis 7.0.15), each once. */
export const errors = {
  monitorsOnly: new CommandError("ERR Replica can't interact with the keyspace"),
  syntax: new CommandError('ERR syntax error'),
  wrongType: new CommandError('WRONGTYPE Operation against a key holding the wrong kind of value'),
  notInteger: new CommandError('ERR value is not an integer or out of range'),
  notFloat: new CommandError('ERR value is not a valid float'),
  noSuchKey: new CommandError('ERR no such key'),
  outOfRange: new CommandError('ERR index out of range'),
  noAuth: new CommandError('NOAUTH Authentication required.'),
  notInTransaction: new CommandError('ERR Command not allowed inside a transaction'),
  execAborted: new CommandError('EXECABORT Transaction discarded because of previous errors.'),
  oom: new CommandError("OOM command not allowed when used memory > 'maxmemory'."),
  notWritable: new CommandError('IOERR The memory is full and the cold tier cannot be written. Check logs.'),
  notDurable: new CommandError(
    'MISCONF Errors writing to the cold tier. Commands that may modify the data set are disabled. Check logs.',
  ),
  busyKey: new CommandError('BUSYKEY Target key name already exists.'),
  dbIndexOutOfRange: new CommandError('ERR DB index is out of range'),
  stringTooLong: new CommandError('ERR string exceeds maximum allowed size (proto-max-bulk-len)'),
  overflow: new CommandError('ERR increment or decrement would overflow'),
  decrementOverflow: new CommandError('ERR decrement would overflow'),
  notFinite: new CommandError('ERR increment would produce NaN or Infinity'),
  offsetOutOfRange: new CommandError('ERR offset is out of range'),
  lcsNotStrings: new CommandError('ERR The specified keys must contain string values'),
  lcsLenAndIdx: new CommandError('ERR If you want both the length and indexes, please just use IDX.'),
  lcsTooLarge: new CommandError('ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len'),
  bitOffset: new CommandError('ERR bit offset is not an integer or out of range'),
  bitValue: new CommandError('ERR bit is not an integer or out of range'),
  bitArgument: new CommandError('ERR The bit argument must be 1 or 0.'),
  bitopNot: new CommandError('ERR BITOP NOT must be called with a single source key.'),
  bitopShiftArguments: new CommandError(
    'ERR BITOP SHIFT must be called with a single source key and an integer shift.',
  ),
  bitopShiftNotInteger: new CommandError("ERR BITOP SHIFT's last parameter must be an integer"),
  bitopShiftTooLarge: new CommandError('ERR BITOP SHIFT value is too large.'),
  bitfieldType: new CommandError(
    'ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.',
  ),
  bitfieldOverflow: new CommandError('ERR Invalid OVERFLOW type specified'),
  bitfieldReadOnly: new CommandError('ERR BITFIELD_RO only supports the GET subcommand'),
} as const;

/** Text as C's %s prints it, which is how Redis puts arguments into error replies: it ends at the first NUL. */
export function untilNul(text: string): string {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}

/** `ERR wrong number of arguments for 'NAME' command`; a subcommand is named `container|sub`. */
export function wrongArity(name: string): CommandError {
  return new CommandError(`ERR wrong number of arguments for '${name}' command`);
}

/** `ERR invalid expire time in 'NAME' command`. */
export function invalidExpire(name: string): CommandError {
  return new CommandError(`ERR invalid expire time in '${name}' command`);
}
