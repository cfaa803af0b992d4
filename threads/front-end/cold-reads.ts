import type { CommandError } from '../../engine/commands/errors.ts';
import type { ColdFetcher } from '../../engine/keyspace/key-access.ts';
import type { ReadRecords } from '../../engine/keyspace/piece-loader.ts';
import { ReadPace } from '../../tiers/cold/read-pace.ts';
import type { DirectPromoter } from '../../tiers/mover/direct-promoter.ts';
import type { ColdPlace } from '../../tiers/mover/promotion.ts';
import type { TierPort } from './tier-port.ts';

export interface ColdReadsParts {
  /** The way that always works: by the thread that owns the store. */
  readonly port: TierPort;
  readonly promoter: DirectPromoter;
  /** Whether a direct read has a chance, and there is room for what it brings. */
  readonly possible: () => boolean;
}

/**
 * The two ways of a front-end to a cold key: reading it on its own thread while clients wait, which is cheap as long as reads are short,
 * or asking the tier thread and parking the client. See docs/decisions/0005.
 */
export class ColdReads implements ColdFetcher {
  private readonly parts: ColdReadsParts;
  private readonly pace = new ReadPace();

  constructor(parts: ColdReadsParts) {
    this.parts = parts;
  }

  readNow(place: ColdPlace, generation: number, bytes: Buffer, start: number, length: number, nowMs: number): boolean {
    const { pace } = this;
    const { promoter, possible } = this.parts;
    const from = performance.now();
    if (!pace.allows(from) || !possible()) return false;
    const hot = promoter.promote(place, generation, bytes, start, length, nowMs);
    if (!pace.used) setImmediate(this.endTurn);
    pace.note(from, performance.now());
    return hot;
  }

  fetch(table: number, position: number, check: number, slot: number, key: Buffer): void {
    this.parts.port.fetch(table, position, check, slot, key);
  }

  whenFetched(wake: (error?: CommandError) => void): void {
    this.parts.port.whenFetched(wake);
  }

  readonly readRecords: ReadRecords = (keys) => this.parts.port.readRecords(keys);

  private readonly endTurn = (): void => this.pace.endTurn();
}
