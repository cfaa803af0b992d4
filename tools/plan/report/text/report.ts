import type { Plan, PlanCell } from '../../plan.ts';
import { formatBytes, formatMoney, formatShare, formatUs, formatYears } from '../format.ts';
import { targetInWords } from '../words.ts';
import { cellsTable } from './cells-table.ts';
import { factsLines, histograms, workingSetLines } from './facts.ts';
import { curvesPlot } from './plot.ts';
import { harmless, heading, paint, type TextStyle, wrap } from './style.ts';

/** The plan as text for a terminal, ending with a line break. */
export function textReport(plan: Plan, style: TextStyle): string {
  const sections = [
    factsLines(plan, style),
    [heading(style, 'RAM x NVMe'), ...cellsTable(plan, style)],
    answerLines(plan, style),
    [heading(style, 'Misses by RAM alone'), ...curvesPlot(plan.curves, style)],
    histograms(plan.facts, style),
    workingSetLines(plan.facts, style),
    [...assumptionLines(plan, style), ...noteLines(plan, style)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

/** What the plan comes down to: the configuration, what it gives, and why no cheaper one will do. */
function answerLines(plan: Plan, style: TextStyle): string[] {
  const target = targetInWords(plan.target);
  const lines = [heading(style, target === undefined ? 'The cheapest (no target was given)' : `Answer for ${target}`)];
  const { answer } = plan;
  if (answer.kind === 'impossible') {
    lines.push(...wrap(harmless(answer.why), style.width).map((line) => paint(style, 'red', line)));
    return lines;
  }
  lines.push(paint(style, 'green', configurationOf(answer.cell, plan)));
  lines.push(...wrap(whatItGives(answer.cell), style.width));
  lines.push(...wrap(harmless(answer.why), style.width));
  return lines;
}

/** In the words of the configuration file, so that it can be copied there. */
function configurationOf(cell: PlanCell, plan: Plan): string {
  const nvme = cell.nvmeBytes === 0 ? 'no NVMe' : `${formatBytes(cell.nvmeBytes)} of NVMe`;
  const cost = formatMoney(cell.costPerMonth, plan.prices.currency);
  return `${formatBytes(cell.ramBytes)} of RAM and ${nvme}, ${cost} a month`;
}

function whatItGives(cell: PlanCell): string {
  const error =
    cell.ramError === undefined || cell.ramError < 0.0003 ? '' : ` (± ${(cell.ramError * 200).toFixed(1)} points)`;
  const parts = [
    `RAM answers ${formatShare(cell.ramHitRatio)}${error}`,
    cell.nvmeBytes === 0 ? undefined : `NVMe ${formatShare(cell.nvmeHitRatio)}`,
    `misses ${formatShare(cell.missRatio)}`,
    `mean ${formatUs(cell.meanUs)}`,
    `p99 ${formatUs(cell.p99Us)}`,
    cell.driveYears === undefined ? undefined : `drive life ${formatYears(cell.driveYears)}`,
  ];
  return `${parts.filter((part) => part !== undefined).join(', ')}.`;
}

/** On what the figures rest that no measurement of the workload gives. */
function assumptionLines(plan: Plan, style: TextStyle): string[] {
  const { assumptions, device, prices } = plan;
  const both = ({ mean, p99 }: { mean: number; p99: number }) => `${formatUs(mean)} (p99 ${formatUs(p99)})`;
  const text =
    `Assumed: RAM answers in ${both(assumptions.ramLatencyUs)}, the origin in ${both(assumptions.originLatencyUs)}; ` +
    `drive: ${harmless(device.name)}; writes are amplified ${assumptions.writeAmplification} times; ${assumptions.cores} cores; a month costs ` +
    `${formatMoney(prices.ramGib, prices.currency)} per GB of RAM, ${formatMoney(prices.nvmeGib, prices.currency)} per GB of NVMe, ` +
    `${formatMoney(prices.core, prices.currency)} per core, and a million misses ${formatMoney(prices.originMillionReads, prices.currency)}.`;
  return wrap(text, style.width).map((line) => paint(style, 'dim', line));
}

function noteLines({ notes = [] }: Plan, style: TextStyle): string[] {
  return notes.flatMap((note) => wrap(`Note: ${harmless(note)}.`, style.width));
}
