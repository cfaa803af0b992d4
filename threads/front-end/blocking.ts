import { Blocking } from '../../engine/blocking/blocking.ts';
import { Returns } from '../../engine/blocking/returns.ts';
import { Runner } from '../../engine/blocking/runner.ts';
import { Serving } from '../../engine/blocking/serving.ts';
import type { CommandTable } from '../../engine/commands/table.ts';
import type { ThreadContext } from '../../engine/dispatch/context.ts';
import type { Dispatcher } from '../../engine/dispatch/dispatcher.ts';
import type { BatchLock } from '../../engine/dispatch/hooks.ts';
import type { Mail } from '../../engine/server/mail.ts';
import type { Session } from '../../engine/server/session.ts';
import type { StoreView } from '../../tiers/index/store-view.ts';

export interface BlockingStart {
  readonly store: StoreView;
  readonly context: ThreadContext;
  readonly table: CommandTable;
  readonly dispatcher: Dispatcher;
  readonly lock: BatchLock;
  readonly mail: Mail;
  /** A session of no client. */
  readonly standIn: () => Session;
}

/** One thread's part in the waiting of clients for keys, joined to its context. */
export function openBlocking(start: BlockingStart): { readonly blocking: Blocking; readonly serving: Serving } {
  const { store, context, table, dispatcher, lock, mail } = start;
  const runner = new Runner(context, table);
  const beginBatch = () => {
    dispatcher.beginBatch();
  };
  const endBatch = () => {
    serving.serve();
    dispatcher.endBatch();
  };
  const returns = new Returns({ runner, standIn: start.standIn(), beginBatch, endBatch });
  const blocking = new Blocking({
    store,
    context,
    lock,
    mail,
    specOf: (request) => runner.entryOf(request)?.spec.blocking,
    giveBack: (db, commands) => returns.put(db, commands),
  });
  const serving: Serving = new Serving({
    store,
    context,
    runner,
    blocking,
    mail,
    standIn: start.standIn(),
    beginBatch,
    endBatch,
    skipTime: () => dispatcher.skipTime(),
  });
  context.waiting = blocking;
  return { blocking, serving };
}
