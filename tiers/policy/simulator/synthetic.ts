import { SeededRandom } from '../random.ts';
import { type Trace, unitTrace } from './trace.ts';

/** Draws ranks 0.. with probability proportional to 1 / (rank + 1)^skew, by binary search in the cumulative distribution. */
function zipfRanks(objects: number, skew: number, random: SeededRandom): () => number {
  const cumulative = new Float64Array(objects);
  let sum = 0;
  for (let rank = 0; rank < objects; rank++) {
    sum += 1 / (rank + 1) ** skew;
    cumulative[rank] = sum;
  }
  return () => {
    const wanted = random.fraction() * sum;
    let low = 0;
    let high = objects - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulative[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/** What the synthetic families have in common: unit-size objects, and everything drawn from the seed. */
export interface SyntheticOptions {
  readonly seed: number;
  readonly requests: number;
  readonly objects: number;
}

/** Independent requests with Zipf popularity: a cache of small values behind a web site. */
export function zipfTrace(options: SyntheticOptions, skew = 0.99): Trace {
  const draw = zipfRanks(options.objects, skew, new SeededRandom(options.seed));
  return unitTrace(
    `zipf ${skew}`,
    Array.from({ length: options.requests }, () => draw()),
  );
}

/** Zipf, and every so often a scan of objects that are never used again: a backup, KEYS and DUMP of everything. */
export function scanTrace(options: SyntheticOptions, scanLength: number): Trace {
  const draw = zipfRanks(options.objects, 0.99, new SeededRandom(options.seed));
  const names: number[] = [];
  let unused = options.objects;
  while (names.length < options.requests) {
    for (let i = 0; i < scanLength * 2; i++) names.push(draw());
    for (let i = 0; i < scanLength; i++) names.push(unused++);
  }
  return unitTrace('scans over zipf', names.slice(0, options.requests));
}

/** Half the requests Zipf, half a loop over other objects, in turn: a batch job beside users. */
export function loopTrace(options: SyntheticOptions, loopLength: number): Trace {
  const draw = zipfRanks(options.objects, 0.99, new SeededRandom(options.seed));
  return unitTrace(
    'loop beside zipf',
    Array.from({ length: options.requests }, (_, i) =>
      i % 2 === 0 ? draw() : options.objects + ((i >> 1) % loopLength),
    ),
  );
}

/** Zipf whose objects grow old: every `period` requests the ranks move on by one object, so the popular ones change all the time. */
export function driftTrace(options: SyntheticOptions, period: number): Trace {
  const draw = zipfRanks(options.objects, 0.99, new SeededRandom(options.seed));
  const random = new SeededRandom(~options.seed);
  // Each rank is held by an object; a new one takes over a random rank, counted on a log scale so that popular ranks change too.
  const holders = Array.from({ length: options.objects }, (_, rank) => rank);
  let unused = options.objects;
  return unitTrace(
    'drifting zipf',
    Array.from({ length: options.requests }, (_, i) => {
      if (i % period === 0) holders[Math.floor(options.objects ** random.fraction()) - 1] = unused++;
      return holders[draw()] ?? 0;
    }),
  );
}

/** Zipf whose popular objects change all at once, every `period` requests: the news of another day. */
export function shiftTrace(options: SyntheticOptions, period: number): Trace {
  const draw = zipfRanks(options.objects, 0.99, new SeededRandom(options.seed));
  const moves = Math.floor(options.objects / 5);
  return unitTrace(
    'shifting hot set',
    // Ranks are spread, so that the popular ones of one period are no neighbours, and unpopular or unheard of in the next.
    Array.from(
      { length: options.requests },
      (_, i) => Math.floor(i / period) * moves + ((draw() * SPREAD) % options.objects),
    ),
  );
}

/** Zipf beside as many requests for objects that are asked for once. */
export function oneHitTrace(options: SyntheticOptions, share: number): Trace {
  const draw = zipfRanks(options.objects, 0.9, new SeededRandom(options.seed));
  const random = new SeededRandom(~options.seed);
  let unused = options.objects;
  return unitTrace(
    'one-hit heavy',
    Array.from({ length: options.requests }, () => (random.fraction() < share ? unused++ : draw())),
  );
}

/** A prime that does not divide what objects there are. */
const SPREAD = 7919;

/** The families that policies are compared on, with lengths in proportion to `options.objects`. */
export function syntheticTraces(options: SyntheticOptions): readonly Trace[] {
  return [
    zipfTrace(options),
    scanTrace(options, Math.floor(options.objects / 10)),
    loopTrace(options, Math.floor(options.objects * 0.15)),
    driftTrace(options, 10),
    shiftTrace(options, Math.floor(options.requests / 10)),
    oneHitTrace(options, 0.5),
  ];
}
