import { readFileSync } from 'node:fs';
import {
  driftTrace,
  oneHitTrace,
  scanTrace,
  shiftTrace,
  zipfTrace,
} from '../../../tiers/policy/simulator/synthetic.ts';
import { readOracleGeneral, type Trace } from '../../../tiers/policy/simulator/trace.ts';
import { findTrace } from '../../../tiers/testing/trace-file.ts';
import { OP_READ, type SampledTrace } from '../../../tools/plan/plan.ts';

const MIB = 2 ** 20;
const KEY_BYTES = 16;
/** Sizes of the recorded trace are divided by so much, and so is RAM: 4.4 GB of requests become 270 MB, or 1.1 GB. */
const SMALL_SCALE = 16;
const LARGE_SCALE = 4;

/** A trace and the tiers that it is tried with. */
export interface Case {
  readonly name: string;
  readonly trace: () => SampledTrace | undefined;
  readonly ramMib: number;
  /** 0: no bound. */
  readonly nvmeMib: number;
}

/** All of a trace of the simulators, as cache-aside reads of values of `bytes(n)`. */
export function wholeTrace(trace: Trace, bytes: (request: number) => number): SampledTrace {
  const length = trace.requests.length;
  const valueBytes = Uint32Array.from({ length }, (_, n) => bytes(n));
  const requestedBytes = valueBytes.reduce((sum, one) => sum + one + KEY_BYTES, 0);
  return {
    name: trace.name,
    rate: 1,
    length,
    keys: trace.requests,
    valueBytes,
    ops: new Uint8Array(length).fill(OP_READ),
    timesMs: Float64Array.from({ length }, (_, n) => n),
    ttlSeconds: new Uint32Array(length),
    keyCount: trace.objects,
    marks: Uint32Array.from({ length: trace.objects }, (_, key) => (Math.imul(key, 0x9e3779b1) >>> 8) & 0xffffff),
    keyBytes: new Uint16Array(trace.objects).fill(KEY_BYTES),
    totals: {
      requests: length,
      reads: length,
      writes: 0,
      deletes: 0,
      requestedBytes,
      seconds: 0,
      distinctKeys: trace.objects,
      meanKeyBytes: KEY_BYTES,
      meanValueBytes: requestedBytes / length - KEY_BYTES,
    },
  };
}

const fixed = (bytes: number) => () => bytes;
/** From 100 to 1500 bytes, by object. */
const mixed = (trace: Trace) => (n: number) => 100 + ((Math.imul(trace.requests[n] ?? 0, 0x9e3779b1) >>> 9) % 1400);

function recorded(scale: number): SampledTrace | undefined {
  const path = findTrace('cloudPhysicsIO.oracleGeneral.bin');
  if (path === undefined) return undefined;
  const trace = readOracleGeneral(`cloudPhysicsIO, sizes / ${scale}`, readFileSync(path));
  return wholeTrace(trace, (n) => Math.ceil((trace.sizes[n] ?? 0) / scale));
}

/** `requests` per synthetic case. */
export function cases(requests: number): readonly Case[] {
  const seed = 7;
  const zipf = () => wholeTrace(zipfTrace({ seed, requests, objects: 100_000 }), fixed(400));
  const zipfMixed = () => {
    const trace = zipfTrace({ seed: seed + 1, requests, objects: 200_000 }, 0.9);
    return wholeTrace(trace, mixed(trace));
  };
  const shifting = () => wholeTrace(shiftTrace({ seed, requests, objects: 100_000 }, requests / 10), fixed(400));
  const drifting = () => wholeTrace(driftTrace({ seed, requests, objects: 100_000 }, 10), fixed(400));
  const scans = () => wholeTrace(scanTrace({ seed, requests, objects: 100_000 }, 10_000), fixed(400));
  const oneHit = () => wholeTrace(oneHitTrace({ seed, requests, objects: 60_000 }, 0.5), fixed(400));
  const small = () => recorded(SMALL_SCALE);
  const large = () => recorded(LARGE_SCALE);
  return [
    { name: 'zipf', trace: zipf, ramMib: 4, nvmeMib: 0 },
    { name: 'zipf', trace: zipf, ramMib: 8, nvmeMib: 0 },
    { name: 'zipf', trace: zipf, ramMib: 16, nvmeMib: 0 },
    { name: 'zipf', trace: zipf, ramMib: 32, nvmeMib: 0 },
    { name: 'zipf, mixed sizes', trace: zipfMixed, ramMib: 16, nvmeMib: 0 },
    { name: 'zipf, mixed sizes', trace: zipfMixed, ramMib: 48, nvmeMib: 0 },
    { name: 'shifting hot set', trace: shifting, ramMib: 8, nvmeMib: 0 },
    { name: 'shifting hot set', trace: shifting, ramMib: 24, nvmeMib: 0 },
    { name: 'drifting zipf', trace: drifting, ramMib: 8, nvmeMib: 0 },
    { name: 'scans over zipf', trace: scans, ramMib: 8, nvmeMib: 0 },
    { name: 'one-hit heavy', trace: oneHit, ramMib: 8, nvmeMib: 0 },
    { name: 'one-hit heavy', trace: oneHit, ramMib: 8, nvmeMib: 48 },
    { name: 'one-hit heavy', trace: oneHit, ramMib: 16, nvmeMib: 96 },
    { name: 'recorded / 16', trace: small, ramMib: 8, nvmeMib: 0 },
    { name: 'recorded / 16', trace: small, ramMib: 16, nvmeMib: 0 },
    { name: 'recorded / 16', trace: small, ramMib: 32, nvmeMib: 0 },
    { name: 'recorded / 16', trace: small, ramMib: 48, nvmeMib: 0 },
    { name: 'recorded / 16', trace: small, ramMib: 16, nvmeMib: 64 },
    { name: 'recorded / 4', trace: large, ramMib: 128, nvmeMib: 0 },
    { name: 'recorded / 4', trace: large, ramMib: 192, nvmeMib: 0 },
  ];
}

export const bytesOf = (mib: number): number => mib * MIB;
