import { distance } from 'fastest-levenshtein';
import { ConfError, type ConfFiles, type ConfLine, readConf } from '../../protocol/conf/conf-file.ts';
import { checkUserLine } from '../acl/user-line.ts';
import type { Config } from './config.ts';
import { allFound, type DirectiveName, findDirective, ignoredAtStart } from './directives.ts';

/**
 * Reads a configuration text into `config`, line by line, later lines winning.
 *
 * @returns warnings for the log: directives that were accepted and ignored
 * @throws ConfError at the first line that Redis would refuse
 */
export function loadConf(config: Config, text: string, files: ConfFiles): string[] {
  const warnings: string[] = [];
  const seen = new Set<DirectiveName>();
  for (const line of readConf(text, files)) {
    const found = findDirective(line.name);
    if (found !== undefined) {
      const reason = config.setAtStart(found, line.args, seen.has(found.name));
      if (reason !== undefined) throw new ConfError(line, reason);
      seen.add(found.name);
      if (found.directive.later && config.text(found.name) !== found.directive.default)
        warnings.push(`'${found.written}' is accepted but has no effect here (${found.directive.later})`);
      continue;
    }
    const warning = takeOther(config, line);
    if (warning !== undefined) warnings.push(warning);
  }
  return warnings;
}

/** Lines that are no directives with a value. */
function takeOther(config: Config, line: ConfLine): string | undefined {
  const { name, args } = line;
  const [first, second] = args;
  if (ignoredAtStart.includes(name) && args.length === 1) return `'${name}' is obsolete and ignored`;
  if (name === 'rename-command' && first !== undefined && second !== undefined && args.length === 2) {
    config.renamedCommands.push([first, second]);
    return undefined;
  }
  if (name === 'loadmodule' && first !== undefined)
    throw new ConfError(line, 'Modules are native code for redis-server and cannot be loaded here');
  if (name === 'user' && first !== undefined) {
    const others = config.extraLines.filter(([word]) => word === 'user').map(([, user = '']) => user);
    const reason = checkUserLine(args, others);
    if (reason !== undefined) throw new ConfError(line, reason);
    config.extraLines.push([name, ...args]);
    return undefined;
  }
  const near = nearestDirective(name);
  const reason = 'Bad directive or wrong number of arguments';
  throw new ConfError(line, near === undefined ? reason : `${reason} (did you mean \`${near}\`?)`);
}

/** The directive that `name` is most likely a misspelling of; undefined when none is near. */
export function nearestDirective(name: string): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const { written, directive } of allFound()) {
    if (directive.hidden) continue;
    const far = distance(name, written);
    if (far < least) [best, least] = [written, far];
  }
  return best === name ? undefined : best;
}
