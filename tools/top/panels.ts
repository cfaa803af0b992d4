import type { Part } from '../../engine/live/reading.ts';
import type { CommandView, HitShares, Snapshot, TierView } from '../../engine/live/snapshot.ts';
import { bytes, bytesPerSecond, count, duration, percent, short } from '../../engine/live/units.ts';
import { bar, type Glyphs, sparkline } from './glyphs.ts';
import { type Line, type Style, span } from './line.ts';
import { type Cell, table } from './table.ts';

export const sortings = ['calls', 'time', 'p99', 'name'] as const;
export type Sorting = (typeof sortings)[number];

const value = (text: string, style: Style = 'strong') => span(text, style);
const label = (text: string) => span(text, 'dim');

/** Pieces of `label value` with blanks between. */
function figures(...pairs: readonly (readonly [name: string, text: string, style?: Style])[]): Line {
  return pairs.flatMap(([name, text, style], at) => [
    ...(at === 0 ? [] : [span('  ')]),
    label(`${name} `),
    value(text, style),
  ]);
}

/** Why a part is not there. */
function absent(title: string, part: Part, { missing }: Snapshot): Line[] {
  const why = missing.find((one) => one.part === part)?.why ?? 'no answer';
  return [[span(title, 'title')], [span(why, 'dim')]];
}

export function headline({ operations, clients, memory, server, keys }: Snapshot): Line[] {
  const latency = operations.latencyUsec;
  const failing = (operations.errorsPerSecond ?? 0) > 0;
  return [
    figures(
      ['ops/s', count(operations.perSecond)],
      ['p50', duration(latency?.p50)],
      ['p99', duration(latency?.p99)],
      ['p99.9', duration(latency?.p999)],
      ['hits', percent(operations.hitShare)],
      ['errors/s', short(operations.errorsPerSecond), failing ? 'warn' : 'strong'],
    ),
    figures(
      ['in', bytesPerSecond(operations.inBytesPerSecond)],
      ['out', bytesPerSecond(operations.outBytesPerSecond)],
      ['cpu', server.cpuCores === null ? '-' : `${server.cpuCores.toFixed(2)} cores`],
      ['expired/s', short(operations.expiredPerSecond)],
      ['evicted/s', short(operations.evictedPerSecond)],
    ),
    figures(
      ['clients', `${count(clients.connected)}${clients.max === null ? '' : ` of ${count(clients.max)}`}`],
      ['blocked', count(clients.blocked)],
      ['keys', count(keys)],
      ['memory', bytes(memory.usedBytes)],
      ['rss', bytes(memory.rssBytes)],
    ),
  ];
}

/** The two tiers, what moves between them, and the disk. */
export function tiers(snapshot: Snapshot, columns: number, glyphs: Glyphs): Line[] {
  const { tiers: view } = snapshot;
  if (view === null) return absent('TIERS', 'tiers', snapshot);
  const barColumns = Math.max(8, Math.min(30, columns - 71));
  const header = ['TIER', 'keys', 'bytes', 'bound', '', 'hits now', '1 min', 'all'];
  const widths = [-4, 14, 10, 10, -barColumns, 8, 8, 8];
  const rows = [tierRow('RAM', view.ram, barColumns, glyphs)];
  if (view.provider !== 'none') rows.push(tierRow('NVMe', view.nvme, barColumns, glyphs));
  const pressure: Style = view.pressure === 'none' ? 'strong' : view.pressure === 'slow' ? 'warn' : 'bad';
  const lines = [
    ...table(
      header.map((title, at) => ({ title, width: widths[at] ?? 0 })),
      rows,
      rows.length,
    ),
  ];
  if (view.provider === 'none') return [...lines, figures(['no cold tier; pressure', view.pressure, pressure])];
  const { readUsec } = view;
  return [
    ...lines,
    figures(
      ['moves/s: promoted', short(view.promotionsPerSecond)],
      ['demoted', short(view.demotionsPerSecond)],
      ['clean', short(view.cleanEvictionsPerSecond)],
      ['refused', short(view.refusedPerSecond)],
      ['dirty', short(view.dirtyKeys)],
    ),
    figures(
      ['reads/s', short(view.readsPerSecond)],
      ['p50', duration(readUsec.p50)],
      ['p99', duration(readUsec.p99)],
      ['p99.9', duration(readUsec.p999)],
      ['max', duration(readUsec.max)],
      ['queue', short(view.readQueue)],
    ),
    figures(
      ['disk: read', bytesPerSecond(view.deviceReadBytesPerSecond)],
      ['written', bytesPerSecond(view.deviceWrittenBytesPerSecond)],
      ['x', view.writeAmplification.toFixed(2)],
      ['pressure', view.pressure, pressure],
      ...(view.errors > 0 ? [['errors', count(view.errors), 'bad'] as const] : []),
      ...(view.indexed === null ? [] : [['index', percent(view.indexed), 'warn'] as const]),
      ...(view.warmed === null ? [] : [['warming', percent(view.warmed), 'warn'] as const]),
    ),
  ];
}

function tierRow(name: string, tier: TierView, barColumns: number, glyphs: Glyphs): Cell[] {
  const used = tier.maxBytes === 0 ? 0 : tier.bytes / tier.maxBytes;
  const style: Style = used > 0.97 ? 'warn' : 'accent';
  const gauge: Cell = tier.maxBytes === 0 ? '' : [bar(used, barColumns, glyphs), style];
  const bound = tier.maxBytes === 0 ? 'none' : bytes(tier.maxBytes);
  return [[name, 'strong'], count(tier.keys), bytes(tier.bytes), bound, gauge, ...hitCells(tier.hits)];
}

