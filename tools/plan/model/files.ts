import type { DeviceProfile, DeviceReads, Prices } from '../plan.ts';
import { PlanError } from '../plan-error.ts';

/** A price file: `{"currency": "EUR", "ramGib": 2.1, "nvmeGib": 0.07, "core": 18, "originMillionReads": 0.2}`, per month. @throws PlanError */
export function readPrices(text: string, path: string): Prices {
  const file = new Fields(text, path, 'prices', ['currency', 'ramGib', 'nvmeGib', 'core', 'originMillionReads']);
  return {
    currency: file.text('currency'),
    ramGib: file.atLeastZero('ramGib'),
    nvmeGib: file.atLeastZero('nvmeGib'),
    core: file.atLeastZero('core'),
    originMillionReads: file.atLeastZero('originMillionReads'),
  };
}

/** A device profile, as `stratakv-plan probe` writes it. @throws PlanError */
export function readDevice(text: string, path: string): DeviceProfile {
  const file = new Fields(text, path, 'device profile', [
    'name',
    'readBytes',
    'reads',
    'writeBytesPerSecond',
    'enduranceWrites',
  ]);
  const reads = file.list('reads').map((_, n): DeviceReads => {
    const row = file.inner('reads', n, ['depth', 'iops', 'meanUs', 'p50Us', 'p99Us']);
    return {
      depth: row.positive('depth'),
      iops: row.positive('iops'),
      meanUs: row.positive('meanUs'),
      p50Us: row.positive('p50Us'),
      p99Us: row.positive('p99Us'),
    };
  });
  if (reads.length === 0) throw file.wrong('reads', 'has no depth');
  reads.forEach((row, n) => {
    if (n > 0 && row.depth <= (reads[n - 1]?.depth ?? 0))
      throw file.wrong(`reads[${n}].depth`, 'is not larger than the one before');
  });
  return {
    name: file.text('name'),
    readBytes: file.positive('readBytes'),
    reads,
    writeBytesPerSecond: file.positive('writeBytesPerSecond'),
    enduranceWrites: file.positive('enduranceWrites'),
  };
}

/** The fields of one JSON object, checked one by one; every error names the file and the field. */
class Fields {
  private readonly values: Readonly<Record<string, unknown>>;
  private readonly path: string;
  private readonly what: string;
  private readonly prefix: string;

  constructor(source: unknown, path: string, what: string, known: readonly string[], prefix = '') {
    this.path = path;
    this.what = what;
    this.prefix = prefix;
    const value = typeof source === 'string' ? this.parse(source) : source;
    if (!isRecord(value)) throw this.wrong('', prefix === '' ? 'is no JSON object' : 'is no object');
    const unknown = Object.keys(value).find((field) => !known.includes(field));
    if (unknown !== undefined) throw this.wrong(unknown, `is unknown; there are ${known.join(', ')}`);
    this.values = value;
  }

  text(field: string): string {
    const value = this.values[field];
    if (typeof value !== 'string' || value === '') throw this.wrong(field, said(value, 'a text'));
    return value;
  }

  atLeastZero(field: string): number {
    const value = this.values[field];
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
      throw this.wrong(field, said(value, 'a number of at least 0'));
    return value;
  }

  positive(field: string): number {
    const value = this.values[field];
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
      throw this.wrong(field, said(value, 'a number above 0'));
    return value;
  }

  list(field: string): readonly unknown[] {
    const value = this.values[field];
    if (!Array.isArray(value)) throw this.wrong(field, said(value, 'a list'));
    return value;
  }

  inner(field: string, n: number, known: readonly string[]): Fields {
    return new Fields(this.list(field)[n], this.path, this.what, known, `${field}[${n}]`);
  }

  wrong(field: string, problem: string): PlanError {
    const place = [this.prefix, field].filter((part) => part !== '').join('.');
    return new PlanError(`${this.path}: no ${this.what}: ${place === '' ? 'it' : `\`${place}\``} ${problem}`);
  }

  private parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw this.wrong('', `is no JSON (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`);
    }
  }
}

function said(value: unknown, wanted: string): string {
  return value === undefined
    ? `is missing; it has to be ${wanted}`
    : `has to be ${wanted}, not ${JSON.stringify(value)}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
