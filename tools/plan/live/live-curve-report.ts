import { PlanError } from '../plan-error.ts';
import type { Control } from './control.ts';

/** What TIER MRC answers: the curve of LRU over the accesses to keys that exist, and what it is made of. */
export interface CurveReport {
  readonly seconds: number;
  readonly accesses: number;
  readonly keys: number;
  /** Of all objects as they are in RAM. */
  readonly keyBytes: number;
  readonly usedOnce: number;
  readonly sampledKeys: number;
  readonly sampledAccesses: number;
  /** In the order of the sizes asked for. */
  readonly missRatios: readonly number[];
}

/** Sizes that the server takes at a time. */
const MOST_SIZES = 64;

/** Asks for the curve at sizes of RAM as `maxmemory` means it. Rejects with a PlanError. */
export async function askCurve(control: Control, ramBytes: readonly number[]): Promise<CurveReport> {
  let report: CurveReport | undefined;
  const missRatios: number[] = [];
  for (let at = 0; at < ramBytes.length || report === undefined; at += MOST_SIZES) {
    const sizes = ramBytes.slice(at, at + MOST_SIZES).map((bytes) => Math.max(1, Math.round(bytes)));
    const reply = await control.call('TIER', 'MRC', ...(sizes.length === 0 ? [] : ['BYTES', ...sizes]));
    const part = parse(control.name, reply);
    if (sizes.length > 0) missRatios.push(...part.missRatios);
    report = part;
  }
  return { ...report, missRatios };
}

function parse(server: string, reply: unknown): CurveReport {
  const fields = new Map<string, unknown>();
  if (Array.isArray(reply))
    for (let at = 0; at + 1 < reply.length; at += 2) fields.set(String(reply[at]), reply[at + 1]);
  const number = (name: string) => {
    const value = Number(fields.get(name));
    if (!fields.has(name) || !Number.isFinite(value))
      throw new PlanError(`${server}: TIER MRC tells no ${name}; the server is of another version than this planner`);
    return value;
  };
  const rows = fields.get('miss_ratio_by_bytes');
  return {
    seconds: number('seconds'),
    accesses: number('accesses'),
    keys: number('keys'),
    keyBytes: number('key_bytes'),
    usedOnce: number('used_once'),
    sampledKeys: number('sampled_keys'),
    sampledAccesses: number('sampled_accesses'),
    missRatios: Array.isArray(rows) ? rows.map((row: unknown) => Number(Array.isArray(row) ? row[1] : Number.NaN)) : [],
  };
}
