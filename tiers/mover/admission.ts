import {
  ENTRY_DIRTY,
  ENTRY_EXPIRES,
  ENTRY_FREQUENCY_MASK,
  ENTRY_FREQUENCY_SHIFT,
  ENTRY_ON_DISK,
} from '../index/layout.ts';
import type { EvictionScope } from '../policy/maxmemory-policy.ts';
import { type Admission, admits, Refusals } from '../policy/storage-admission.ts';

/**
 * Admission to the cold tier at work. Only values that have never been there are asked about: one whose record is, or may be, on disk is
 * written as ever. The tier thread's own.
 */
export class StorageAdmission {
  private setting: Admission = 'all';
  private scope: EvictionScope | undefined;
  private refusals: Refusals | undefined;

  /** `scope`: which keys may be lost; undefined: none, so that everything is admitted. `ghostBytes`: to remember refused keys with. */
  configure(setting: Admission, scope: EvictionScope | undefined, ghostBytes: number): void {
    this.setting = setting;
    this.scope = scope;
    if (!this.active) this.refusals = undefined;
    else this.refusals ??= new Refusals(ghostBytes);
  }

  get active(): boolean {
    return this.setting !== 'all' && this.scope !== undefined;
  }

  /** Whether a checkpoint leaves a value out, since it may still be refused. `proven`: it is in MAIN. */
  waits(word1: number, proven: boolean): boolean {
    return this.asks(word1) && !admits(this.setting, proven, frequencyOf(word1));
  }

  /** Whether a value that leaves RAM is dropped; its key is remembered then. */
  refuses(word1: number, proven: boolean, position: number, check: number): boolean {
    const { refusals } = this;
    if (!this.asks(word1) || refusals === undefined) return false;
    const before = refusals.take(position, check);
    if (admits(this.setting, proven, frequencyOf(word1) + before)) return false;
    refusals.add(position, check, before);
    return true;
  }

  private asks(word1: number): boolean {
    if (!this.active || (word1 & (ENTRY_DIRTY | ENTRY_ON_DISK)) !== ENTRY_DIRTY) return false;
    return this.scope === 'all' || (word1 & ENTRY_EXPIRES) !== 0;
  }
}

function frequencyOf(word1: number): number {
  return (word1 & ENTRY_FREQUENCY_MASK) >> ENTRY_FREQUENCY_SHIFT;
}
