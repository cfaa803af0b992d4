import { Request } from '../../protocol/resp/request.ts';
import { assert } from '../../tiers/base/assert.ts';
import type { Session } from '../server/session.ts';
import { FETCHING, type Runner } from './runner.ts';
import type { Commands } from './waiting.ts';

const RETRY_MS = 50;
const ERROR = 0x2d;

interface Return {
  readonly db: number;
  readonly request: Request;
}

export interface ReturnsParts {
  readonly runner: Runner;
  readonly standIn: Session;
  readonly beginBatch: () => void;
  /** Serves clients that wait for what was put back, and ends the batch. */
  readonly endBatch: () => void;
}

/**
 * Puts elements back that clients were given and that they did not live to see, one command after the other. What cannot be done now, because
 * there is no memory or the disk fails, is tried again until it can.
 */
export class Returns {
  private readonly parts: ReturnsParts;
  private readonly queue: Return[] = [];
  private busy = false;

  constructor(parts: ReturnsParts) {
    this.parts = parts;
  }

  /** Outside of any batch. */
  put(db: number, commands: Commands): void {
    for (const args of commands) this.queue.push({ db, request: Request.of(args) });
    if (!this.busy) this.run();
  }

  private run(): void {
    const { runner, standIn, beginBatch, endBatch } = this.parts;
    for (let next = this.queue[0]; next !== undefined; next = this.queue[0]) {
      const { db, request } = next;
      const entry = runner.entryNamed(request.latin1(0));
      assert(entry !== undefined, 'a command that puts elements back is known');
      standIn.db = db;
      standIn.resp = 2;
      standIn.noTouch = false;
      beginBatch();
      const outcome = runner.run(entry, request, standIn, {
        isWanted: () => true,
        onRun: () => {},
        again: (error) => {
          if (error === undefined) this.run();
          else this.retry();
        },
      });
      const { reply } = runner;
      const failure =
        outcome !== FETCHING && reply.buffer[0] === ERROR ? reply.buffer.latin1Slice(1, reply.length) : '';
      endBatch();
      this.busy = outcome === FETCHING;
      if (this.busy) return;
      if (failure.startsWith('OOM') || failure.startsWith('IOERR')) {
        this.retry();
        return;
      }
      // Anything else, such as another type of value by now, will not change by trying.
      this.queue.shift();
    }
  }

  private retry(): void {
    this.busy = true;
    setTimeout(() => {
      this.busy = false;
      this.run();
    }, RETRY_MS);
  }
}
