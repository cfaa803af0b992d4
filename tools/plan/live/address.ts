import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { PlanError } from '../plan-error.ts';

/** Where a server listens and who asks. No password: nobody logs in. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** Certificates are checked as Node does; `ca` is PEM text of authorities to trust besides. */
  readonly tls?: { readonly ca?: string | undefined; readonly checks?: boolean } | undefined;
}

const CONNECT_MS = 5000;

export function nameOf({ host, port }: ServerAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Arguments of the AUTH that logs in there, or undefined. */
export function credentials({ user, password }: ServerAddress): readonly string[] | undefined {
  if (password === undefined) return undefined;
  return user === undefined ? [password] : [user, password];
}

/** A connected socket, TLS shaken hands and all. Rejects with a PlanError that names the address. */
export function openSocket(address: ServerAddress): Promise<Socket> {
  const { host, port, tls } = address;
  return new Promise((resolve, reject) => {
    const socket: Socket =
      tls === undefined
        ? connectPlain({ host, port })
        : connectTls({
            host,
            port,
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
            rejectUnauthorized: tls.checks !== false,
          });
    const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${CONNECT_MS} ms`)), CONNECT_MS);
    const failed = (error: Error) => {
      clearTimeout(timer);
      socket.destroy();
      reject(new PlanError(`cannot reach ${nameOf(address)}: ${error.message || 'connection refused'}`));
    };
    socket.once('error', failed);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', failed);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}
