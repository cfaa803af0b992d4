/** Wrong passwords that cost no waiting: people mistype. */
const FREE = 5;
/** After that each one doubles the wait, from one second to this. */
const MAX_WAIT_MS = 60_000;
/** An address without wrong passwords for so long begins anew. */
const FORGET_MS = 15 * 60_000;
/** Addresses that are remembered; beyond it the oldest is forgotten. */
const MAX_ADDRESSES = 4096;
/** Passwords that are looked at a second, from all addresses together: whoever has many gets no further. */
const MAX_PER_SECOND = 20;

interface Failures {
  readonly count: number;
  readonly lastMs: number;
}

/** Slows down whoever tries passwords. Addresses of IPv6 count by their first 64 bits, which one customer has. */
export class Attempts {
  private readonly clock: () => number;
  /** The address that failed longest ago first. */
  private readonly failures: Map<string, Failures> = new Map();
  private second = { startedMs: 0, tries: 0 };

  /** @param clock in ms, never going back */
  constructor(clock: () => number) {
    this.clock = clock;
  }

  /** How long this address has to wait before a password is looked at, in ms; 0 when it may be now, which counts as a try. */
  waitMs(address: string): number {
    const nowMs = this.clock();
    const known = this.failures.get(network(address));
    if (known !== undefined && known.count >= FREE) {
      const untilMs = known.lastMs + Math.min(MAX_WAIT_MS, 1000 * 2 ** (known.count - FREE));
      if (untilMs > nowMs) return untilMs - nowMs;
    }
    if (nowMs - this.second.startedMs >= 1000) this.second = { startedMs: nowMs, tries: 0 };
    if (this.second.tries >= MAX_PER_SECOND) return Math.max(1, this.second.startedMs + 1000 - nowMs);
    this.second.tries++;
    return 0;
  }

  failed(address: string): void {
    const nowMs = this.clock();
    const key = network(address);
    const known = this.failures.get(key);
    const count = known === undefined || nowMs - known.lastMs > FORGET_MS ? 1 : known.count + 1;
    this.failures.delete(key);
    this.failures.set(key, { count, lastMs: nowMs });
    const [oldest] = this.failures.keys();
    if (this.failures.size > MAX_ADDRESSES && oldest !== undefined) this.failures.delete(oldest);
  }

  succeeded(address: string): void {
    this.failures.delete(network(address));
  }
}

/** The first four groups of an IPv6 address; an IPv4 address as it is, also when it comes as `::ffff:1.2.3.4`. */
export function network(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return mapped[1] ?? address;
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = (address.split('%', 1)[0] ?? '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const groups = address.includes('::')
    ? [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after]
    : before;
  return groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':');
}
