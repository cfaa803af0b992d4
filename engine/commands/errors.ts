/** An error reply. The message carries its code (`ERR`, `WRONGTYPE`, ...) and has no CR or LF. */
export class CommandError extends Error {
  override name = 'CommandError';
}

/** Redis's error texts (redis 7.0.15), each once. */
export const errors = {
  syntax: new CommandError('ERR syntax error'),
  wrongType: new CommandError('WRONGTYPE Operation against a key holding the wrong kind of value'),
  notInteger: new CommandError('ERR value is not an integer or out of range'),
  notFloat: new CommandError('ERR value is not a valid float'),
  noSuchKey: new CommandError('ERR no such key'),
  outOfRange: new CommandError('ERR index out of range'),
  noAuth: new CommandError('NOAUTH Authentication required.'),
  oom: new CommandError("OOM command not allowed when used memory > 'maxmemory'."),
  busyKey: new CommandError('BUSYKEY Target key name already exists.'),
  dbIndexOutOfRange: new CommandError('ERR DB index is out of range'),
  stringTooLong: new CommandError('ERR string exceeds maximum allowed size (proto-max-bulk-len)'),
} as const;

/** `ERR wrong number of arguments for 'NAME' command`; a subcommand is named `container|sub`. */
export function wrongArity(name: string): CommandError {
  return new CommandError(`ERR wrong number of arguments for '${name}' command`);
}

/** `ERR invalid expire time in 'NAME' command`. */
export function invalidExpire(name: string): CommandError {
  return new CommandError(`ERR invalid expire time in '${name}' command`);
}
