import { assert } from '../../../tiers/base/assert.ts';
import { RdbOutput } from '../output.ts';
import {
  OPCODE_AUX,
  OPCODE_EOF,
  OPCODE_EXPIRETIME_MS,
  OPCODE_FREQ,
  OPCODE_FUNCTION2,
  OPCODE_IDLE,
  OPCODE_RESIZEDB,
  OPCODE_SELECTDB,
} from '../types.ts';

export interface RdbFileOptions {
  /** Takes the file piece by piece; pieces are its own from then on. */
  readonly drain: (piece: Buffer) => void;
  /** Redis's `rdbcompression`; true unless said otherwise. */
  readonly compress?: boolean;
  /** Redis's `rdbchecksum`; true unless said otherwise. */
  readonly checksum?: boolean;
  /** 10 (Redis 7.0) unless said otherwise, or 11 (7.2). */
  readonly version?: number;
}

/**
 * Writes an RDB file. A key is `key` and then one value, by one of the writers for types on `output`. Pieces are handed on at about
 * 256 KiB, but not within lists and streams.
 */
export class RdbFileWriter {
  readonly output: RdbOutput;
  private readonly checksum: boolean;
  private keyBytes: Uint8Array = Buffer.alloc(0);
  private keyStart = 0;
  private keyLength = 0;
  private keyWaits = false;

  constructor({ drain, checksum = true, ...options }: RdbFileOptions) {
    this.checksum = checksum;
    this.output = new RdbOutput({ ...options, drain });
    this.output.raw(Buffer.from(`REDIS${String(this.output.version).padStart(4, '0')}`, 'latin1'));
  }

  /** A fact about the file, such as `redis-ver`. */
  aux(name: string, value: string | number): void {
    this.output.byte(OPCODE_AUX);
    this.output.string(Buffer.from(name));
    this.output.string(Buffer.from(String(value)));
  }

  functionLibrary(code: Uint8Array): void {
    this.output.byte(OPCODE_FUNCTION2);
    this.output.string(code);
  }

  /** All keys that follow are in this database, which has `keys` of them, `expiring` with an expiry. */
  database(index: number, keys: number, expiring: number): void {
    this.output.byte(OPCODE_SELECTDB);
    this.output.length(index);
    this.output.byte(OPCODE_RESIZEDB);
    this.output.length(keys);
    this.output.length(expiring);
  }

  /** The value that is written next is this key's, whose bytes must stay until then. -1 for what is not to be said. */
  key(bytes: Uint8Array, start: number, length: number, expiresAtMs = -1, idleSeconds = -1, frequency = -1): void {
    assert(!this.keyWaits, 'a key without a value');
    const { output } = this;
    if (expiresAtMs >= 0) {
      output.byte(OPCODE_EXPIRETIME_MS);
      output.milliseconds(expiresAtMs);
    }
    if (idleSeconds >= 0) {
      output.byte(OPCODE_IDLE);
      output.length(idleSeconds);
    }
    if (frequency >= 0) {
      output.byte(OPCODE_FREQ);
      output.byte(frequency);
    }
    this.keyBytes = bytes;
    this.keyStart = start;
    this.keyLength = length;
    this.keyWaits = true;
    output.onNextValue(this.writeKey);
  }

  end(): void {
    assert(!this.keyWaits, 'a key without a value');
    this.output.byte(OPCODE_EOF);
    this.output.checksum(this.checksum);
  }

  private readonly writeKey = (type: number): void => {
    this.keyWaits = false;
    this.output.byte(type);
    this.output.string(this.keyBytes, this.keyStart, this.keyLength);
  };
}
