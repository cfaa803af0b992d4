import { assumedDevice } from '../live/probe/profile.ts';
import type { Assumptions, Configuration, Plan, PlanAnswer, PlanCell, PlanQuestion, Predictor } from '../plan.ts';
import { answerOf } from './answer.ts';
import { type CellRules, type JudgedCell, judge } from './cell.ts';
import {
  ASSUMED_REQUESTS_PER_SECOND,
  assumedCores,
  assumedPrices,
  CPU_US_PER_COLD_READ,
  CPU_US_PER_HIT,
  ORIGIN_LATENCY_US,
  RAM_LATENCY_US,
  WRITE_AMPLIFICATION,
} from './defaults.ts';

/** Points of the curves, from an eighth of the smallest RAM to four times the largest. */
const CURVE_POINTS = 16;
/** What a point of the curves takes of a worker's time, its policies together, in configurations of the table: measured. */
const CURVE_COST = 3.5;
/** Rounds of refining the answer, and RAM sizes that each tries between two of the round before. */
const ROUNDS = 2;
const BETWEEN = 3;
/** What refining gains is not worth more: a part of the RAM. */
const FINE_ENOUGH = 0.02;

export interface PlanningOptions {
  /** Shares of the whole work, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/**
 * The whole plan: every configuration of RAM and NVMe that the question names, the cheapest that meets the target and what binds there, and the curves of RAM
 * alone. Between two sizes of the table the answer's RAM is searched for further, so `answer.cell` need not be in `cells`.
 */
export async function planCapacity(
  predictor: Predictor,
  question: PlanQuestion,
  options: PlanningOptions = {},
): Promise<Plan> {
  const { facts } = predictor;
  const onProgress = options.onProgress ?? (() => {});
  const rules: CellRules = {
    totals: facts.totals,
    assumptions: assumptionsOf(predictor, question),
    device: question.device ?? assumedDevice,
    prices: question.prices ?? assumedPrices,
    target: question.target,
  };
  const ask = async (configurations: readonly Configuration[], from: number, to: number) => {
    const share = (part: number) => onProgress(from + part * (to - from));
    return (await predictor.predict(configurations, share)).map((prediction) => judge(prediction, rules));
  };
  const grid = question.ramBytes.flatMap((ramBytes) =>
    question.nvmeBytes.map((nvmeBytes) => ({ ramBytes, nvmeBytes })),
  );
  const curveSizes = curveSizesOf(question.ramBytes);
  const curveCost = curveSizes.length * CURVE_COST;
  const curveShare = curveCost / (curveCost + grid.length);
  const curves = await predictor.curves(curveSizes, (part) => onProgress(part * curveShare * 0.9));
  const judged = await ask(grid, curveShare * 0.9, 0.9);
  const tried = await refine(judged, question, (configurations, round) =>
    ask(configurations, 0.9 + round * 0.05, 0.95 + round * 0.05),
  );
  onProgress(1);
  const answer: PlanAnswer = answerOf(tried, rules);
  return {
    version: 1,
    made: new Date().toISOString(),
    source: question.source,
    facts,
    assumptions: rules.assumptions,
    device: rules.device,
    prices: rules.prices,
    target: question.target,
    curves,
    cells: judged.map(({ cell }) => cell),
    answer,
  };
}

/** Tries less RAM than the cheapest configuration that meets the target, above what is known not to. */
async function refine(
  judged: readonly JudgedCell[],
  question: PlanQuestion,
  ask: (configurations: readonly Configuration[], round: number) => Promise<readonly JudgedCell[]>,
): Promise<readonly JudgedCell[]> {
  let tried = judged;
  for (let round = 0; round < ROUNDS; round++) {
    const best = cheapest(tried);
    if (best === undefined) return tried;
    const below = tried
      .filter(({ cell }) => cell.nvmeBytes === best.nvmeBytes && cell.ramBytes < best.ramBytes)
      .reduce((most, { cell }) => Math.max(most, cell.ramBytes), 0);
    const gap = best.ramBytes - below;
    if (below < (question.ramBytes[0] ?? 0) || gap < best.ramBytes * FINE_ENOUGH) return tried;
    const configurations = Array.from({ length: BETWEEN }, (_, n) => ({
      ramBytes: Math.round(below + (gap * (n + 1)) / (BETWEEN + 1)),
      nvmeBytes: best.nvmeBytes,
    }));
    tried = [...tried, ...(await ask(configurations, round))];
  }
  return tried;
}

/** Of those that break nothing, the one that costs least. */
function cheapest(tried: readonly JudgedCell[]): PlanCell | undefined {
  let best: PlanCell | undefined;
  for (const { cell } of tried) {
    if (cell.broken.length === 0 && (best === undefined || cell.costPerMonth < best.costPerMonth)) best = cell;
  }
  return best;
}

/** Sizes of the curves' points: the table's own, and others as far apart on a logarithmic scale, on both sides of them. */
function curveSizesOf(ramBytes: readonly number[]): readonly number[] {
  const from = (ramBytes[0] ?? 0) / 8;
  const to = (ramBytes.at(-1) ?? 0) * 4;
  const spread = Array.from({ length: CURVE_POINTS }, (_, n) =>
    Math.round(from * (to / from) ** (n / (CURVE_POINTS - 1))),
  );
  return [...new Set([...spread, ...ramBytes])].sort((a, b) => a - b);
}

function assumptionsOf(predictor: Predictor, question: PlanQuestion): Assumptions {
  const { totals } = predictor.facts;
  const given = question.requestsPerSecond;
  const came = totals.seconds > 0 ? totals.requests / totals.seconds : undefined;
  const from = question.source.kind === 'server' ? 'server' : 'trace';
  return {
    requestsPerSecond: given ?? came ?? ASSUMED_REQUESTS_PER_SECOND,
    requestsPerSecondFrom: given !== undefined ? 'option' : came !== undefined ? from : 'assumed',
    ramLatencyUs: RAM_LATENCY_US,
    originLatencyUs: ORIGIN_LATENCY_US,
    writeAmplification: WRITE_AMPLIFICATION,
    cpuUsPerHit: CPU_US_PER_HIT,
    cpuUsPerColdRead: CPU_US_PER_COLD_READ,
    cores: assumedCores(),
    ...question.assumptions,
  };
}
