import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Acl } from '../../engine/acl/acl.ts';
import { startUsers } from '../../engine/acl/start.ts';
import { Config } from '../../engine/config/config.ts';
import { ThreadContext } from '../../engine/dispatch/context.ts';
import { Dispatcher } from '../../engine/dispatch/dispatcher.ts';
import { followEvents } from '../../engine/events/mail.ts';
import { Monitors } from '../../engine/monitor/monitors.ts';
import { PubSub } from '../../engine/pubsub/pubsub.ts';
import { ScriptEngine } from '../../engine/scripting/engine.ts';
import { FunctionEngine } from '../../engine/scripting/functions/function-engine.ts';
import { functionFolder } from '../../engine/scripting/functions/function-file.ts';
import type { Session } from '../../engine/server/session.ts';
import { Statistics } from '../../engine/server/statistics.ts';
import { ChangedNames } from '../../engine/tracking/state.ts';
import { Tracking } from '../../engine/tracking/tracking.ts';
import { ReplyWriter } from '../../protocol/resp/writer.ts';
import { assert } from '../../tiers/base/assert.ts';
import { Mailbox } from '../mailbox.ts';
import type { Door, FromMain, FrontEndStart, LogLevel, ToMain } from '../messages.ts';
import { Acceptor } from './acceptor.ts';
import { openBlocking } from './blocking.ts';
import { BusyAnswers } from './busy.ts';
import { buildCommandTable } from './commands.ts';
import { FrontEnd } from './front-end.ts';
import { openJobs } from './jobs.ts';
import { openKeyspace } from './keyspace.ts';
import { ThreadLink } from './link.ts';
import { OutputBudget } from './output-budget.ts';
import { answerRequest } from './requests.ts';
import { type ClientSession, ownSession } from './session.ts';
import { createReadBuffer } from './transport.ts';

