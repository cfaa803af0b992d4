import type { Server } from 'node:net';
import { type BindAddress, parseBind } from './front-end/listener.ts';

/** What nobody has chosen: the default of `bind` is every address. */
const EVERYWHERE = '* -::*';
const LOOPBACK = ['127.0.0.1', '-::1'];

const absent: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT', 'ENOTFOUND']);

/** Where ports beside the cache's own listen: where `bind` says, and on loopback while it says nothing. */
export function sideAddresses(bind: readonly string[]): BindAddress[] {
  return parseBind(bind.join(' ') === EVERYWHERE ? LOOPBACK : bind);
}

export function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127\./.test(address) || address === '::1';
}

/**
 * Listens on one address.
 *
 * @returns false for an optional address that this machine does not have
 * @throws Error `Could not create the <what> <address>: <reason>`
 */
export async function listenAside(server: Server, address: BindAddress, port: number, what: string): Promise<boolean> {
  const problem = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once('error', resolve);
    server.listen({ host: address.host, port, ipv6Only: address.ipv6 }, () => {
      server.removeListener('error', resolve);
      resolve(undefined);
    });
  });
  if (problem === undefined) return true;
  if (address.optional && absent.has(problem.code ?? '')) return false;
  throw new Error(`Could not create the ${what} ${address.host}:${port}: ${problem.message}`);
}
