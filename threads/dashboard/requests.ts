import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';

const MAX_FORM_BYTES = 4096;

/** What a request is refused with. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, text: string, headers: Readonly<Record<string, string>> = {}) {
    super(text);
    this.status = status;
    this.headers = headers;
  }
}

/** On every answer: nothing is kept by caches, framed, guessed at, or loaded from anywhere but here. */
const commonHeaders: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  // Not `no-referrer`: browsers would then send `Origin: null` with the form.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

export function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  for (const [name, value] of Object.entries({ ...commonHeaders, ...headers })) response.setHeader(name, value);
  response.statusCode = status;
  response.setHeader('Content-Type', `${type}; charset=utf-8`);
  // To HEAD Node sends no body.
  response.end(body);
}

export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? '';
}

/** A parameter that is a number: 0 for anything else. */
export function numberIn(request: IncomingMessage, name: string): number {
  const query = (request.url ?? '').split('?')[1] ?? '';
  const text = new URLSearchParams(query).get(name) ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** The value of a cookie, if it looks like one of ours. */
export function cookieOf(request: IncomingMessage, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at < 0 || pair.slice(0, at).trim() !== name) continue;
    const value = pair.slice(at + 1).trim();
    if (/^[A-Za-z0-9_-]{43}$/.test(value)) return value;
  }
  return undefined;
}

/** A page of another site may send a browser here, but neither its forms nor its scripts are listened to. */
export function requireOwnOrigin(request: IncomingMessage, secure: boolean): void {
  const { origin, host } = request.headers;
  const own = `${secure ? 'https' : 'http'}://${host ?? ''}`;
  const isForm = request.method === 'POST';
  if (origin === undefined ? isForm : origin.toLowerCase() !== own.toLowerCase()) {
    throw new Refusal(403, 'This request does not come from a page of this server.');
  }
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new Refusal(403, 'This request comes from a page of another site.');
  }
}

/**
 * Whether the browser asked for this machine by address, or as localhost. A name that somebody else owns may point here: without this, any
 * web site could read what needs no password.
 */
export function asksByAddress({ headers: { host = '' } }: IncomingMessage): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return isIP(name) !== 0 || name.toLowerCase() === 'localhost';
}

/** Rejects with a Refusal for what is no form, or a large one. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') throw new Refusal(415, 'Only forms.', { Connection: 'close' });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_FORM_BYTES) throw new Refusal(413, 'Too large.', { Connection: 'close' });
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString());
}
