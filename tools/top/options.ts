import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

export interface TopOptions {
  readonly host: string;
  readonly port: number;
  /** Path of a Unix socket, instead of host and port. */
  readonly socket: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly tls: TlsFiles | undefined;
  readonly intervalMs: number;
  readonly once: boolean;
  readonly json: boolean;
}

/** What `node:tls` needs, files read. */
export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
}

/** A line for who typed the command. */
export class UsageError extends Error {}

export const helpText = `Usage: stratakv-top [options]

Watches a running server: operations, latency, tiers, threads, hot keys.

  -h, --host <host>          127.0.0.1 by default
  -p, --port <port>          6379 by default
  -s, --socket <path>        Unix socket instead of host and port
  -u, --user <name>          user to log in as
  -a, --password <password>  better in the environment variable REDISCLI_AUTH
      --tls                  encrypt; with --cacert, --cert, --key <file>, --sni <name>, --insecure
  -i, --interval <seconds>   between two readings: 0.2 to 3600, 1 by default
      --once                 print one frame as text, and end
      --json                 print figures as JSON, a line for each interval (one with --once)
      --help                 this text

Keys: q quit, s sort commands, p pause, + and - interval, ? help.
NO_COLOR switches colours off.
`;

const flags = {
  host: { type: 'string', short: 'h', default: '127.0.0.1' },
  port: { type: 'string', short: 'p', default: '6379' },
  socket: { type: 'string', short: 's' },
  user: { type: 'string', short: 'u' },
  password: { type: 'string', short: 'a' },
  tls: { type: 'boolean', default: false },
  cacert: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  sni: { type: 'string' },
  insecure: { type: 'boolean', default: false },
  interval: { type: 'string', short: 'i', default: '1' },
  once: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** @throws UsageError */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv): TopOptions | 'help' {
  const { values } = parsed(args);
  if (values.help) return 'help';
  const seconds = number('interval', values.interval, 0.2, 3600);
  const password = values.password ?? env.REDISCLI_AUTH;
  if (values.user !== undefined && password === undefined) {
    throw new UsageError('--user needs a password: --password, or REDISCLI_AUTH in the environment');
  }
  const files = { ca: values.cacert, cert: values.cert, key: values.key };
  return {
    host: values.host,
    port: Math.trunc(number('port', values.port, 1, 65535)),
    socket: values.socket,
    user: values.user,
    password,
    tls: values.tls
      ? {
          ...Object.fromEntries(Object.entries(files).flatMap(([name, path]) => (path ? [[name, read(path)]] : []))),
          ...(values.sni === undefined ? {} : { servername: values.sni }),
          rejectUnauthorized: !values.insecure,
        }
      : undefined,
    intervalMs: seconds * 1000,
    once: values.once,
    json: values.json,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: false });
  } catch (error) {
    // Node's text may go on with hints in further sentences, and quotes what was typed.
    const [text = ''] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new UsageError(text);
  }
}

function number(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max)) {
    throw new UsageError(`--${name} must be a number from ${min} to ${max}`);
  }
  return value;
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
