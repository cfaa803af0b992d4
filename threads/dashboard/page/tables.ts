import type { Part } from '../../../engine/live/reading.ts';
import type { CommandView, HotKeyView, Snapshot, ThreadView, TierView } from '../../../engine/live/snapshot.ts';
import { bytes, count, duration, percent, short } from '../../../engine/live/units.ts';
import { bar, card, el } from './dom.ts';
import { LiveTable } from './table.ts';

type NamedTier = readonly [name: string, tier: TierView];

const usage = ([, { bytes: used, maxBytes }]: NamedTier): Node | string =>
  maxBytes === 0
    ? 'no bound'
    : el('span', {}, bar(used / maxBytes, used / maxBytes > 0.97 ? 'warn' : ''), ` of ${bytes(maxBytes)}`);

const tiers = new LiveTable<NamedTier>(
  'Tiers',
  [
    { title: 'Tier', cell: ([name]) => name },
    { title: 'Keys', cell: ([, { keys }]) => count(keys) },
    { title: 'Bytes', cell: ([, tier]) => bytes(tier.bytes) },
    { title: 'Bound', cell: usage, text: true },
    { title: 'Hits now', cell: ([, { hits }]) => percent(hits.now) },
    { title: 'Last minute', cell: ([, { hits }]) => percent(hits.recent) },
    { title: 'All', cell: ([, { hits }]) => percent(hits.total) },
  ],
  'wide',
);

const threads = new LiveTable<ThreadView>('Threads', [
  { title: 'Thread', cell: ({ thread }) => thread },
  {
    title: 'Busy',
    text: true,
    cell: ({ busyShare, silentMs }) =>
      el(
        'span',
        {},
        bar(busyShare, busyShare > 0.9 ? 'warn' : ''),
        silentMs > 0 ? ` no answer for ${duration(silentMs * 1000)}` : ` ${percent(busyShare)}`,
      ),
  },
  { title: 'Clients', cell: ({ thread, clients }) => (thread === 'tier' ? '-' : count(clients)) },
  { title: 'Longest stall', cell: ({ longestStallUsec }) => duration(longestStallUsec) },
  { title: 'Heap', cell: ({ heapBytes }) => bytes(heapBytes) },
]);

const by = (value: (row: CommandView) => number) => (a: CommandView, b: CommandView) =>
  value(b) - value(a) || b.calls - a.calls;

const commands = new LiveTable<CommandView>('Commands', [
  { title: 'Command', cell: ({ name }) => name },
  { title: 'Calls/s', cell: ({ perSecond }) => short(perSecond), order: by(({ perSecond }) => perSecond ?? 0) },
  { title: 'Mean', cell: ({ meanUsec }) => duration(meanUsec), order: by(({ meanUsec }) => meanUsec) },
  {
    title: 'p50',
    cell: ({ latencyUsec }) => duration(latencyUsec?.p50),
    order: by(({ latencyUsec }) => latencyUsec?.p50 ?? -1),
  },
  {
    title: 'p99',
    cell: ({ latencyUsec }) => duration(latencyUsec?.p99),
    order: by(({ latencyUsec }) => latencyUsec?.p99 ?? -1),
  },
  {
    title: 'Failed/s',
    cell: ({ failedPerSecond }) => short(failedPerSecond),
    order: by(({ failedPerSecond }) => failedPerSecond ?? 0),
  },
]);

const hotKeys = new LiveTable<HotKeyView>('Hot keys', [
  {
    title: 'Key',
    cell: ({ key }) => (key === null ? el('i', {}, 'not yours to read') : el('bdi', { class: 'key' }, key)),
  },
  { title: 'Uses/s', cell: ({ perSecond }) => short(perSecond) },
  { title: 'Database', cell: ({ db }) => String(db) },
]);

const curve = new LiveTable<readonly [size: number, missRatio: number, now: boolean]>('Misses by size of RAM', [
  { title: 'RAM', cell: ([size, , now]) => (now ? el('strong', {}, `now ${bytes(size)}`) : bytes(size)) },
  {
    title: 'Accesses that RAM would not answer',
    text: true,
    cell: ([, missRatio]) => el('span', {}, bar(missRatio), ` ${percent(missRatio)}`),
  },
]);

