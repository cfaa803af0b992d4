import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Config } from '../engine/config/config.ts';
import { loadConf } from '../engine/config/load.ts';
import { joinConf } from '../protocol/conf/command-line.ts';
import { diskFiles } from '../protocol/conf/files.ts';

export interface StartConfig {
  readonly config: Config;
  readonly warnings: readonly string[];
}

/**
 * Reads the configuration of a start: file, then standard input, then the command line's directives.
 *
 * @throws ConfError, ConfFileMissing
 */
export function readStartConfig(configFile: string | undefined, fromStdin: boolean, options: string): StartConfig {
  const config = new Config();
  const file = configFile === undefined ? '' : diskFiles.read(configFile);
  const stdin = fromStdin ? readFileSync(0, 'utf8') : '';
  const warnings = loadConf(config, joinConf(file, stdin, options), diskFiles);
  if (configFile !== undefined) config.file = resolve(configFile);
  return { config, warnings };
}
