import { GhostTable } from './ghost-table.ts';

/**
 * `storage-admission`: which values that leave RAM are written to the cold tier at all, where maxmemory-policy allows that they are lost. `all`;
 * `reuse`: those that were used again since they were written; `frequency`: those that were used twice.
 */
export type Admission = 'all' | 'reuse' | 'frequency';

/** Uses that earn a place on disk. */
const USES = { all: 0, reuse: 1, frequency: 2 } as const;

/** `proven`: the value is in MAIN, where it got by two hits or a return; `uses`: hits that its entry has counted, and earlier refusals. */
export function admits(admission: Admission, proven: boolean, uses: number): boolean {
  return proven || uses >= USES[admission];
}

/** Remembers keys whose values were refused: who comes back has been used. Counts to two; lanes as for `HotPolicy`. */
export class Refusals {
  private readonly once: GhostTable;
  private readonly twice: GhostTable;

  /** `bytes` for both tables. */
  constructor(bytes: number) {
    this.once = new GhostTable(Math.max(64, Math.floor(bytes / 2)));
    this.twice = new GhostTable(Math.max(64, Math.floor(bytes / 2)));
  }

  /** How often the key was refused of late (0 to 2); it is forgotten. */
  take(position: number, check: number): number {
    const twice = this.twice.take(position, check);
    const once = this.once.take(position, check);
    return twice ? 2 : once ? 1 : 0;
  }

  /** It was refused again, after so many times. */
  add(position: number, check: number, before: number): void {
    (before === 0 ? this.once : this.twice).add(position, check);
  }
}
