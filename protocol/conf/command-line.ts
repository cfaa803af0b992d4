import { quote, words } from './words.ts';

/** What the arguments of the server ask for. */
export type CommandLine =
  | { readonly kind: 'version' }
  | { readonly kind: 'help' }
  | {
      readonly kind: 'serve';
      /** As written; undefined without one. */
      readonly configFile: string | undefined;
      /** `-`: more configuration follows on standard input. */
      readonly fromStdin: boolean;
      /** The `--directive value` arguments as configuration lines, to be read after the files. */
      readonly options: string;
    };

/**
 * Reads arguments as redis-server 7.0 does: `[config-file] [--directive value ...] [-]`. The word after a `--directive` is its
 * value even if it begins with `--` (`--requirepass --x`), save after `--save`, where it stands for `--save ""`.
 */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const [first, ...others] = argv;
  if (others.length === 0) {
    if (first === '-v' || first === '--version') return { kind: 'version' };
    if (first === '-h' || first === '--help') return { kind: 'help' };
  }
  const hasFile = first !== undefined && !first.startsWith('-');
  const rest = (hasFile ? others : argv).filter((word) => word !== '--check-system');
  let fromStdin = false;
  let options = '';
  let valueSeen = true;
  rest.forEach((word, i) => {
    const next = rest[i + 1];
    if (word === '-' && next === undefined) {
      fromStdin = true;
    } else if (valueSeen && word.startsWith('--')) {
      if (options !== '') options += '\n';
      options += `${word.slice(2)} `;
      // `"--port 6380"` in one argument carries its value along.
      valueSeen = words(word)?.length !== 1;
      if (word.toLowerCase() === '--save' && (next === undefined || next.startsWith('--'))) {
        options += '""';
        valueSeen = true;
      }
    } else {
      options += `${quote(word)} `;
      valueSeen = true;
    }
  });
  return { kind: 'serve', configFile: hasFile ? first : undefined, fromStdin, options };
}

/** Joins file, standard input and options into the one text that is read, so that line numbers in errors are redis-server's. */
export function joinConf(file: string, stdin: string, options: string): string {
  return options === '' ? file + stdin : `${file}${stdin}\n${options}`;
}

/** The text of `--help`. `program` is how the server was called. */
export function helpText(program: string): string {
  return [
    `Usage: ${program} [config-file] [--directive value ...] [-]`,
    '',
    '  config-file          file in the syntax of redis.conf',
    '  --directive value    any directive of such a file; comes after the file, so it wins',
    '  -                    read more configuration from standard input',
    '  -v, --version        print the version and leave',
    '  -h, --help           print this and leave',
    '',
    'Examples:',
    `  ${program}`,
    `  ${program} --port 7000 --maxmemory 100mb`,
    `  ${program} stratakv.conf --loglevel verbose`,
    `  echo 'maxmemory 128mb' | ${program} -`,
    '',
    'All directives: docs/CONFIGURATION.md',
    '',
  ].join('\n');
}
