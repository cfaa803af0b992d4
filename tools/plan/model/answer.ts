import type { Constraint, PlanAnswer, PlanCell } from '../plan.ts';
import type { CellRules, JudgedCell } from './cell.ts';
import { DRIVE_YEARS } from './defaults.ts';
import { DEVICE_SHARE, mostIops } from './device.ts';

/** The cheapest configuration that breaks no limit, and which limit breaks first below it; or which one makes the target impossible. */
export function answerOf(tried: readonly JudgedCell[], rules: CellRules): PlanAnswer {
  const good = tried.filter(({ cell }) => cell.broken.length === 0);
  const best = good.reduce<JudgedCell | undefined>(
    (least, one) => (least === undefined || one.cell.costPerMonth < least.cell.costPerMonth ? one : least),
    undefined,
  );
  if (best === undefined) return impossible(tried, rules);
  const { cell } = best;
  // The next cheaper one: with less RAM or less NVMe, no more of either.
  const cheaper = tried
    .filter((one) => isBelow(one.cell, cell) && one.cell.costPerMonth < cell.costPerMonth && one.cell.broken.length > 0)
    .sort((a, b) => b.cell.costPerMonth - a.cell.costPerMonth)[0];
  const size = `${gib(cell.ramBytes)} of RAM and ${cell.nvmeBytes === 0 ? 'no NVMe' : `${gib(cell.nvmeBytes)} of NVMe`}`;
  const money = `${cell.costPerMonth.toFixed(2)} ${rules.prices.currency} a month`;
  const met = `${size} meet the target for ${money}`;
  if (cheaper === undefined) {
    const why = tried.some((one) => isBelow(one.cell, cell))
      ? `${met}; less of either costs more, since more reads go to the origin.`
      : `${met}; nothing smaller was asked about.`;
    return { kind: 'cheapest', cell, binding: undefined, why };
  }
  const binding = worst(cheaper);
  const less = `${gib(cheaper.cell.ramBytes)} of RAM and ${gib(cheaper.cell.nvmeBytes)} of NVMe`;
  return { kind: 'cheapest', cell, binding, why: `${met}; with ${less} ${broken(binding, cheaper.cell, rules)}.` };
}

function isBelow(one: PlanCell, other: PlanCell): boolean {
  return (
    one !== other &&
    one.ramBytes <= other.ramBytes &&
    one.nvmeBytes <= other.nvmeBytes &&
    (one.ramBytes < other.ramBytes || one.nvmeBytes < other.nvmeBytes)
  );
}

/** Of the limits that a configuration breaks, the one that it is farthest beyond. */
function worst({ loads }: JudgedCell): Constraint {
  const [constraint] = [...loads].reduce((most, one) => (one[1] > most[1] ? one : most));
  return constraint;
}

/** No configuration will do: the limit that the one nearest to the target breaks by most. */
function impossible(tried: readonly JudgedCell[], rules: CellRules): PlanAnswer {
  const beyond = (one: JudgedCell) => Math.max(...one.loads.values());
  const nearest = tried.reduce((least, one) => (beyond(one) < beyond(least) ? one : least));
  const always = [...nearest.loads.keys()].find((constraint) =>
    tried.every(({ cell }) => cell.broken.includes(constraint)),
  );
  const binding = always ?? worst(nearest);
  const { cell } = nearest;
  const size = `${gib(cell.ramBytes)} of RAM and ${gib(cell.nvmeBytes)} of NVMe`;
  const which = always === undefined ? 'Each breaks another limit' : 'All break the same limit';
  const why = `No configuration meets the target. ${which}; in the one that comes nearest, ${size}, ${broken(binding, cell, rules)}.`;
  return { kind: 'impossible', binding, why };
}

/** How a configuration breaks a limit, as the end of a sentence. */
function broken(constraint: Constraint, cell: PlanCell, rules: CellRules): string {
  const { target, device, assumptions } = rules;
  switch (constraint) {
    case 'hit-ratio':
      return target.ramHitRatio !== undefined && cell.ramHitRatio < target.ramHitRatio
        ? `RAM answers ${percent(cell.ramHitRatio)} of the reads, not ${percent(target.ramHitRatio)}`
        : `${percent(1 - cell.missRatio)} of the reads are answered, not ${percent(target.hitRatio ?? 1)}`;
    case 'latency':
      return target.meanUs !== undefined && cell.meanUs > target.meanUs
        ? `reads take ${micros(cell.meanUs)} on average, not ${micros(target.meanUs)}`
        : `one read in a hundred takes ${micros(cell.p99Us)} or more, not ${micros(target.p99Us ?? 0)}`;
    case 'iops':
      return `the drive would be asked for ${count(cell.nvmeIops)} reads a second, of the ${count(mostIops(device) * DEVICE_SHARE)} that are planned with`;
    case 'write-bandwidth':
      return `${count(cell.nvmeBytesWrittenPerDay / 86_400 / 1e6)} MB/s would be written, more than ${DEVICE_SHARE * 100} % of what the drive takes`;
    case 'endurance':
      return `the drive's rated writes last ${(cell.driveYears ?? 0).toFixed(1)} years, not ${target.driveYears ?? DRIVE_YEARS}`;
    case 'cpu':
      return `${cell.cores.toFixed(1)} cores are needed, and there are ${assumptions.cores}`;
    case 'index-ram':
      return `the index of the keys on NVMe takes ${gib(cell.indexBytes)} of the RAM, which leaves too little for values`;
  }
}

function gib(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toPrecision(3))} ${units[unit] ?? ''}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}

function micros(us: number): string {
  return us >= 1000 ? `${Number((us / 1000).toPrecision(3))} ms` : `${Math.round(us)} µs`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
