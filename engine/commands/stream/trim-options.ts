import { TRIM_MAXLEN, TRIM_MINID, TRIM_NONE, type Trim } from '../../types/stream/trim.ts';
import { int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import type { ArgumentSpec } from '../spec.ts';
import { readId } from './ids.ts';

const bothStrategies = new CommandError(
  'ERR syntax error, MAXLEN and MINID options at the same time are not compatible',
);
const negativeLength = new CommandError('ERR The MAXLEN argument must be >= 0.');
const negativeLimit = new CommandError('ERR The LIMIT argument must be >= 0.');
const limitAlone = new CommandError('ERR syntax error, LIMIT cannot be used without specifying a trimming strategy');
const limitExact = new CommandError('ERR syntax error, LIMIT cannot be used without the special ~ option');

/** Unless LIMIT is given, an approximate trim stops after as many entries as 100 nodes may hold, within these bounds. */
const NODES_PER_TRIM = 100;
const UNLIMITED_NODES_LIMIT = 10_000;
const MAX_DEFAULT_LIMIT = 1_000_000;

/** Collects MAXLEN, MINID and LIMIT, in any order, for XADD and XTRIM. */
export class TrimOptions {
  private limit = 0n;
  private limitGiven = false;

  begin(trim: Trim): void {
    trim.clear();
    this.limit = 0n;
    this.limitGiven = false;
  }

  /** Reads the option at argument `index`; answers the index of its last argument, or -1 when it is none of these. */
  read({ request }: CommandContext, index: number, trim: Trim): number {
    const more = request.count - 1 - index;
    if (more < 1) return -1;
    const isLength = request.is(index, 'maxlen');
    if (isLength || request.is(index, 'minid')) {
      if (trim.strategy !== TRIM_NONE) throw bothStrategies;
      let at = index + 1;
      trim.approximate = more >= 2 && request.is(at, '~');
      if (trim.approximate || (more >= 2 && request.is(at, '='))) at++;
      if (isLength) {
        const length = int64Argument(request, at);
        if (length < 0n) throw negativeLength;
        trim.maxLength = Number(length);
        trim.strategy = TRIM_MAXLEN;
      } else {
        readId(request, at, trim.minId);
        trim.strategy = TRIM_MINID;
      }
      return at;
    }
    if (!request.is(index, 'limit')) return -1;
    this.limit = int64Argument(request, index + 1);
    if (this.limit < 0n) throw negativeLimit;
    this.limitGiven = true;
    return index + 1;
  }

  /** Checks what was read against each other. `required`: the error when there is no strategy. */
  end({ server }: CommandContext, trim: Trim, required?: CommandError): void {
    if (this.limit !== 0n && trim.strategy === TRIM_NONE) throw limitAlone;
    if (trim.strategy === TRIM_NONE && required !== undefined) throw required;
    if (this.limitGiven) {
      if (!trim.approximate) throw limitExact;
      trim.limit = Number(this.limit);
    } else if (trim.approximate) {
      const limit = NODES_PER_TRIM * server.collectionLimits.streamNodeEntries;
      trim.limit = limit <= 0 ? UNLIMITED_NODES_LIMIT : Math.min(limit, MAX_DEFAULT_LIMIT);
    }
  }
}

/** The syntax of these options, for COMMAND DOCS. */
export const trimArguments: readonly ArgumentSpec[] = [
  {
    name: 'strategy',
    type: 'oneof',
    arguments: [
      { name: 'maxlen', type: 'pure-token', token: 'MAXLEN' },
      { name: 'minid', type: 'pure-token', token: 'MINID', since: '6.2.0' },
    ],
  },
  {
    name: 'operator',
    type: 'oneof',
    optional: true,
    arguments: [
      { name: 'equal', type: 'pure-token', token: '=' },
      { name: 'approximately', type: 'pure-token', token: '~' },
    ],
  },
  { name: 'threshold', type: 'string' },
  { name: 'count', type: 'integer', token: 'LIMIT', since: '6.2.0', optional: true },
];
