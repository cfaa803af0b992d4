import { Transaction } from '../../transactions/transaction.ts';
import { endTransaction, forgetWatched } from '../../transactions/watches.ts';
import { CommandError } from '../errors.ts';
import { keysFrom } from '../key-specs.ts';
import type { CommandSpec } from '../spec.ts';

const nested = new CommandError('ERR MULTI calls can not be nested');
const watchInside = new CommandError('ERR WATCH inside MULTI is not allowed');
const execWithout = new CommandError('ERR EXEC without MULTI');
const discardWithout = new CommandError('ERR DISCARD without MULTI');

const common = {
  group: 'transactions',
  complexity: 'O(1)',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  categories: ['transaction'],
  keySpecs: [],
  tiers: 'none',
} as const satisfies Partial<CommandSpec>;

const multi: CommandSpec = {
  ...common,
  name: 'multi',
  summary: 'Begin a transaction: what follows is queued until EXEC',
  since: '1.2.0',
  execute({ session, reply }) {
    if (session.transaction !== undefined) throw nested;
    session.transaction = new Transaction();
    reply.ok();
  },
};

/** The dispatcher runs EXEC by itself when there is a transaction. */
const exec: CommandSpec = {
  ...common,
  name: 'exec',
  summary: 'Run all that was queued since MULTI, as one step',
  since: '1.2.0',
  complexity: 'That of the queued commands',
  flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
  execute() {
    throw execWithout;
  },
};

const discard: CommandSpec = {
  ...common,
  name: 'discard',
  summary: 'Forget all that was queued since MULTI',
  since: '2.0.0',
  complexity: 'O(N), N being the number of queued commands',
  execute({ session, reply, watches }) {
    if (session.transaction === undefined) throw discardWithout;
    endTransaction(session, watches);
    reply.ok();
  },
};

const watch: CommandSpec = {
  ...common,
  name: 'watch',
  summary: 'Let the next EXEC fail if one of these keys changes until then',
  since: '2.2.0',
  complexity: 'O(1) for every key',
  arity: -2,
  keySpecs: [keysFrom(1, -1, 1, ['RO'])],
  arguments: [{ name: 'key', type: 'key', keySpecIndex: 0, multiple: true }],
  lookups: 'silent',
  tiers: 'index',
  execute({ session, request, keys, reply, watches }) {
    if (session.transaction !== undefined) throw watchInside;
    const watched = [...session.watched];
    // What was noted before the memory ran out stays watched.
    session.watched = watched;
    for (let n = 0; n < keys.count; n++) {
      const ref = keys.at(n);
      const name = request.slice(n + 1);
      if (watched.some((key) => key.db === ref.db && key.name.equals(name))) continue;
      watched.push(watches.add(ref, Buffer.from(name), session.id));
    }
    reply.ok();
  },
};

const unwatch: CommandSpec = {
  ...common,
  name: 'unwatch',
  summary: 'Forget what WATCH named',
  since: '2.2.0',
  execute({ reply, session, watches }) {
    forgetWatched(session, watches);
    reply.ok();
  },
};

/** MULTI, EXEC, DISCARD, WATCH, UNWATCH. */
export const transactionCommands: readonly CommandSpec[] = [multi, exec, discard, watch, unwatch];
