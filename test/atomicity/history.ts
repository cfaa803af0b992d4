/** What one transaction did to one list, in the order in which it did it. Values are appended once in the whole history. */
export type ListStep =
  | { readonly kind: 'append'; readonly key: string; readonly value: number }
  /** The whole list, as it was then. */
  | { readonly kind: 'read'; readonly key: string; readonly seen: readonly number[] };

/** A transaction that took effect. Times are of one clock: before the request was sent, and after the reply had come. */
export interface Committed {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly steps: readonly ListStep[];
}

/** The lists at the end, when nothing ran any more. */
export type FinalLists = ReadonlyMap<string, readonly number[]>;

/**
 * Whether the history is strictly serializable: whether the transactions could have run one after the other, each between its start and its end.
 * Answers what shows that they could not, or undefined.
 *
 * Lists that are only appended to show their own history: every read is a prefix of the last one, and says after and before which appends it
 * happened. The transactions with all that is known of their order make a graph, which must have no cycle (Kingsbury and Alvaro, "Elle", 2020).
 */
export function findAnomaly(history: readonly Committed[], final: FinalLists): string | undefined {
  const graph = new Graph(history.length);
  const writers = new Map<number, number>();
  for (const [n, { steps }] of history.entries()) {
    for (const step of steps) if (step.kind === 'append') writers.set(step.value, n);
  }
  const appended = [...final.values()].flat();
  if (new Set(appended).size !== appended.length) return 'a value stands twice in the lists';
  if (appended.length !== writers.size) return `${writers.size} values were appended, ${appended.length} are there`;
  for (const list of final.values()) {
    for (const [at, value] of list.entries()) {
      const writer = writers.get(value);
      if (writer === undefined) return `nobody appended ${value}`;
      const next = writers.get(list[at + 1] ?? -1);
      if (next !== undefined) graph.add(writer, next);
    }
  }
  for (const [n, { steps }] of history.entries()) {
    for (const step of steps) {
      if (step.kind !== 'read') continue;
      const { key, seen } = step;
      const list = final.get(key) ?? [];
      const wrong = seen.findIndex((value, at) => list[at] !== value);
      if (wrong >= 0) return `a read of ${key} saw ${seen[wrong]} at ${wrong}, where ${list[wrong]} is in the end`;
      const before = writers.get(seen.at(-1) ?? -1);
      const after = writers.get(list[seen.length] ?? -1);
      if (before !== undefined) graph.add(before, n);
      if (after !== undefined) graph.add(n, after);
    }
  }
  addRealTime(graph, history);
  const cycle = graph.findCycle();
  if (cycle === undefined) return undefined;
  const shown = cycle.filter((n) => n < history.length).map((n) => JSON.stringify(history[n]?.steps));
  return `these transactions come before each other:\n${shown.join('\n')}`;
}

/** What ended before another began came before it: by way of a chain of moments, so that there are few edges. */
function addRealTime(graph: Graph, history: readonly Committed[]): void {
  const ends = [...history.keys()].sort((a, b) => (history[a]?.endedAt ?? 0) - (history[b]?.endedAt ?? 0));
  const starts = [...history.keys()].sort((a, b) => (history[a]?.startedAt ?? 0) - (history[b]?.startedAt ?? 0));
  let moment = -1;
  let ended = 0;
  for (const n of starts) {
    const startedAt = history[n]?.startedAt ?? 0;
    for (; ended < ends.length; ended++) {
      const earlier = ends[ended] ?? 0;
      if ((history[earlier]?.endedAt ?? 0) >= startedAt) break;
      const next = graph.addNode();
      if (moment >= 0) graph.add(moment, next);
      graph.add(earlier, next);
      moment = next;
    }
    if (moment >= 0) graph.add(moment, n);
  }
}

class Graph {
  private readonly targets: number[][];

  constructor(nodes: number) {
    this.targets = Array.from({ length: nodes }, () => []);
  }

  addNode(): number {
    return this.targets.push([]) - 1;
  }

  /** A transaction does not come before itself. */
  add(from: number, to: number): void {
    if (from !== to) this.targets[from]?.push(to);
  }

  /** Nodes of some cycle, or undefined: what is left when nodes that nothing points at are taken away is full of them. */
  findCycle(): readonly number[] | undefined {
    const { targets } = this;
    const incoming = new Array<number>(targets.length).fill(0);
    for (const list of targets) for (const to of list) incoming[to] = (incoming[to] ?? 0) + 1;
    const free = [...incoming.keys()].filter((n) => incoming[n] === 0);
    for (let n = free.pop(); n !== undefined; n = free.pop()) {
      incoming[n] = -1;
      for (const to of targets[n] ?? []) {
        const left = (incoming[to] ?? 0) - 1;
        incoming[to] = left;
        if (left === 0) free.push(to);
      }
    }
    return this.walkCycle(new Set([...incoming.keys()].filter((n) => (incoming[n] ?? 0) > 0)));
  }

  /** Goes backwards among nodes that all have a predecessor among themselves, until one comes again. */
  private walkCycle(rest: ReadonlySet<number>): readonly number[] | undefined {
    const [first] = rest;
    if (first === undefined) return undefined;
    const before = new Map<number, number>();
    for (const n of rest) for (const to of this.targets[n] ?? []) if (rest.has(to)) before.set(to, n);
    const path: number[] = [];
    const at = new Map<number, number>();
    let n = first;
    while (!at.has(n)) {
      at.set(n, path.push(n) - 1);
      n = before.get(n) ?? n;
    }
    return path.slice(at.get(n)).reverse();
  }
}
