import type { Request } from '../../protocol/resp/request.ts';
import type { CommandEntry } from '../commands/table.ts';
import { findDirective } from '../config/directives.ts';

/** What stands in place of a secret wherever requests are shown: in the slow log and by MONITOR. */
export const REDACTED = '(redacted)';

/**
 * The arguments of a request that nobody else may see: passwords, rules of users, values of sensitive directives. Undefined: none.
 * Source: redactClientCommandArgument in redis 7.0.15.
 */
export function secretArguments(entry: CommandEntry, request: Request): ReadonlySet<number> | undefined {
  switch (entry.fullName) {
    case 'auth':
      return range(1, request.count);
    case 'acl|setuser':
      return range(2, request.count);
    case 'hello':
      return afterKeyword(request, 2, 'auth', 2);
    case 'config|set':
      return sensitiveValues(request);
    case 'migrate':
      return afterKeyword(request, 6, 'auth', 1) ?? afterKeyword(request, 6, 'auth2', 2);
    default:
      return undefined;
  }
}

function range(from: number, end: number): ReadonlySet<number> {
  const indexes = new Set<number>();
  for (let i = from; i < end; i++) indexes.add(i);
  return indexes;
}

function afterKeyword(request: Request, from: number, word: string, count: number): ReadonlySet<number> | undefined {
  for (let i = from; i < request.count; i++) if (request.is(i, word)) return range(i + 1, i + 1 + count);
  return undefined;
}

function sensitiveValues(request: Request): ReadonlySet<number> | undefined {
  const indexes = new Set<number>();
  for (let i = 3; i < request.count; i += 2) {
    if (findDirective(request.latin1(i - 1))?.directive.sensitive) indexes.add(i);
  }
  return indexes.size === 0 ? undefined : indexes;
}
