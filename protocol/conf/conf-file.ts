import { isPattern } from './pattern.ts';
import { words } from './words.ts';

/** One directive of a configuration text. */
export interface ConfLine {
  /** Lower case. */
  readonly name: string;
  readonly args: readonly string[];
  /** Counted from 1, in the text that holds it. */
  readonly lineNumber: number;
  /** Trimmed, as errors quote it. */
  readonly line: string;
}

/** A text that redis-server would refuse at this line. */
export class ConfError extends Error {
  override name = 'ConfError';
  readonly at: { readonly lineNumber: number; readonly line: string };
  readonly reason: string;

  constructor(at: { readonly lineNumber: number; readonly line: string }, reason: string) {
    super(`line ${at.lineNumber}: ${reason}`);
    this.at = at;
    this.reason = reason;
  }

  /** What redis-server prints to standard error, blank line first. `version` is Redis's. */
  report(version: string): string {
    return [
      '',
      `*** FATAL CONFIG FILE ERROR (Redis ${version}) ***`,
      `Reading the configuration file, at line ${this.at.lineNumber}`,
      `>>> '${this.at.line}'`,
      this.reason,
      '',
    ].join('\n');
  }
}

/** A configuration file that cannot be read; the message is the one redis-server logs. */
export class ConfFileMissing extends Error {
  override name = 'ConfFileMissing';
}

/** Where files come from. */
export interface ConfFiles {
  /** Throws {@link ConfFileMissing}. */
  read(path: string): string;
  /** Paths that match, sorted; none is no error. */
  expand(pattern: string): readonly string[];
}

const maxIncludeDepth = 16;

/**
 * The lines of a configuration text in order, those of included files in place. Lazy, so that what stands before a faulty line
 * has been taken when the fault is met.
 *
 * @throws ConfError for unbalanced quotes or includes that include themselves
 */
export function* readConf(text: string, files: ConfFiles, depth = 0): Generator<ConfLine> {
  let lineNumber = 0;
  for (const raw of text.split('\n')) {
    lineNumber++;
    const line = raw.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
    if (line === '' || line.startsWith('#')) continue;
    const found = words(line);
    if (found === undefined) throw new ConfError({ lineNumber, line }, 'Unbalanced quotes in configuration line');
    const [name, ...args] = found;
    if (name === undefined) continue;
    const [path] = args;
    if (name.toLowerCase() === 'include' && path !== undefined && args.length === 1) {
      if (depth >= maxIncludeDepth) throw new ConfError({ lineNumber, line }, 'Files include each other too deeply');
      for (const file of isPattern(path) ? files.expand(path) : [path])
        yield* readConf(files.read(file), files, depth + 1);
      continue;
    }
    yield { name: name.toLowerCase(), args, lineNumber, line };
  }
}
