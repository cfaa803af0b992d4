import { chmodSync, rmSync } from 'node:fs';
import { createServer, type ListenOptions, type Server } from 'node:net';
import { createReuseportFd } from 'node-unix-socket';

/** One address of `bind`: `-` in front lets it be absent; `*` and `::*` mean every address of the family. */
export interface BindAddress {
  readonly host: string;
  readonly ipv6: boolean;
  readonly optional: boolean;
}

/** @param bind the directive's words; none (`bind ""`) means no TCP */
export function parseBind(bind: readonly string[]): BindAddress[] {
  return bind.map((word) => {
    const optional = word.startsWith('-');
    const name = optional ? word.slice(1) : word;
    const host = name === '*' ? '0.0.0.0' : name === '::*' ? '::' : name;
    return { host, ipv6: host.includes(':'), optional };
  });
}

/** Whether `listen({ reusePort })` exists: Node 22.12, 23.1 and later. */
export function hasReusePort(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
}

const absent: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT', 'ENOTFOUND']);

/**
 * Listens on one address, together with the other threads.
 *
 * @returns the server, or undefined for an optional address that this machine does not have
 * @throws Error with Redis's text when the address is taken or missing
 */
export async function listenTcp(
  address: BindAddress,
  port: number,
  backlog: number,
  shared: boolean,
): Promise<Server | undefined> {
  const server = createServer({ noDelay: true, pauseOnConnect: true });
  try {
    let options: ListenOptions & { reusePort?: boolean; fd?: number } = {
      host: address.host,
      port,
      backlog,
      ipv6Only: address.ipv6,
    };
    if (shared && hasReusePort(process.version)) options = { ...options, reusePort: true };
    else if (shared) options = { fd: createReuseportFd(port, address.host), backlog };
    await listening(server, options);
    // With `fd` Node 20 ignores the backlog; listening once more sets it.
    if ('fd' in options) (server as { _handle?: { listen?(backlog: number): number } })._handle?.listen?.(backlog);
    return server;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (address.optional && (absent.has(code) || /assign requested|not supported/i.test(String(error))))
      return undefined;
    throw new Error(`Could not create server TCP listening socket ${address.host}:${port}: bind: ${reason(error)}`);
  }
}

/** Listens on a Unix socket path; a file left there by an earlier server is replaced, as Redis does. */
export async function listenUnix(path: string, permissions: number, backlog: number): Promise<Server> {
  rmSync(path, { force: true });
  const server = createServer({ pauseOnConnect: true });
  try {
    await listening(server, { path, backlog });
  } catch (error) {
    throw new Error(`Failed opening Unix socket: bind: ${reason(error)}`);
  }
  if (permissions !== 0) chmodSync(path, permissions);
  return server;
}

function listening(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'Address already in use';
  if (code === 'EACCES') return 'Permission denied';
  if (code === 'EADDRNOTAVAIL') return 'Cannot assign requested address';
  return message;
}

/**
 * Redis's error line when somebody else listens on the port already. Sockets that share a port by SO_REUSEPORT would not notice
 * a second server of the same user, so main tries each address once without sharing, before the threads open theirs.
 */
export async function isPortTaken(bind: readonly string[], port: number): Promise<string | undefined> {
  if (port === 0) return undefined;
  for (const address of parseBind(bind)) {
    try {
      const server = await listenTcp(address, port, 1, false);
      if (server !== undefined) await new Promise((resolve) => server.close(resolve));
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
  return undefined;
}
