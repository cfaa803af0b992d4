import { resolve } from 'node:path';
import { joinConf, parseCommandLine } from '../../protocol/conf/command-line.ts';
import type { ConfFiles } from '../../protocol/conf/conf-file.ts';
import { diskFiles } from '../../protocol/conf/files.ts';
import { isPattern } from '../../protocol/conf/pattern.ts';
import { Config } from './config.ts';
import { loadConf } from './load.ts';

/** What a start with given arguments means. */
export type Start =
  | { readonly kind: 'version' }
  | { readonly kind: 'help' }
  | { readonly kind: 'serve'; readonly config: Config; readonly warnings: readonly string[] };

/**
 * Builds the configuration from the arguments behind the program's name: file, then standard input, then options.
 *
 * @param readStdin called only when the arguments end with `-`
 * @throws ConfError (print its `report`) and ConfFileMissing (log its message); both end the start with status 1
 */
export function startConfig(argv: readonly string[], readStdin: () => string, files: ConfFiles = diskFiles): Start {
  const line = parseCommandLine(argv);
  if (line.kind !== 'serve') return line;
  const config = new Config();
  const { configFile } = line;
  let text = '';
  if (configFile !== undefined) {
    config.file = resolve(configFile);
    // Like redis-server, take every file that a pattern names.
    const paths = isPattern(configFile) ? files.expand(config.file) : [config.file];
    text = paths.map((path) => files.read(path)).join('\n');
  }
  const warnings = loadConf(config, joinConf(text, line.fromStdin ? readStdin() : '', line.options), files);
  return { kind: 'serve', config, warnings };
}
