// For tests: small random traces, and how each format writes them.
import { SeededRandom } from '../../../tiers/policy/random.ts';
import { OP_DELETE, OP_READ, OP_WRITE } from '../plan.ts';

export interface PlainRequest {
  readonly seconds: number;
  readonly key: number;
  /** 0 for a delete. */
  readonly bytes: number;
  readonly op: number;
  readonly ttl: number;
}

/** Requests of keys that are used unevenly. Reads tell their size, which is always the same for a key unless it is written. */
export function randomRequests(seed: number, count: number, keys: number, onlyReads: boolean): PlainRequest[] {
  const random = new SeededRandom(seed);
  const integer = (low: number, high: number): number => low + Math.floor(random.fraction() * (high - low + 1));
  const chance = (probability: number): boolean => random.fraction() < probability;
  const sizes = Array.from({ length: keys }, () => integer(1, 5000));
  let seconds = 1_700_000_000;
  return Array.from({ length: count }, () => {
    seconds += chance(0.2) ? integer(0, 3) : 0;
    const key = Math.floor(keys * random.fraction() ** 3);
    const op = onlyReads || chance(0.7) ? OP_READ : chance(0.8) ? OP_WRITE : OP_DELETE;
    if (op === OP_WRITE) sizes[key] = integer(1, 5000);
    const ttl = op === OP_WRITE && chance(0.5) ? integer(1, 1000) : 0;
    return { seconds, key, bytes: op === OP_DELETE ? 0 : (sizes[key] ?? 0), op, ttl };
  });
}

export function oracleGeneralBytes(requests: readonly PlainRequest[]): Buffer {
  const bytes = Buffer.alloc(requests.length * 24);
  const next = new Map<number, number>();
  for (let i = requests.length - 1; i >= 0; i--) {
    const request = requests[i];
    if (request === undefined) continue;
    bytes.writeUInt32LE(request.seconds, i * 24);
    bytes.writeBigUInt64LE(BigInt(request.key), i * 24 + 4);
    bytes.writeUInt32LE(request.bytes, i * 24 + 12);
    bytes.writeBigInt64LE(BigInt(next.get(request.key) ?? -1), i * 24 + 16);
    next.set(request.key, i);
  }
  return bytes;
}

const words = ['get', 'set', 'delete'];

export function csvText(requests: readonly PlainRequest[]): string {
  const lines = requests.map(({ seconds, key, bytes, op, ttl }) => `${seconds},k${key},${bytes},${words[op]},${ttl}\n`);
  return `time,key,size,op,ttl\n${lines.join('')}`;
}

export function keysText(requests: readonly PlainRequest[]): string {
  return requests.map(({ key }) => `k${key}\n`).join('');
}
