import type { Session } from '../../server/session.ts';
import type { TrackingState } from '../../tracking/state.ts';
import { int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError, errors } from '../errors.ts';
import type { CommandSpec, DeferredReply } from '../spec.ts';

const noSuchClient = new CommandError('ERR The client ID you want redirect to does not exist');
const twoRedirects = new CommandError('ERR A client can only redirect to a single other client');
const prefixWithoutBcast = new CommandError('ERR PREFIX option requires BCAST mode to be enabled');
const switchesBcast = new CommandError(
  "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.",
);
const switchesOpt = new CommandError(
  "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.",
);
const optWithBcast = new CommandError('ERR OPTIN and OPTOUT are not compatible with BCAST');
const optInAndOut = new CommandError("ERR You can't specify both OPTIN mode and OPTOUT mode");
const cachingWithoutOpt = new CommandError(
  'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
);
const cachingYes = new CommandError('ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.');
const cachingNo = new CommandError('ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.');

interface Options {
  redirect: number;
  bcast: boolean;
  optIn: boolean;
  optOut: boolean;
  noLoop: boolean;
  readonly prefixes: string[];
}

function parseOptions({ request }: CommandContext): Options {
  const options: Options = { redirect: 0, bcast: false, optIn: false, optOut: false, noLoop: false, prefixes: [] };
  for (let i = 3; i < request.count; i++) {
    const more = i + 1 < request.count;
    if (request.is(i, 'redirect') && more) {
      if (options.redirect !== 0) throw twoRedirects;
      options.redirect = Number(int64Argument(request, ++i));
      // No client has the number 0.
      if (options.redirect === 0) throw noSuchClient;
    } else if (request.is(i, 'bcast')) options.bcast = true;
    else if (request.is(i, 'optin')) options.optIn = true;
    else if (request.is(i, 'optout')) options.optOut = true;
    else if (request.is(i, 'noloop')) options.noLoop = true;
    else if (request.is(i, 'prefix') && more) options.prefixes.push(request.latin1(++i));
    else throw errors.syntax;
  }
  return options;
}

function overlap(a: string, b: string, which: string): CommandError {
  return new CommandError(
    `ERR Prefix '${a}' overlaps with ${which} prefix '${b}'. Prefixes for a single client must not overlap.`,
  );
}

function checkPrefixes(given: readonly string[], known: readonly string[]): void {
  const meet = (a: string, b: string) => a.startsWith(b) || b.startsWith(a);
  for (const [n, prefix] of given.entries()) {
    const old = known.find((one) => meet(one, prefix));
    if (old !== undefined) throw overlap(prefix, old, 'an existing');
    const other = given.find((one, m) => m > n && meet(one, prefix));
    if (other !== undefined) throw overlap(prefix, other, 'another provided');
  }
}

/** What the client may ask for beside what it has already. */
function check(options: Options, before: TrackingState | undefined): void {
  const { bcast, optIn, optOut, prefixes } = options;
  if (!bcast && prefixes.length > 0) throw prefixWithoutBcast;
  if (before !== undefined && before.broadcasts !== bcast) throw switchesBcast;
  if (bcast && (optIn || optOut)) throw optWithBcast;
  if (optIn && optOut) throw optInAndOut;
  if (before !== undefined && ((optIn && before.optOut) || (optOut && before.optIn))) throw switchesOpt;
  if (bcast) checkPrefixes(prefixes, before?.prefixes ?? []);
}

function enable({ session, server }: CommandContext, options: Options, redirectThread: number): void {
  const before = session.tracking?.prefixes ?? [];
  const given = options.bcast && options.prefixes.length === 0 ? [''] : options.prefixes;
  server.tracking.enable(session, {
    broadcasts: options.bcast,
    optIn: options.optIn,
    optOut: options.optOut,
    noLoop: options.noLoop,
    redirect: options.redirect,
    redirectThread,
    prefixes: [...new Set([...before, ...given])],
    caching: false,
    broken: false,
  });
}

