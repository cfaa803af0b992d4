import type { Plan } from '../../plan.ts';
import { formatBytes, formatMoney, formatShare, formatUs, formatYears } from '../format.ts';
import { constraintWords, targetInWords } from '../words.ts';
import { element, pairs, section } from './dom.ts';

/** What the plan comes down to, first of all. */
export function answerSection(plan: Plan): HTMLElement {
  const target = targetInWords(plan.target);
  const { answer } = plan;
  const wanted = element('p', { class: 'soft' }, target === undefined ? 'No target was given.' : `Target: ${target}.`);
  if (answer.kind === 'impossible') {
    const made = section(
      'answer',
      'No configuration meets the target',
      wanted,
      element('p', { class: 'why' }, answer.why),
      element('p', { class: 'bad' }, `✕ ${constraintWords[answer.binding].long}.`),
    );
    made.classList.add('impossible');
    return made;
  }
  const { cell } = answer;
  const big = (value: string, name: string) => element('div', {}, element('b', {}, value), element('span', {}, name));
  return section(
    'answer',
    'The answer',
    wanted,
    element(
      'div',
      { class: 'sizes' },
      big(formatBytes(cell.ramBytes), 'RAM'),
      big(cell.nvmeBytes === 0 ? 'none' : formatBytes(cell.nvmeBytes), 'NVMe'),
      big(formatMoney(cell.costPerMonth, plan.prices.currency), 'a month'),
    ),
    element('p', { class: 'why' }, answer.why),
    pairs([
      ['RAM answers', formatShare(cell.ramHitRatio)],
      ['NVMe answers', formatShare(cell.nvmeHitRatio)],
      ['Misses', formatShare(cell.missRatio)],
      ['Mean', formatUs(cell.meanUs)],
      ['p99', formatUs(cell.p99Us)],
      ['Drive life', formatYears(cell.driveYears)],
    ]),
  );
}

/** On what the figures rest that no measurement of the workload gives. */
export function assumptionsSection({ assumptions, device, prices, notes = [] }: Plan): HTMLElement {
  const both = ({ mean, p99 }: { readonly mean: number; readonly p99: number }) =>
    `${formatUs(mean)} on average, p99 ${formatUs(p99)}`;
  const money = (amount: number) => formatMoney(amount, prices.currency);
  return section(
    'assumptions',
    'Assumed',
    pairs([
      ['RAM answers in', both(assumptions.ramLatencyUs)],
      ['The origin answers in', both(assumptions.originLatencyUs)],
      ['Drive', device.name],
      ['Writes are amplified', `${assumptions.writeAmplification} times`],
      ['Cores', String(assumptions.cores)],
      ['A GB of RAM, a month', money(prices.ramGib)],
      ['A GB of NVMe, a month', money(prices.nvmeGib)],
      ['A core, a month', money(prices.core)],
      ['A million misses', money(prices.originMillionReads)],
    ]),
    ...notes.map((note) => element('p', { class: 'soft' }, `Note: ${note}.`)),
  );
}
