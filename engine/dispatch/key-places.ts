import type { Request } from '../../protocol/resp/request.ts';
import { findKeys, KeyPositions } from '../commands/key-positions.ts';
import type { CommandEntry } from '../commands/table.ts';
import type { ThreadContext } from './context.ts';
import type { KeyNeed } from './hooks.ts';

/** Tells a thread's `KeyAccess` where the keys of a request are. */
export class KeyPlaces {
  private readonly context: ThreadContext;
  private readonly positions = new KeyPositions();

  constructor(context: ThreadContext) {
    this.context = context;
  }

  /** Adds the keys of the command, whose request the context points at, to what was begun: a command, or the frame that is open. */
  add(entry: CommandEntry, request: Request, db: number): void {
    const { context, positions } = this;
    const { declareKeys } = entry;
    if (declareKeys !== undefined) {
      declareKeys(context);
      return;
    }
    // Arguments that contradict the key specifications give no keys; the command then answers its own error.
    findKeys(entry, request, positions);
    const { argIndex, count } = positions;
    for (let i = 0; i < count; i++) context.keys.add(argIndex[i] ?? 0, db);
  }

  needOf(entry: CommandEntry): KeyNeed {
    const { tiers } = entry;
    const asked = typeof tiers === 'string' ? tiers : tiers(this.context);
    return asked === 'value' ? 'value' : 'index';
  }
}
