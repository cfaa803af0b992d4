import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { quote } from '../../protocol/conf/words.ts';
import { type Directive, type DirectiveSpec, define } from './directive.ts';

/** A snapshot is due when `changes` writes happened within `seconds`. */
export interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

const clampInt64 = (word: string) => {
  const number = BigInt(word);
  return BigInt.asIntN(64, number) === number ? number : 9223372036854775807n;
};

/** `save`: pairs; several lines of one start add up, the first of them dropping the defaults. */
export function savePoints(spec: DirectiveSpec): Directive<readonly SavePoint[]> {
  return define<readonly SavePoint[]>(
    {
      kind: 'pairs of seconds and changes',
      multi: true,
      blank: [],
      read(given, { current, atStart, seen }) {
        const clears = given.length === 1 && given[0] === '';
        const args = clears ? [] : given;
        const points: SavePoint[] = atStart && seen && !clears ? [...current] : [];
        const numbers = args.map((word) => (/^[+-]?\d+$/.test(word) ? clampInt64(word) : undefined));
        for (let i = 0; i < numbers.length; i += 2) {
          const [seconds, changes] = [numbers[i], numbers[i + 1]];
          if (seconds === undefined || changes === undefined || seconds < 1n || changes < 0n)
            return { error: 'Invalid save parameters' };
          points.push({ seconds: Number(seconds), changes: Number(changes) });
        }
        const exact =
          numbers.length === 2 * points.length
            ? numbers.join(' ')
            : points.map((p) => `${p.seconds} ${p.changes}`).join(' ');
        return { value: points, text: exact };
      },
      write: (value) => (value.length === 0 ? ['""'] : value.map((point) => `${point.seconds} ${point.changes}`)),
    },
    spec,
  );
}

export function percentiles(spec: DirectiveSpec): Directive<readonly number[]> {
  return define<readonly number[]>(
    {
      kind: 'percentiles',
      multi: true,
      read(given) {
        const args = given.length === 1 && given[0] === '' ? [] : given;
        const value: number[] = [];
        for (const word of args) {
          if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(word))
            return { error: 'Invalid latency-tracking-info-percentiles parameters' };
          const number = Number(word);
          if (!(number >= 0 && number <= 100))
            return { error: 'latency-tracking-info-percentiles parameters should sit between [0.0,100.0]' };
          value.push(number);
        }
        return { value, text: value.map((number) => String(Number(number.toFixed(6)))).join(' ') };
      },
      write: (_value, text) => [text === '' ? '""' : text],
    },
    spec,
  );
}

/** `oom-score-adj-values`: for the server, its replicas' processes, its background children. */
export function oomScores(spec: DirectiveSpec): Directive<readonly number[]> {
  return define<readonly number[]>(
    {
      kind: 'three integers',
      multi: true,
      read(args) {
        if (args.length !== 3) return { error: 'wrong number of arguments' };
        const value = args.map((word) => (/^-?\d{1,5}$/.test(word) ? Number(word) : Number.NaN));
        if (!value.every((score) => score >= -2000 && score <= 2000)) {
          return { error: 'Invalid oom-score-adj-values, elements must be between -2000 and 2000.' };
        }
        return { value, text: value.join(' ') };
      },
    },
    spec,
  );
}

/** `bind`: addresses; one with a leading `-` may fail to be available. */
export function bindAddresses(spec: DirectiveSpec): Directive<readonly string[]> {
  return define<readonly string[]>(
    {
      kind: 'addresses',
      multi: true,
      read(args) {
        if (args.length > 16) return { error: 'Too many bind addresses specified.' };
        const value = args.length === 1 && args[0] === '' ? [] : args;
        return { value: value.filter((address) => address !== ''), text: value.join(' ') };
      },
      write: (value) => [value.length === 0 ? '""' : value.join(' ')],
    },
    spec,
  );
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `replicaof host port`, or `no one`. */
export function primaryAddress(spec: DirectiveSpec): Directive<HostPort | null> {
  return define<HostPort | null>(
    {
      kind: 'host and port',
      multi: true,
      read(args, { atStart }) {
        if (args.length === 0 && atStart) return { value: null, text: '' };
        const [host = '', port = ''] = args;
        if (args.length !== 2) return { error: 'wrong number of arguments' };
        if (host.toLowerCase() === 'no' && port.toLowerCase() === 'one') return { value: null, text: '' };
        if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) return { error: 'Invalid master port' };
        return { value: { host, port: Number(port) }, text: `${host} ${Number(port)}` };
      },
    },
    spec,
  );
}

