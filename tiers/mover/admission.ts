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
  /** Name of the policy in RAM: what its queues tell. */
  policyName: () => string = () => 's3-fifo';

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

  /** Whether a checkpoint leaves a value out, since it may still be refused. `proven`: its queue tells that it was used; `used`: its object does. */
  waits(word1: number, proven: boolean, used: boolean): boolean {
    return this.asks(word1) && !admits(this.setting, proven, uses(word1, used));
  }

  /** Whether a value that leaves RAM is dropped; its key is remembered then. */
  refuses(word1: number, proven: boolean, used: boolean, position: number, check: number): boolean {
    const { refusals } = this;
    if (!this.asks(word1) || refusals === undefined) return false;
    const before = refusals.take(position, check);
    if (admits(this.setting, proven, uses(word1, used) + before)) return false;
    refusals.add(position, check, before);
    return true;
  }

  /** A value that was used stays in RAM, and the hits that its entry counted are used up: they are remembered as a refusal would be. */
  kept(word1: number, position: number, check: number): void {
    const { refusals } = this;
    if (!this.asks(word1) || refusals === undefined || uses(word1, false) === 0) return;
    refusals.add(position, check, refusals.take(position, check));
  }

  private asks(word1: number): boolean {
    if (!this.active || (word1 & (ENTRY_DIRTY | ENTRY_ON_DISK)) !== ENTRY_DIRTY) return false;
    return this.scope === 'all' || (word1 & ENTRY_EXPIRES) !== 0;
  }
}

function uses(word1: number, used: boolean): number {
  return Math.max((word1 & ENTRY_FREQUENCY_MASK) >> ENTRY_FREQUENCY_SHIFT, used ? 1 : 0);
}
