/**
 * When a job that was due at `dueMs` and has run runs next, and what its times are counted from by then: `start + n * interval`, the first of
 * these moments after `nowMs`. Moments that were missed are not made up for. A job whose start is 0 counts from its first run (KeyDB 6.3, cron.cpp).
 */
export function nextRun(
  dueMs: number,
  startMs: number,
  intervalMs: number,
  nowMs: number,
): { readonly dueMs: number; readonly startMs: number } {
  if (startMs === 0) return { dueMs: nowMs + intervalMs, startMs: nowMs };
  const passed = Math.max(0, Math.floor((nowMs - dueMs) / intervalMs));
  return { dueMs: dueMs + (passed + 1) * intervalMs, startMs };
}

/** A key under which there may be a job, and when to look. */
export interface Appointment {
  readonly table: number;
  /** The key's name, a character per byte. */
  readonly name: string;
  dueMs: number;
  /** Its place in the heap. */
  at: number;
}

/**
 * The keys to be looked at, the earliest first: a heap, and one appointment per key at most. An appointment is a hint: what is to be done is seen when the
 * key is locked. So nobody need say that a job is gone, or will run later than was said.
 */
export class Timetable {
  private readonly heap: Appointment[] = [];
  private readonly byKey = new Map<string, Appointment>();
  /** Goes round over all appointments. */
  private round: Iterator<Appointment> | undefined;

  get size(): number {
    return this.heap.length;
  }

  /** When the earliest is due; Infinity when there is none. */
  get nextMs(): number {
    return this.heap[0]?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  /** To look at the key at `dueMs` at the latest. */
  add(table: number, name: string, dueMs: number): void {
    const key = `${table}:${name}`;
    const known = this.byKey.get(key);
    if (known !== undefined) {
      if (dueMs >= known.dueMs) return;
      known.dueMs = dueMs;
      this.rise(known);
      return;
    }
    const made: Appointment = { table, name, dueMs, at: this.heap.length };
    this.byKey.set(key, made);
    this.heap.push(made);
    this.rise(made);
  }

  /** Takes out the earliest that is due at `nowMs`. */
  takeDue(nowMs: number): Appointment | undefined {
    const first = this.heap[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    this.remove(first);
    return first;
  }

  remove(appointment: Appointment): void {
    const { heap, byKey } = this;
    if (!byKey.delete(`${appointment.table}:${appointment.name}`)) return;
    const last = heap.pop();
    if (last === undefined || last === appointment) return;
    last.at = appointment.at;
    heap[last.at] = last;
    this.rise(last);
    this.sink(last);
  }

  /** One after the other, round and round: for whoever looks whether there still are jobs. */
  nextInRound(): Appointment | undefined {
    if (this.heap.length === 0) return undefined;
    this.round ??= this.byKey.values();
    const { value, done } = this.round.next();
    if (done !== true) return value;
    this.round = undefined;
    return this.byKey.values().next().value;
  }

  private rise(moved: Appointment): void {
    const { heap } = this;
    let { at } = moved;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.dueMs <= moved.dueMs) break;
      heap[at] = parent;
      parent.at = at;
      at = above;
    }
    heap[at] = moved;
    moved.at = at;
  }

  private sink(moved: Appointment): void {
    const { heap } = this;
    let { at } = moved;
    for (;;) {
      let below = 2 * at + 1;
      let child = heap[below];
      const right = heap[below + 1];
      if (child !== undefined && right !== undefined && right.dueMs < child.dueMs) {
        child = right;
        below++;
      }
      if (child === undefined || child.dueMs >= moved.dueMs) break;
      heap[at] = child;
      child.at = at;
      at = below;
    }
    heap[at] = moved;
    moved.at = at;
  }
}