export type ShutdownWord = 'save' | 'nosave' | 'now' | 'force';
const shutdownOrder: readonly ShutdownWord[] = ['save', 'nosave', 'now', 'force'];

/** `shutdown-on-sigterm`: the words of SHUTDOWN; none means `default`. */
export function shutdownWords(spec: DirectiveSpec): Directive<readonly ShutdownWord[]> {
  return define<readonly ShutdownWord[]>(
    {
      kind: 'default, save, nosave, now, force',
      multi: true,
      read(args) {
        const words = args.map((word) => word.toLowerCase());
        if (
          words.length === 0 ||
          words.some((word) => word !== 'default' && !shutdownOrder.some((known) => known === word))
        ) {
          return { error: `argument(s) must be one of the following: default, ${shutdownOrder.join(', ')}` };
        }
        const value = shutdownOrder.filter((word) => words.includes(word));
        if (value.includes('save') && value.includes('nosave')) {
          return { error: "shutdown options SAVE and NOSAVE can't be used simultaneously" };
        }
        return { value, text: value.join(' ') || 'default' };
      },
    },
    spec,
  );
}

/** `dir`: an existing folder, kept as an absolute path. Changing into it is up to the main thread. */
export function folder(spec: DirectiveSpec): Directive<string> {
  return define<string>(
    {
      kind: 'folder',
      read([word = '']) {
        const found = word === '' ? undefined : statSync(word, { throwIfNoEntry: false });
        if (found === undefined) return { error: 'No such file or directory' };
        if (!found.isDirectory()) return { error: 'Not a directory' };
        return { value: resolve(word), text: resolve(word) };
      },
      write: (value) => [quote(value)],
    },
    spec,
  );
}

/** Where cold keys live. */
export type StorageProvider = { readonly kind: 'flash'; readonly path: string } | { readonly kind: 'none' };

export function storageProvider(spec: DirectiveSpec): Directive<StorageProvider> {
  return define<StorageProvider>(
    {
      kind: '`flash <folder>` or `none`',
      multi: true,
      read(args) {
        const [kind = '', ...rest] = args;
        const path = rest.join(' ');
        if (kind.toLowerCase() === 'none' && path === '') return { value: { kind: 'none' }, text: 'none' };
        if (kind.toLowerCase() !== 'flash') return { error: "storage-provider must be 'flash <folder>' or 'none'" };
        if (path === '') return { error: "storage-provider flash needs a folder: 'flash <folder>'" };
        return { value: { kind: 'flash', path }, text: `flash ${path}` };
      },
      write: (value) => [value.kind === 'none' ? 'none' : `flash ${quote(value.path)}`],
    },
    spec,
  );
}

/** Refuses paths where a bare file name is wanted. */
export const fileNameOnly = (directive: string) => (word: string) =>
  word.includes('/') ? `${directive} can't be a path, just a filename` : undefined;

export function hostnameProblem(word: string): string | undefined {
  if (word.length >= 256) return 'Hostnames must be less than 256 characters';
  return /^[a-zA-Z0-9.-]*$/.test(word)
    ? undefined
    : 'Hostnames may only contain alphanumeric characters, hyphens or dots';
}

const titleVariables = ['title', 'listen-addr', 'server-mode', 'port', 'tls-port', 'unixsocket', 'config-file'];

export function titleProblem(word: string): string | undefined {
  const rest = word.replace(/\{([a-z-]*)\}/g, (whole, name: string) => (titleVariables.includes(name) ? '' : whole));
  return word === '' || rest.includes('{') ? 'template format is invalid or contains unknown variables' : undefined;
}