function hitCells({ now, recent, total }: HitShares): Cell[] {
  return [[percent(now), 'strong'], percent(recent), percent(total)];
}

const order: Readonly<Record<Sorting, (a: CommandView, b: CommandView) => number>> = {
  calls: (a, b) => (b.perSecond ?? 0) - (a.perSecond ?? 0) || b.calls - a.calls,
  time: (a, b) => (b.perSecond ?? 0) * b.meanUsec - (a.perSecond ?? 0) * a.meanUsec || b.meanUsec - a.meanUsec,
  p99: (a, b) => (b.latencyUsec?.p99 ?? -1) - (a.latencyUsec?.p99 ?? -1) || b.calls - a.calls,
  name: (a, b) => (a.name < b.name ? -1 : 1),
};

export function commands(snapshot: Snapshot, sorting: Sorting, columns: number, rows: number): Line[] {
  const sorted = snapshot.operations.commands.toSorted(order[sorting]);
  const mark = (name: Sorting, title: string) => (sorting === name ? `*${title}` : title);
  const nameColumns = Math.min(28, Math.max(10, columns - 33));
  return table(
    [
      { title: mark('name', 'COMMAND'), width: -nameColumns },
      { title: mark('calls', 'calls/s'), width: 8 },
      { title: mark('time', 'mean'), width: 7 },
      { title: 'p50', width: 7 },
      { title: mark('p99', 'p99'), width: 7 },
    ],
    sorted.map((one) => [
      one.name,
      short(one.perSecond),
      duration(one.meanUsec),
      duration(one.latencyUsec?.p50),
      duration(one.latencyUsec?.p99),
    ]),
    rows,
  );
}

export function hotKeys(snapshot: Snapshot, columns: number, rows: number): Line[] {
  if (snapshot.hotKeys === null) return absent('HOT KEYS', 'hotKeys', snapshot);
  const lines = table(
    [
      { title: 'HOT KEYS', width: -Math.max(10, columns - 13) },
      { title: 'uses/s', width: 8 },
      { title: 'db', width: 3 },
    ],
    snapshot.hotKeys.map(({ key, perSecond, db }) => [key ?? '(not yours to read)', short(perSecond), String(db)]),
    rows,
  );
  return lines.length > 1 ? lines : [...lines, [span('none yet', 'dim')]];
}

export function threads(snapshot: Snapshot, columns: number, rows: number, glyphs: Glyphs): Line[] {
  const { threads: views } = snapshot;
  if (views === null) return absent('THREADS', 'threads', snapshot);
  const barColumns = Math.max(3, columns - 30);
  return table(
    [
      { title: 'THREAD', width: -6 },
      { title: 'busy', width: 6 },
      { title: '', width: -barColumns },
      { title: 'clients', width: 7 },
      { title: 'stall', width: 7 },
    ],
    views.map((view) => [
      view.thread,
      percent(view.busyShare),
      [bar(view.busyShare, barColumns, glyphs), view.busyShare > 0.9 ? 'warn' : 'accent'],
      view.thread === 'tier' ? '-' : count(view.clients),
      duration(view.longestStallUsec),
    ]),
    rows,
  );
}

/** Which share of the accesses RAM of other sizes would miss. */
export function curve(snapshot: Snapshot, columns: number, rows: number, glyphs: Glyphs): Line[] {
  const { curve: found } = snapshot;
  if (found === null) return absent('MISSES BY RAM', 'curve', snapshot);
  if (found.sampledKeys === 0) return [[span('MISSES BY RAM', 'title')], [span('no samples yet', 'dim')]];
  const barColumns = Math.max(4, columns - 22);
  // Around the present size: what a little less and a little more would bring is the question.
  const here = Math.max(
    0,
    found.rows.findIndex(([size]) => size >= found.ramBytes),
  );
  const first = Math.max(0, Math.min(here - Math.floor(rows / 2), found.rows.length - rows));
  return table(
    [
      { title: 'MISSES BY RAM', width: 13 },
      { title: '', width: 7 },
      { title: '', width: -barColumns },
    ],
    found.rows
      .slice(first)
      .map(([size, missRatio]) => [
        size === found.ramBytes ? [`now ${bytes(size)}`, 'strong'] : bytes(size),
        percent(missRatio),
        [bar(missRatio, barColumns, glyphs), 'accent'],
      ]),
    rows,
  );
}

export function slots(snapshot: Snapshot, columns: number, glyphs: Glyphs): Line[] {
  const { slots: found } = snapshot;
  if (found === null) return absent('SLOTS', 'slots', snapshot);
  const wanted = Math.min(columns, found.ranges.length);
  const perColumn = Math.ceil(found.ranges.length / Math.max(1, wanted));
  const sums: number[] = [];
  for (let at = 0; at < found.ranges.length; at += perColumn) {
    sums.push(found.ranges.slice(at, at + perColumn).reduce((sum, [ram, nvme]) => sum + ram + nvme, 0));
  }
  return [
    [
      span('SLOTS ', 'title'),
      label('used '),
      value(count(found.usedSlots)),
      label(' largest '),
      value(count(found.largestSlotKeys)),
    ],
    [span(sparkline(sums, sums.length, glyphs), 'accent')],
  ];
}
