import { type Control, type Fields, numberOf } from './control.ts';

/** No bound: more than any drive has. */
export const UNBOUNDED_BYTES: number = 2 ** 50;

/** How a server's tiers are set up, as far as predictions depend on it. */
export interface ServerTiers {
  /** What a server without `maxmemory` may take is told as UNBOUNDED_BYTES. */
  readonly ramBytes: number;
  /** 0 without a cold tier, UNBOUNDED_BYTES without `maxstorage`. */
  readonly nvmeBytes: number;
  readonly policy: string;
  readonly admission: string;
  readonly maxmemoryPolicy: string;
  readonly flushMs: number;
  readonly writeThrough: boolean;
}

/** Lookups by who answered them, since CONFIG RESETSTAT. */
export interface Lookups {
  readonly ram: number;
  readonly nvme: number;
  readonly misses: number;
}

export async function readTiers(control: Control): Promise<ServerTiers> {
  const [status, config] = [
    await control.status(),
    await control.config(
      'tier-policy',
      'storage-admission',
      'maxmemory-policy',
      'storage-flush-period',
      'storage-cache-mode',
    ),
  ];
  const ram = numberOf(status, 'ram_max_bytes');
  const nvme = numberOf(status, 'nvme_max_bytes');
  return {
    ramBytes: ram > 0 ? ram : UNBOUNDED_BYTES,
    nvmeBytes: status.get('provider') === 'none' ? 0 : nvme > 0 ? nvme : UNBOUNDED_BYTES,
    policy: config.get('tier-policy') ?? 'adaptive',
    admission: config.get('storage-admission') ?? 'all',
    maxmemoryPolicy: config.get('maxmemory-policy') ?? 'noeviction',
    flushMs: numberOf(config, 'storage-flush-period') || 1000,
    writeThrough: config.get('storage-cache-mode') === 'writethrough',
  };
}

export function lookupsOf(status: Fields): Lookups {
  return {
    ram: numberOf(status, 'ram_hits'),
    nvme: numberOf(status, 'nvme_hits'),
    misses: numberOf(status, 'misses'),
  };
}

export function lookupsSince(before: Lookups, after: Lookups): Lookups {
  return { ram: after.ram - before.ram, nvme: after.nvme - before.nvme, misses: after.misses - before.misses };
}
