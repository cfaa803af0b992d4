import { suggestCommand } from '../../engine/commands/suggest.ts';
import type { CommandTable } from '../../engine/commands/table.ts';
import { nearestDirective } from '../../engine/config/load.ts';

/** One line in so many ms: a client that keeps misspelling must not fill the disk, nor have every name compared with its own. */
const QUIET_MS = 1000;

/** Tells the log, never a client, what an unknown command or directive probably was meant to be. */
export class Suggestions {
  private readonly table: CommandTable;
  private readonly log: (text: string) => void;
  private lastMs = Number.NEGATIVE_INFINITY;

  constructor(table: CommandTable, log: (text: string) => void) {
    this.table = table;
    this.log = log;
  }

  /** @param name as the client wrote it; `container|sub` for a subcommand */
  about(kind: 'command' | 'directive', name: string, nowMs: number): void {
    if (nowMs - this.lastMs < QUIET_MS) return;
    this.lastMs = nowMs;
    const wanted = name.slice(0, 64).toLowerCase();
    const near = kind === 'command' ? suggestCommand(this.table, wanted) : nearestDirective(wanted);
    if (near === undefined || near === wanted) return;
    const shown = name.slice(0, 64).replace(/[^\x20-\x7e]/g, '?');
    this.log(`Unknown ${kind} '${readable(shown)}': did you mean '${readable(near)}'?`);
  }
}

const readable = (name: string): string => name.replace('|', ' ');
