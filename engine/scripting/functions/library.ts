import { ScriptError } from '../errors.ts';
import type { ScriptFlags } from '../shebang.ts';

/** One function of a library, as FUNCTION LIST shows it. Texts have one character per byte. */
export interface FunctionInfo {
  readonly name: string;
  readonly description: string | undefined;
  readonly flags: ScriptFlags;
}

/** A library: its code as it was given, and what the code registered. */
export interface Library {
  readonly name: string;
  readonly code: Buffer;
  readonly functions: readonly FunctionInfo[];
}

/** The only engine; names of engines know no case. */
export const ENGINE = 'LUA';

const failure = (text: string): ScriptError => new ScriptError(`ERR ${text}`);

/** Texts of redis 7.0.15, each once. */
export const functionErrors = {
  badName: 'Library names can only contain letters, numbers, or underscores(_) and must be at least one character long',
  noFunctions: failure('No functions registered'),
  notFound: failure('Function not found'),
  libraryNotFound: failure('Library not found'),
  badKeyCount: failure('Bad number of keys provided'),
  badChecksum: failure('DUMP payload version or checksum are wrong'),
  badPolicy: failure('Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.'),
  notAFunction: failure('given type is not a function'),
  badPayload: failure('failed loading the given functions payload'),
  noMemory: new ScriptError('OOM there is no room for more functions: FUNCTION DELETE or FUNCTION FLUSH makes some'),
  timeout: failure('Error registering functions: ERR FUNCTION LOAD timeout'),
  functionExists: (name: string) => failure(`Function ${name} already exists`),
  libraryExists: (name: string) => failure(`Library '${name}' already exists`),
  /** What RESTORE says. */
  restoredExists: (name: string) => failure(`Library ${name} already exists`),
} as const;

/** Whether a name of a library or function is one. */
export function isName(name: string): boolean {
  return /^[a-zA-Z0-9_]+$/.test(name);
}
