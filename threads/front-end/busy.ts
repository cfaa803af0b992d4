import { CommandError } from '../../engine/commands/errors.ts';
import type { CommandTable } from '../../engine/commands/table.ts';
import { scriptErrors } from '../../engine/scripting/errors.ts';
import type { FunctionEngine } from '../../engine/scripting/functions/function-engine.ts';
import { SCRIPT_FUNCTION, type ScriptStore } from '../../engine/scripting/script-store.ts';
import { killScripts } from '../../engine/scripting/watch.ts';
import { Request } from '../../protocol/resp/request.ts';
import { ReplyWriter } from '../../protocol/resp/writer.ts';
import type { ToMain } from '../messages.ts';
import type { Connection } from './connection.ts';
import { createReadBuffer, type ReadBuffer } from './transport.ts';

/** So many clients are looked at each time: a read that finds nothing costs microseconds. */
const CLIENTS_PER_TURN = 256;

export interface BusyParts {
  readonly table: CommandTable;
  readonly store: ScriptStore;
  readonly functions: () => FunctionEngine;
  readonly thread: number;
  readonly connections: () => Iterable<Connection>;
  readonly post: (message: ToMain) => void;
}

/**
 * Answers clients of a thread whose script is over its time, and keeps it from its event loop: called by the script's own hook, it reads
 * what they have sent past the event loop. Nothing runs: SCRIPT KILL, FUNCTION KILL, FUNCTION STATS and SHUTDOWN NOSAVE are understood, all else is answered -BUSY.
 */
export class BusyAnswers {
  private readonly parts: BusyParts;
  private readonly request = new Request();
  private input: ReadBuffer | undefined;
  private skip = 0;

  constructor(parts: BusyParts) {
    this.parts = parts;
  }

  run(): void {
    this.input ??= createReadBuffer();
    let n = 0;
    let looked = 0;
    for (const connection of this.parts.connections()) {
      if (n++ < this.skip) continue;
      if (looked++ === CLIENTS_PER_TURN) {
        this.skip = n - 1;
        return;
      }
      connection.answerBusy(this.input, this.request, (request) => this.answer(request, connection.session.resp));
    }
    this.skip = 0;
  }

  private answer(request: Request, resp: 2 | 3): string {
    const { table, store, thread, post } = this.parts;
    const entry = table.lookup(request.bytes, request.start(0), request.length(0));
    const word = request.count > 1 ? request.latin1(1).toLowerCase() : '';
    const name = entry?.spec.name;
    const state = store.longScripts().find((script) => script.thread === thread)?.state ?? 0;
    try {
      if ((name === 'script' || name === 'function') && word === 'kill' && request.count === 2) {
        killScripts(store, name === 'function');
        return '+OK\r\n';
      }
      if (name === 'function' && word === 'stats' && (state & SCRIPT_FUNCTION) !== 0) {
        const reply = new ReplyWriter();
        reply.resp = resp;
        this.parts.functions().writeStats(reply);
        return reply.buffer.latin1Slice(0, reply.length);
      }
      if (name === 'shutdown' && word === 'nosave') {
        post({ kind: 'shutdown', id: 0, options: { save: false, now: true, force: true } });
        return '';
      }
      throw (state & SCRIPT_FUNCTION) !== 0 ? scriptErrors.busyFunction : scriptErrors.busyScript;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return `-${error.message}\r\n`;
    }
  }
}