function setTracking(context: CommandContext): DeferredReply | undefined {
  const { request, reply, session, server } = context;
  const on = request.is(2, 'on');
  if (!on && !request.is(2, 'off')) {
    parseOptions(context);
    throw errors.syntax;
  }
  const options = parseOptions(context);
  const { redirect } = options;
  if (redirect === 0) {
    if (on) {
      check(options, session.tracking);
      enable(context, options, server.threadIndex);
    } else server.tracking.disable(session);
    reply.ok();
    return undefined;
  }
  return server.broadcast({ kind: 'client-list', ids: [redirect] }).then((lists) => {
    const thread = lists.findIndex((list) => list.length > 0);
    return (later) => {
      if (thread < 0) throw noSuchClient;
      if (on) {
        check(options, later.session.tracking);
        enable(later, options, thread);
      } else later.server.tracking.disable(later.session);
      later.reply.ok();
    };
  });
}

const shared = {
  group: 'connection',
  complexity: 'O(1)',
  flags: ['noscript', 'loading', 'stale'],
  categories: ['connection'],
  keySpecs: [],
  tiers: 'none',
} as const;

export const tracking: CommandSpec = {
  ...shared,
  name: 'tracking',
  summary: 'Tell this connection, or another, when keys that it has read are changed',
  since: '6.0.0',
  arity: -3,
  arguments: [
    {
      name: 'status',
      type: 'oneof',
      arguments: [
        { name: 'on', type: 'pure-token', token: 'ON' },
        { name: 'off', type: 'pure-token', token: 'OFF' },
      ],
    },
    { name: 'client-id', type: 'integer', token: 'REDIRECT', optional: true },
    { name: 'prefix', type: 'string', token: 'PREFIX', optional: true, multiple: true, multipleToken: true },
    { name: 'bcast', type: 'pure-token', token: 'BCAST', optional: true },
    { name: 'optin', type: 'pure-token', token: 'OPTIN', optional: true },
    { name: 'optout', type: 'pure-token', token: 'OPTOUT', optional: true },
    { name: 'noloop', type: 'pure-token', token: 'NOLOOP', optional: true },
  ],
  waits: true,
  execute: setTracking,
};

export const caching: CommandSpec = {
  ...shared,
  name: 'caching',
  summary: 'Let the keys of the next command be tracked, or not',
  since: '6.0.0',
  arity: 3,
  arguments: [
    {
      name: 'mode',
      type: 'oneof',
      arguments: [
        { name: 'yes', type: 'pure-token', token: 'YES' },
        { name: 'no', type: 'pure-token', token: 'NO' },
      ],
    },
  ],
  execute({ request, reply, session }) {
    const state = session.tracking;
    if (state === undefined || (!state.optIn && !state.optOut)) throw cachingWithoutOpt;
    const yes = request.is(2, 'yes');
    if (!yes && !request.is(2, 'no')) throw errors.syntax;
    if (yes && !state.optIn) throw cachingYes;
    if (!yes && !state.optOut) throw cachingNo;
    state.caching = true;
    reply.ok();
  },
};

/** -1 without tracking, 0 without redirection. */
function redirectOf({ tracking: state }: Session): number {
  return state === undefined ? -1 : state.redirect;
}

export const getredir: CommandSpec = {
  ...shared,
  name: 'getredir',
  summary: "Tell which connection gets this one's tracking messages",
  since: '6.0.0',
  arity: 2,
  execute({ reply, session }) {
    reply.integer(redirectOf(session));
  },
};

function flagsOf(state: TrackingState | undefined): string[] {
  if (state === undefined) return ['off'];
  const flags = ['on'];
  if (state.broadcasts) flags.push('bcast');
  if (state.optIn) flags.push('optin', ...(state.caching ? ['caching-yes'] : []));
  if (state.optOut) flags.push('optout', ...(state.caching ? ['caching-no'] : []));
  if (state.noLoop) flags.push('noloop');
  if (state.broken) flags.push('broken_redirect');
  return flags;
}

export const trackinginfo: CommandSpec = {
  ...shared,
  name: 'trackinginfo',
  summary: 'Tell how this connection is tracked',
  since: '6.2.0',
  arity: 2,
  execute({ reply, session }) {
    const { tracking: state } = session;
    reply.map(3);
    reply.text('flags');
    const flags = flagsOf(state);
    reply.set(flags.length);
    for (const flag of flags) reply.text(flag);
    reply.text('redirect');
    reply.integer(redirectOf(session));
    reply.text('prefixes');
    const prefixes = state?.prefixes ?? [];
    reply.array(prefixes.length);
    for (const prefix of prefixes) {
      const bytes = Buffer.from(prefix, 'latin1');
      reply.bulk(bytes, 0, bytes.length);
    }
  },
};
