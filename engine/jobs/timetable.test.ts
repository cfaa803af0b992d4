import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nextRun, Timetable } from './timetable.ts';

const times = fc.integer({ min: 1, max: 2 ** 41 });
const intervals = fc.integer({ min: 1, max: 2 ** 36 });

describe('the next run of a job', () => {
  it('is the first moment of its series after now', () => {
    fc.assert(
      fc.property(times, intervals, times, (startMs, intervalMs, nowMs) => {
        const dueMs = startMs + intervalMs;
        const next = nextRun(dueMs, startMs, intervalMs, nowMs);
        assert.equal(next.startMs, startMs);
        assert.equal((next.dueMs - startMs) % intervalMs, 0);
        assert.ok(next.dueMs > nowMs && next.dueMs > dueMs);
        assert.ok(next.dueMs - intervalMs <= Math.max(nowMs, dueMs));
      }),
    );
  });

  it('counts from the first one when the start is 0', () => {
    const first = nextRun(600, 0, 600, 1_000_050);
    assert.deepEqual(first, { dueMs: 1_000_650, startMs: 1_000_050 });
    assert.deepEqual(nextRun(first.dueMs, first.startMs, 600, 1_000_700), { dueMs: 1_001_250, startMs: 1_000_050 });
  });

  it('does not make up for what was missed, however slow the job is', () => {
    // A clock that goes on by what the job takes.
    let nowMs = 10_000;
    let next = { dueMs: 10_100, startMs: 10_000 };
    const began: number[] = [];
    for (let run = 0; run < 5; run++) {
      nowMs = Math.max(nowMs, next.dueMs);
      began.push(nowMs);
      nowMs += 250;
      next = nextRun(next.dueMs, next.startMs, 100, nowMs);
    }
    assert.deepEqual(began, [10_100, 10_400, 10_700, 11_000, 11_300]);
  });
});

/** What a timetable says, in the simplest way. */
class ModelTimetable {
  readonly due = new Map<string, number>();

  add(table: number, name: string, dueMs: number): void {
    const key = `${table}:${name}`;
    this.due.set(key, Math.min(dueMs, this.due.get(key) ?? Number.POSITIVE_INFINITY));
  }

  get nextMs(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.due.values());
  }
}

describe('the timetable', () => {
  it('agrees with a model', () => {
    const step = fc.oneof(
      fc.record({ add: fc.nat(30), dueMs: fc.nat(1000) }),
      fc.record({ advanceMs: fc.nat(100) }),
      fc.record({ round: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const timetable = new Timetable();
        const model = new ModelTimetable();
        let nowMs = 0;
        for (const one of steps) {
          if ('add' in one) {
            timetable.add(one.add % 3, `k${one.add}`, one.dueMs);
            model.add(one.add % 3, `k${one.add}`, one.dueMs);
          } else if ('advanceMs' in one) {
            nowMs += one.advanceMs;
            for (let due = timetable.takeDue(nowMs); due !== undefined; due = timetable.takeDue(nowMs)) {
              assert.equal(due.dueMs, model.nextMs);
              assert.equal(model.due.get(`${due.table}:${due.name}`), due.dueMs);
              model.due.delete(`${due.table}:${due.name}`);
            }
          } else {
            const found = timetable.nextInRound();
            assert.equal(found === undefined, model.due.size === 0);
            if (found !== undefined && one.round) {
              timetable.remove(found);
              model.due.delete(`${found.table}:${found.name}`);
            }
          }
          assert.equal(timetable.size, model.due.size);
          assert.equal(timetable.nextMs, model.nextMs);
        }
      }),
    );
  });

  it('comes to all appointments in a round', () => {
    const timetable = new Timetable();
    for (let n = 0; n < 10; n++) timetable.add(0, `k${n}`, n);
    const seen = new Set<string>();
    for (let n = 0; n < 20; n++) seen.add(timetable.nextInRound()?.name ?? '');
    assert.equal(seen.size, 10);
  });
});
