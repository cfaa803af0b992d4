import type { IncomingMessage, ServerResponse } from 'node:http';
import { script, style } from 'page:threads/dashboard/page/page.ts';
import { Attempts } from './attempts.ts';
import type { Feed } from './feed.ts';
import { loginPage, mainPage } from './html.ts';
import type { LiveAnswer } from './point.ts';
import { answer, asksByAddress, cookieOf, numberIn, pathOf, Refusal, readForm, requireOwnOrigin } from './requests.ts';
import { LIFETIME_MS, Sessions } from './sessions.ts';
import type { DashboardUsers, Visitor } from './users.ts';

export interface SiteParts {
  readonly users: DashboardUsers;
  readonly feed: Pick<Feed, 'answer'>;
  readonly port: number;
  /** Whether it is served over TLS. */
  readonly secure: boolean;
  readonly log: (text: string) => void;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

const clock = () => performance.now();

/** What is asked for by whom, and what the answer is. */
export class Site {
  private readonly parts: SiteParts;
  private readonly sessions: Sessions<Visitor> = new Sessions(clock);
  private readonly attempts: Attempts = new Attempts(clock);
  private readonly cookie: string;
  private readonly routes: Readonly<Record<string, Readonly<Record<string, Handler>>>>;

  constructor(parts: SiteParts) {
    this.parts = parts;
    // Cookies do not know ports: another server of this machine has another name. Browsers take `__Host-` over TLS only.
    this.cookie = `${parts.secure ? '__Host-' : ''}stratakv_${parts.port}`;
    const get = (handler: Handler) => ({ GET: handler, HEAD: handler });
    this.routes = {
      '/': get((request, response) => this.page(request, response)),
      '/live': get((request, response) => this.live(request, response)),
      '/page.js': get((_, response) => answer(response, 200, 'text/javascript', script)),
      '/page.css': get((_, response) => answer(response, 200, 'text/css', style)),
      '/login': {
        ...get((_, response) => redirect(response, '/')),
        POST: (request, response) => this.login(request, response),
      },
      '/logout': { POST: (request, response) => this.logout(request, response) },
    };
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const routes = this.routes[pathOf(request)];
      if (routes === undefined || !Object.hasOwn(this.routes, pathOf(request))) throw new Refusal(404, 'Not found.');
      const handler = Object.hasOwn(routes, request.method ?? '') ? routes[request.method ?? ''] : undefined;
      if (handler === undefined) throw new Refusal(405, 'Not that way.', { Allow: Object.keys(routes).join(', ') });
      await handler(request, response);
    } catch (error) {
      if (!(error instanceof Refusal))
        this.parts.log(`Dashboard: ${error instanceof Error ? error.stack : String(error)}`);
      if (response.headersSent || response.destroyed) return;
      if (error instanceof Refusal) answer(response, error.status, 'text/plain', `${error.message}\n`, error.headers);
      else answer(response, 500, 'text/plain', 'Something went wrong: see the log of the server.\n');
    } finally {
      // What nobody has read must not fill the connection.
      request.resume();
    }
  }

  private page(request: IncomingMessage, response: ServerResponse): void {
    const visitor = this.visitor(request);
    answer(response, 200, 'text/html', visitor === undefined ? loginPage('') : mainPage());
  }

  private async live(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requireOwnOrigin(request, this.parts.secure);
    const visitor = this.visitor(request);
    if (visitor === undefined) throw new Refusal(401, 'Log in.');
    const { users, feed } = this.parts;
    const found = await feed.answer(numberIn(request, 'after'), {
      may: (command) => users.may(visitor, command),
      mayRead: (key) => users.mayRead(visitor, key),
    });
    const told: LiveAnswer = {
      ...found,
      user: Buffer.from(visitor.user.name, 'latin1').toString(),
      loggedIn: cookieOf(request, this.cookie) !== undefined && this.session(request) !== undefined,
    };
    answer(response, 200, 'application/json', JSON.stringify(told));
  }

  private async login(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requireOwnOrigin(request, this.parts.secure);
    const form = await readForm(request);
    const { remoteAddress: address = '', remotePort } = request.socket;
    const waitMs = this.attempts.waitMs(address);
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000);
      const text = `Too many wrong passwords. Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`;
      answer(response, 429, 'text/html', loginPage(text), { 'Retry-After': String(seconds) });
      return;
    }
    const peer = `${address.includes(':') ? `[${address}]` : address}:${remotePort}`;
    const visitor = this.parts.users.login(form.get('user') ?? '', form.get('password') ?? '', peer);
    if (visitor === undefined) {
      this.attempts.failed(address);
      answer(response, 401, 'text/html', loginPage('Wrong user or password, or the user is disabled.'));
      return;
    }
    this.attempts.succeeded(address);
    if (visitor.user.noPassword && !asksByAddress(request)) {
      const text = 'A user without a password may look on only where this page is opened by address or as localhost.';
      answer(response, 403, 'text/html', loginPage(text));
      return;
    }
    this.endSession(request);
    redirect(response, '/', this.cookieHeader(this.sessions.begin(visitor), LIFETIME_MS / 1000));
  }

  private logout(request: IncomingMessage, response: ServerResponse): void {
    requireOwnOrigin(request, this.parts.secure);
    this.endSession(request);
    redirect(response, '/', this.cookieHeader('', 0));
  }

  private endSession(request: IncomingMessage): void {
    const token = cookieOf(request, this.cookie);
    if (token !== undefined) this.sessions.end(token);
  }

  /** Who asks: somebody who has logged in, or the default user where that one needs no password. */
  private visitor(request: IncomingMessage): Visitor | undefined {
    return this.session(request) ?? (asksByAddress(request) ? this.parts.users.guest() : undefined);
  }

  private session(request: IncomingMessage): Visitor | undefined {
    const token = cookieOf(request, this.cookie);
    const visitor = token === undefined ? undefined : this.sessions.find(token);
    if (token === undefined || visitor === undefined) return undefined;
    if (this.parts.users.isCurrent(visitor)) return visitor;
    this.sessions.end(token);
    return undefined;
  }

  private cookieHeader(value: string, maxAgeSeconds: number): Record<string, string> {
    const secure = this.parts.secure ? '; Secure' : '';
    return {
      'Set-Cookie': `${this.cookie}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${secure}`,
    };
  }
}

function redirect(response: ServerResponse, to: string, headers: Readonly<Record<string, string>> = {}): void {
  answer(response, 303, 'text/plain', '', { ...headers, Location: to });
}
