import { type IncomingHttpHeaders, request } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { LiveAnswer } from '../../threads/dashboard/point.ts';
import { freePort } from '../support/ports.ts';
import { TieredServer } from '../tiers/tiered-server.ts';

/** A server of two threads with a dashboard. */
export async function startDashboard(
  args: readonly string[],
): Promise<{ readonly tiered: TieredServer; readonly port: number }> {
  const port = await freePort();
  const own = ['--server-threads', '2', '--maxmemory', '64mb', '--dashboard-port', String(port)];
  return { tiered: await TieredServer.start([...own, ...args]), port };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Over TLS, with this authority. */
  readonly ca?: Buffer;
}

export function ask(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body, ca }: Asking = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { port, path, method, host: '127.0.0.1', agent: false, headers } as const;
    const sent = ca === undefined ? request(options) : tlsRequest({ ...options, ca, servername: 'localhost' });
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** What the page's own form sends. */
export function logIn(port: number, user: string, password: string, more: Asking = {}): Promise<Answer> {
  const scheme = more.ca === undefined ? 'http' : 'https';
  return ask(port, '/login', {
    ...more,
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Origin: `${scheme}://127.0.0.1:${port}`,
      ...more.headers,
    },
    body: new URLSearchParams({ user, password }).toString(),
  });
}

/** `name=value` of the cookie that an answer sets. */
export function cookieFrom({ headers }: Answer): string {
  return headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
}

export async function live(port: number, cookie = ''): Promise<LiveAnswer> {
  const { text } = await ask(port, '/live', { headers: { Cookie: cookie } });
  return JSON.parse(text) as LiveAnswer;
}