/** Builds one front-end from what main sent, and follows main's messages from then on. */
export function runFrontEnd(port: MessagePort, start: FrontEndStart): void {
  const post = (message: ToMain) => port.postMessage(message);
  const { doorPort } = start;
  const log = (level: LogLevel, text: string) => post({ kind: 'log', level, text });
  const config = Config.from(start.config);
  const statistics = new Statistics(start.shared.statistics, start.thread);
  const table = buildCommandTable(new Map(config.renamedCommands));
  const { store, keyspace, keys, watches, channels, gate, lock, held, memory, ready, prefetcher, readTimes } =
    openKeyspace(start, config, statistics, (text) => log('warning', text));
  const reply = new ReplyWriter();
  const sessions = function* (): Iterable<Session> {
    for (const connection of front.connections.values()) yield connection.session;
  };
  const mail = new Mailbox(start.shared.mail, start.thread, start.mailPorts);
  const pubsub = new PubSub(channels, mail);
  followEvents(keyspace.events, pubsub, mail, config);
  const changed = new ChangedNames(start.shared.broadcasts);
  store.changedNames = changed;
  const find = (id: number) => front.connections.get(id)?.session;
  const tracking = new Tracking({ mail, store, changed, statistics, find });
  const monitors = new Monitors(start.shared.monitors, mail);
  // All threads read all rules: one of them says what is to be said of them.
  const acl = new Acl(table, start.thread === 0 ? (text) => log('warning', text) : undefined);
  const problem = startUsers(acl, config, start.aclFile, () => {});
  assert(problem === '', `main has checked the users: ${problem}`);
  const scripts = new ScriptEngine({
    table,
    statistics,
    log,
    thread: start.thread,
    store: start.shared.scripts,
    limitMs: () => Number(config.values['busy-reply-threshold']),
    onLong: () => busy.run(),
  });
  const busy = new BusyAnswers({
    table,
    store: scripts.store,
    functions: () => functions,
    thread: start.thread,
    acl,
    connections: () => front.connections.values(),
    post,
    context: () => context,
    takeNew: () => {
      for (let next = receiveMessageOnPort(doorPort); next !== undefined; next = receiveMessageOnPort(doorPort)) {
        acceptor.adopt(next.message);
      }
    },
    forgetWatches: (client) => dispatcher.forgetWatches(client),
  });
  const functions = new FunctionEngine({
    table,
    statistics,
    log,
    thread: start.thread,
    store: start.shared.functions,
    folder: functionFolder(config),
    watch: scripts.watch,
    denyDisabled: () => scripts.store.denyDisabled,
  });
  const link = new ThreadLink({
    start,
    config,
    table,
    acl,
    scripts,
    functions,
    statistics,
    lock,
    mail,
    pubsub,
    tracking,
    monitors,
    memory,
    sessions,
    post,
  });
  const context = new ThreadContext({ reply, keys, keyspace, server: link, watches, nobody: nobody(acl) });
  const allowsProtected = (session: Session) => {
    const allowed = config.values['enable-debug-command'];
    return allowed === 'yes' || (allowed === 'local' && isLocal(session));
  };
  const output = new OutputBudget();
  const dispatcher = new Dispatcher({ table, context, statistics, gate, lock, largeReplies: output, allowsProtected });
  const { blocking, serving } = openBlocking({
    store,
    context,
    table,
    dispatcher,
    lock,
    mail,
    standIn: () => nobody(acl),
  });
  const jobs = openJobs({
    table,
    context,
    dispatcher,
    mail,
    threads: start.threads,
    databaseOf: (id) => store.tables.databaseOf(id),
    beginBatch: () => {
      dispatcher.beginBatch();
    },
    endBatch: () => {
      serving.serve();
      if (tracking.pending) tracking.afterCommand(undefined, undefined);
      dispatcher.endBatch();
    },
    log: (text) => log('warning', text),
  });
  const clients = new Int32Array(start.shared.clients);
  const read = createReadBuffer();
  const front = new FrontEnd({
    threadIndex: start.thread,
    config,
    acl,
    pubsub,
    tracking,
    monitors,
    statistics,
    dispatcher,
    blocking,
    serving,
    interests: store.interests,
    reply,
    output,
    read,
    prefetcher,
    readTimes,
    held,
    clients,
    evictor: {
      sizes: () => link.broadcast({ kind: 'client-sizes' }),
      evict: (ids) => link.broadcast({ kind: 'client-evict', ids }),
    },
    log,
  });
  mail.beforeSleep(() => front.deliveries.flush(false));
  const acceptor = new Acceptor(front, start, clients, (thread) => scripts.store.isSlow(thread));
  doorPort.on('message', (connection: Door) => acceptor.adopt(connection));

  const step = (work: Promise<void>, reached: 'opened' | 'connected' | 'listening') => {
    work.then(
      () => post({ kind: 'reached', step: reached }),
      (error: unknown) => post({ kind: 'failed', text: error instanceof Error ? error.message : String(error) }),
    );
  };
  port.on('message', (message: FromMain) => {
    switch (message.kind) {
      case 'connect':
        step(
          ready().then(() => acceptor.connect()),
          'connected',
        );
        break;
      case 'listen':
        step(
          acceptor.listen().then(() => {
            post({ kind: 'doors', doors: acceptor.doors, pipes: acceptor.pipes });
            jobs.start();
            front.stalls.start();
          }),
          'listening',
        );
        break;
      case 'request':
        post({ kind: 'answer', id: message.id, value: answerRequest(front, message.request) });
        break;
      case 'reply':
        link.questions.answer(message.id, message.value, message.error);
        break;
      case 'close':
        acceptor.close();
        jobs.close();
        doorPort.close();
        mail.close();
        front.close();
        post({ kind: 'closed' });
        break;
      default:
        break;
    }
  });
  mail.open();
  step(acceptor.open(), 'opened');
}

function isLocal(session: Session): boolean {
  return session.unixSocket || session.address.startsWith('127.') || session.address.startsWith('[::1]');
}

/** Stands in the context before the first command. */
function nobody(acl: Acl): ClientSession {
  return ownSession(acl, 0, '');
}
