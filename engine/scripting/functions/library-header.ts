import { ScriptError } from '../errors.ts';
import { wordsOf } from '../shebang.ts';
import { ENGINE, functionErrors, isName } from './library.ts';

/** What the first line of a library's code says: `#!lua name=<name>`. */
export interface LibraryHeader {
  readonly name: string;
  /** Where the code begins: at the line break that ends the first line, so that lines keep their numbers. */
  readonly start: number;
}

const NAME = /^name=/i;

const failure = (text: string): ScriptError => new ScriptError(`ERR ${text}`);

/** Throws a ScriptError for a first line that is none, an engine that is not there, or a name that is none. */
export function readLibraryHeader(code: Buffer): LibraryHeader {
  const { engine, name, start } = splitHeader(code);
  if (!isName(name)) throw failure(functionErrors.badName);
  if (engine.toUpperCase() !== ENGINE) throw failure(`Engine '${engine}' not found`);
  return { name, start };
}

function splitHeader(code: Buffer): LibraryHeader & { readonly engine: string } {
  if (code[0] !== 0x23 || code[1] !== 0x21) throw failure('Missing library metadata');
  const start = code.indexOf(0x0a);
  const line = code.latin1Slice(0, Math.max(start, 0));
  const [engine, ...parts] = wordsOf(code.subarray(0, Math.max(start, 0)));
  // To Redis a NUL ends the text.
  if (start < 0 || line.includes('\0') || engine === undefined) throw failure('Invalid library metadata');
  let name: string | undefined;
  for (const part of parts) {
    if (!NAME.test(part)) throw failure(`Invalid metadata value given: ${part}`);
    if (name !== undefined) throw failure('Invalid metadata value, name argument was given multiple times');
    name = part.slice('name='.length);
  }
  if (name === undefined) throw failure('Library name was not given');
  return { engine: engine.slice(2), name, start };
}
