import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;
/** Above it the session that was idle longest ends. */
const MAX_SESSIONS = 64;
/** In all, and without a request. */
export const LIFETIME_MS = 12 * 3_600_000;
const IDLE_MS = 30 * 60_000;

interface Session<T> {
  readonly value: T;
  readonly createdMs: number;
  usedMs: number;
}

/** Who is logged in, by a secret that only the browser has: its hash is what is kept and compared. */
export class Sessions<T> {
  private readonly clock: () => number;
  /** By the hash of the token; the one idle longest first. */
  private readonly sessions: Map<string, Session<T>> = new Map();

  constructor(clock: () => number) {
    this.clock = clock;
  }

  get size(): number {
    return this.sessions.size;
  }

  /** @returns the token: 256 random bits as 43 characters */
  begin(value: T): string {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const nowMs = this.clock();
    this.sessions.set(hash(token), { value, createdMs: nowMs, usedMs: nowMs });
    const [idlest] = this.sessions.keys();
    if (this.sessions.size > MAX_SESSIONS && idlest !== undefined) this.sessions.delete(idlest);
    return token;
  }

  /** Undefined for a session that is over. Counts as a use. */
  find(token: string): T | undefined {
    const key = hash(token);
    const session = this.sessions.get(key);
    if (session === undefined) return undefined;
    const nowMs = this.clock();
    this.sessions.delete(key);
    if (nowMs - session.createdMs >= LIFETIME_MS || nowMs - session.usedMs >= IDLE_MS) return undefined;
    session.usedMs = nowMs;
    this.sessions.set(key, session);
    return session.value;
  }

  end(token: string): void {
    this.sessions.delete(hash(token));
  }
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
