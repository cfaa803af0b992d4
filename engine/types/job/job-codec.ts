import type { RdbOutput } from '../../../protocol/rdb/output.ts';
import { OPCODE_AUX, TYPE_KEYDB_CRON } from '../../../protocol/rdb/types.ts';
import { IGNORE, type RdbVisitor } from '../../../protocol/rdb/values/visitor.ts';
import { parseInt64 } from '../../../protocol/text/numbers.ts';
import type { KeyRef } from '../../keyspace/key-ref.ts';
import type { ValueCodec } from '../codec.ts';
import type { NewJob } from './job.ts';
import type { SharedJobs } from './shared-jobs.ts';

/** Behind the value: that the job runs once. KeyDB has no place for it, and passes over fields that it does not know. */
const SINGLE_FIELD = Buffer.from('stratakv-cron-single');
/** How KeyDB says when a job is due: as the expiry of a member that has the key's name. */
const WHEN_FIELD = Buffer.from('keydb-subexpire-when');

interface Draft {
  script: Buffer;
  startMs: number;
  intervalMs: number;
  readonly keys: Buffer[];
  readonly args: Buffer[];
  single: boolean;
  dueMs: number | undefined;
}

/** Jobs to KeyDB's RDB values and back. */
export class JobCodec implements ValueCodec {
  private readonly jobs: SharedJobs;
  private draft: Draft | undefined;

  constructor(jobs: SharedJobs) {
    this.jobs = jobs;
  }

  save(ref: KeyRef, output: RdbOutput): void {
    const { script, keys, args, single, dueMs, intervalMs } = this.jobs.read(ref);
    output.valueType(TYPE_KEYDB_CRON);
    output.string(script);
    // Whoever reads it adds the interval. A time of before 1970 is as good as 1970.
    output.raw64(BigInt(Math.max(0, dueMs - intervalMs)));
    output.raw64(BigInt(intervalMs));
    for (const parts of [keys, args]) {
      output.length(parts.length);
      for (const part of parts) output.string(part);
    }
    if (!single) return;
    output.byte(OPCODE_AUX);
    output.string(SINGLE_FIELD);
    output.string(Buffer.from('1'));
  }

  begin(): RdbVisitor {
    const draft: Draft = {
      script: Buffer.alloc(0),
      startMs: 0,
      intervalMs: 0,
      keys: [],
      args: [],
      single: false,
      dueMs: undefined,
    };
    this.draft = draft;
    return {
      ...IGNORE,
      cronScript: (script, startMs, intervalMs) => {
        draft.script = script.copy();
        draft.startMs = startMs;
        draft.intervalMs = intervalMs;
      },
      cronKey: (key) => draft.keys.push(key.copy()),
      cronArgument: (argument) => draft.args.push(argument.copy()),
    };
  }

  aux(name: Buffer, value: Buffer): void {
    const { draft } = this;
    if (draft === undefined) return;
    if (name.equals(SINGLE_FIELD)) draft.single = true;
    else if (name.equals(WHEN_FIELD)) {
      const when = parseInt64(value, 0, value.length);
      if (typeof when === 'number') draft.dueMs = when;
    }
  }

  place(ref: KeyRef, expiryMs: number): void {
    const { draft } = this;
    if (draft === undefined) return;
    const job: NewJob = { ...draft, dueMs: draft.dueMs ?? draft.startMs + draft.intervalMs };
    this.jobs.set(ref, job, expiryMs);
    this.discard();
  }

  discard(): void {
    this.draft = undefined;
  }
}