const slotBars = el('div', { class: 'slots', 'aria-hidden': 'true' });
const slotText = el('p', { class: 'soft' });
const slotLegend = el(
  'ul',
  { class: 'legend' },
  el('li', {}, el('span', { class: 'swatch blue', 'aria-hidden': 'true' }), 'keys in RAM'),
  el('li', {}, el('span', { class: 'swatch green', 'aria-hidden': 'true' }), 'on disk'),
);
const slots = card('Keys by slot', '', slotText, slotBars, slotLegend);

export const tables: readonly HTMLElement[] = [
  tiers.element,
  commands.element,
  hotKeys.element,
  curve.element,
  el('div', { class: 'stack' }, threads.element, slots),
];

export function showTables(snapshot: Snapshot): void {
  const why = (part: Part) => snapshot.missing.find((one) => one.part === part)?.why ?? 'no answer yet';
  const { tiers: view } = snapshot;
  const rows: NamedTier[] = view === null ? [] : [['RAM', view.ram]];
  if (view !== null && view.provider !== 'none') rows.push(['NVMe', view.nvme]);
  tiers.show(rows, view === null ? why('tiers') : tierNote(view));
  threads.show(snapshot.threads, snapshot.threads === null ? why('threads') : '');
  commands.show(snapshot.operations.commands.slice(0, 40));
  const { hotKeys: hot } = snapshot;
  hotKeys.show(
    hot,
    hot === null ? why('hotKeys') : hot.length === 0 ? 'None yet: one access in 128 is looked at.' : '',
  );
  showCurve(snapshot, why('curve'));
  showSlots(snapshot, why('slots'));
}

function tierNote(view: NonNullable<Snapshot['tiers']>): string {
  const parts = [
    `Pressure: ${view.pressure}`,
    `dirty keys: ${count(view.dirtyKeys)}`,
    `reads waiting: ${count(view.readQueue)}`,
    `disk reads p99: ${duration(view.readUsec.p99)} (since CONFIG RESETSTAT)`,
    `written to the device: ${view.writeAmplification.toFixed(2)} bytes for each byte of records`,
  ];
  if (view.provider === 'none') parts.splice(2, 3, 'no cold tier');
  if (view.indexed !== null) parts.push(`index filled: ${percent(view.indexed)}`);
  if (view.warmed !== null) parts.push(`warming: ${percent(view.warmed)}`);
  if (view.errors > 0) parts.push(`errors of the disk: ${count(view.errors)}, the last: ${view.lastError}`);
  return `${parts.join('; ')}.`;
}

function showCurve({ curve: found }: Snapshot, why: string): void {
  if (found === null) curve.show(null, why);
  else if (found.sampledKeys === 0) curve.show(null, 'No samples yet.');
  else {
    const rows = found.rows.map(([size, missRatio]) => [size, missRatio, size === found.ramBytes] as const);
    curve.show(
      rows,
      `An LRU cache's curve, from ${count(found.sampledKeys)} sampled keys in ${count(found.seconds)} seconds.`,
    );
  }
}

function showSlots({ slots: found }: Snapshot, why: string): void {
  if (found === null) {
    slotText.textContent = why;
    slotBars.replaceChildren();
    return;
  }
  const mean = found.keys / found.slots;
  slotText.textContent = `${count(found.usedSlots)} of ${count(found.slots)} slots have keys: ${short(mean)} in the mean, deviation ${short(found.deviation)}, ${count(found.largestSlotKeys)} in the fullest (${found.largestSlot}). Each bar is a range of ${count(found.slots / Math.max(1, found.ranges.length))} slots.`;
  const largest = Math.max(1, ...found.ranges.map(([ram, nvme]) => ram + nvme));
  slotBars.replaceChildren(
    ...found.ranges.map(([ram, nvme]) => {
      const column = el('span', {}, el('i', { class: 'nvme' }), el('i', { class: 'ram' }));
      const [below, above] = [...column.children] as [HTMLElement, HTMLElement];
      below.style.height = `${(nvme / largest) * 100}%`;
      above.style.height = `${(ram / largest) * 100}%`;
      return column;
    }),
  );
}
