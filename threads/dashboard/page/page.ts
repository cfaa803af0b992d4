import './page.css';
import type { Snapshot } from '../../../engine/live/snapshot.ts';
import { age, bytes, bytesPerSecond, count, duration, percent, short } from '../../../engine/live/units.ts';
import type { LiveAnswer, Point } from '../point.ts';
import { LiveChart } from './chart.ts';
import { byId, el, setText } from './dom.ts';
import { showTables, tables } from './tables.ts';

const PERIOD_MS = 2000;
const TIMEOUT_MS = 8000;
const MAX_POINTS = 300;

const charts = [
  new LiveChart({
    title: 'Operations per second',
    series: [{ label: 'all commands', colour: 'blue', value: ({ opsPerSecond }) => opsPerSecond }],
    format: short,
  }),
  new LiveChart({
    title: 'Execution time of commands',
    series: [
      { label: 'p50', colour: 'green', value: ({ p50Usec }) => p50Usec },
      { label: 'p99', colour: 'orange', value: ({ p99Usec }) => p99Usec },
      { label: 'p99.9', colour: 'red', value: ({ p999Usec }) => p999Usec },
    ],
    format: duration,
    logarithmic: true,
  }),
  new LiveChart({
    title: 'Hit ratio',
    series: [
      { label: 'RAM', colour: 'blue', value: ({ ramHits }) => ramHits },
      { label: 'both tiers', colour: 'green', value: ({ allHits }) => allHits },
    ],
    format: percent,
    max: 1,
  }),
  new LiveChart({
    title: 'Between the tiers, per second',
    series: [
      { label: 'read from disk', colour: 'orange', value: ({ nvmeReadsPerSecond }) => nvmeReadsPerSecond },
      { label: 'brought to RAM', colour: 'green', value: ({ promotionsPerSecond }) => promotionsPerSecond },
      { label: 'moved to disk', colour: 'blue', value: ({ demotionsPerSecond }) => demotionsPerSecond },
    ],
    format: short,
  }),
];

const tiles: readonly (readonly [label: string, value: (snapshot: Snapshot) => string])[] = [
  ['Operations/s', ({ operations }) => count(operations.perSecond)],
  ['p99 of commands', ({ operations }) => duration(operations.latencyUsec?.p99)],
  ['Hit ratio', ({ operations }) => percent(operations.hitShare)],
  ['Errors/s', ({ operations }) => short(operations.errorsPerSecond)],
  ['Keys', ({ keys }) => count(keys)],
  ['Clients', ({ clients }) => count(clients.connected)],
  ['Memory', ({ memory }) => bytes(memory.usedBytes)],
  ['CPU, cores', ({ server }) => server.cpuCores?.toFixed(2) ?? '-'],
  ['In', ({ operations }) => bytesPerSecond(operations.inBytesPerSecond)],
  ['Out', ({ operations }) => bytesPerSecond(operations.outBytesPerSecond)],
  ['Expired/s', ({ operations }) => short(operations.expiredPerSecond)],
  ['Evicted/s', ({ operations }) => short(operations.evictedPerSecond)],
];
const tileValues = tiles.map(() => el('dd', {}, '-'));

let points: Point[] = [];
let newest = 0;
let paused = false;
let timer = 0;

function build(): void {
  const list = el('dl', { class: 'tiles' });
  tiles.forEach(([label], at) => {
    list.append(el('div', {}, el('dt', {}, label), tileValues[at] ?? ''));
  });
  byId('figures').append(
    list,
    el('div', { class: 'grid' }, ...charts.map(({ element }) => element)),
    el('div', { class: 'grid' }, ...tables),
  );
  const pause = byId('pause');
  pause.addEventListener('click', () => {
    paused = !paused;
    pause.setAttribute('aria-pressed', String(paused));
    say(paused ? 'Paused' : 'Live', paused ? 'late' : 'live');
    if (!paused) void poll();
  });
  // A page that nobody sees does not ask.
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && !paused) void poll();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    for (const chart of charts) chart.build();
  });
}

function say(text: string, tone: 'live' | 'late'): void {
  const state = byId('state');
  setText(state, text);
  state.className = tone;
}

async function poll(): Promise<void> {
  clearTimeout(timer);
  if (paused || document.hidden) return;
  try {
    const response = await fetch(`/live?after=${newest}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    // The session is over: the server shows who may log in.
    if (response.status === 401) {
      location.reload();
      return;
    }
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    show((await response.json()) as LiveAnswer);
  } catch (error) {
    const reason = error instanceof DOMException && error.name === 'TimeoutError' ? 'no answer' : 'not reachable';
    say(`Server ${reason}; trying again`, 'late');
    if (!(error instanceof TypeError || error instanceof DOMException)) console.warn(String(error));
  }
  timer = setTimeout(() => void poll(), PERIOD_MS);
}

function show({ snapshot, points: added, number, user, loggedIn }: LiveAnswer): void {
  byId('logout').hidden = !loggedIn;
  setText(byId('user'), user);
  if (snapshot === null) {
    say(`The user ${user} needs permission for INFO`, 'late');
    return;
  }
  // A server that was started anew begins to count anew.
  if (number < newest) points = [];
  newest = number;
  points = [...points, ...added].slice(-MAX_POINTS);
  if (!paused) say('Live', 'live');
  const { version, uptimeSeconds } = snapshot.server;
  setText(byId('server'), `${version}, up ${age(uptimeSeconds)}`);
  tiles.forEach(([, value], at) => {
    const element = tileValues[at];
    if (element !== undefined) setText(element, value(snapshot));
  });
  for (const chart of charts) chart.show(points);
  showTables(snapshot);
}

build();
void poll();
