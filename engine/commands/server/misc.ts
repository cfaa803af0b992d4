import { CommandError, errors } from '../errors.ts';
import type { CommandSpec } from '../spec.ts';
import { clockMicroseconds } from './clock.ts';

export const time: CommandSpec = {
  name: 'time',
  summary: "Tell the server's clock",
  since: '2.6.0',
  group: 'server',
  complexity: 'O(1)',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  categories: [],
  keySpecs: [],
  tips: ['nondeterministic_output'],
  tiers: 'none',
  execute({ reply }) {
    const now = clockMicroseconds();
    reply.array(2);
    reply.text((now / 1_000_000n).toString());
    reply.text((now % 1_000_000n).toString());
  },
};

const noShutdown = new CommandError('ERR No shutdown in progress.');

interface ShutdownOptions {
  save: boolean;
  nosave: boolean;
  now: boolean;
  force: boolean;
  abort: boolean;
}

export const shutdown: CommandSpec = {
  name: 'shutdown',
  summary: 'Save and stop the server',
  since: '1.0.0',
  group: 'server',
  complexity: 'O(N) when dirty keys have to be written, N being their number; otherwise O(1)',
  arity: -1,
  flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
  categories: [],
  keySpecs: [],
  history: [['7.0.0', 'Options NOW, FORCE and ABORT']],
  arguments: [
    {
      name: 'nosave_save',
      type: 'oneof',
      optional: true,
      arguments: [
        { name: 'nosave', type: 'pure-token', token: 'NOSAVE' },
        { name: 'save', type: 'pure-token', token: 'SAVE' },
      ],
    },
    { name: 'now', type: 'pure-token', token: 'NOW', since: '7.0.0', optional: true },
    { name: 'force', type: 'pure-token', token: 'FORCE', since: '7.0.0', optional: true },
    { name: 'abort', type: 'pure-token', token: 'ABORT', since: '7.0.0', optional: true },
  ],
  tiers: 'none',
  waits: true,
  execute({ request, server }) {
    const options: ShutdownOptions = { save: false, nosave: false, now: false, force: false, abort: false };
    const names = Object.keys(options) as (keyof ShutdownOptions)[];
    for (let i = 1; i < request.count; i++) {
      const name = names.find((candidate) => request.is(i, candidate));
      if (name === undefined) throw errors.syntax;
      options[name] = true;
    }
    const { save, nosave, now, force, abort } = options;
    if ((abort && (save || nosave || now || force)) || (save && nosave)) throw errors.syntax;
    if (abort) {
      return server.abortShutdown().then((aborted) => ({ reply }) => {
        if (!aborted) throw noShutdown;
        reply.ok();
      });
    }
    return server.shutdown({ save: !nosave, now, force }).then((failure) => () => {
      throw new CommandError(failure);
    });
  },
};
