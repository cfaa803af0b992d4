import type { Socket } from 'node:net';
import { SeededRandom } from '../../../tiers/policy/random.ts';
import { PlanError } from '../plan-error.ts';
import { credentials, nameOf, openSocket, type ServerAddress } from './address.ts';
import { REPLY_ERROR, ReplyScanner } from './reply-scanner.ts';

const CHUNK_BYTES = 64 * 1024;
/** Values from this size are not copied into the chunk. */
const OWN_WRITE_BYTES = 4096;
const POOL_BYTES = 2 ** 20;
/** A name, its header and a command's words: what one command needs of the chunk beside a small value. */
const COMMAND_ROOM = 66_000 + 2 * OWN_WRITE_BYTES;
const FIRST_RING = 256;
const DIGITS = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyz');

/** Bytes that do not compress, which all values are parts of. */
function randomBytes(): Buffer {
  const random = new SeededRandom(1);
  const bytes = Buffer.allocUnsafeSlow(POOL_BYTES);
  for (let at = 0; at < POOL_BYTES; at += 4) bytes.writeInt32LE(random.bits() | 0, at);
  return bytes;
}

/**
 * One connection of a replay: commands about numbered keys go out in one write per turn, and `onReply` gets each reply with the tag that its command had.
 * A key's name is its number, with zeros before it up to the length asked for. Failures end the lane and go to `onFailure` once, as PlanErrors.
 */
export class ReplayLane {
  onReply: (tag: number, reply: number, text: string) => void = () => {};
  onFailure: (error: PlanError) => void = () => {};
  private readonly socket: Socket;
  private readonly name: string;
  private readonly pool: Buffer;
  private chunk = Buffer.allocUnsafe(CHUNK_BYTES + COMMAND_ROOM);
  private used = 0;
  private corked = false;
  /** Tags of commands without a reply yet, in order: a ring whose size is a power of two. */
  private tags = new Float64Array(FIRST_RING);
  private first = 0;
  private waiting = 0;
  private closed = false;

  /** Connected and logged in, with the database selected. */
  static async open(address: ServerAddress, database: number, pool = randomBytes()): Promise<ReplayLane> {
    const lane = new ReplayLane(await openSocket(address), nameOf(address), pool);
    const login = credentials(address);
    if (login !== undefined) await lane.once(['AUTH', ...login]);
    if (database !== 0) await lane.once(['SELECT', String(database)]);
    return lane;
  }

  /** Several that share their values' bytes. */
  static openAll(address: ServerAddress, database: number, count: number): Promise<ReplayLane[]> {
    const pool = randomBytes();
    return Promise.all(Array.from({ length: count }, () => ReplayLane.open(address, database, pool)));
  }

  private constructor(socket: Socket, name: string, pool: Buffer) {
    this.socket = socket;
    this.name = name;
    this.pool = pool;
    const scanner = new ReplyScanner((reply, text) => this.reply(reply, text));
    socket.on('data', (bytes: Buffer) => {
      try {
        scanner.add(bytes);
      } catch (error) {
        this.fail(error instanceof Error ? error.message : String(error));
      }
    });
    socket.on('error', (error) => this.fail(error.message));
    socket.on('close', () => this.fail('it closed the connection'));
  }

  /** Bytes that the socket has not taken yet. */
  get backlogBytes(): number {
    return this.socket.writableLength;
  }

  get(tag: number, key: number, keyBytes: number): void {
    this.text('*2\r\n$3\r\nGET\r\n');
    this.key(key, keyBytes);
    this.expect(tag);
  }

  del(tag: number, key: number, keyBytes: number): void {
    this.text('*2\r\n$3\r\nDEL\r\n');
    this.key(key, keyBytes);
    this.expect(tag);
  }

  set(tag: number, key: number, keyBytes: number, valueBytes: number): void {
    this.text('*3\r\n$3\r\nSET\r\n');
    this.key(key, keyBytes);
    this.text(`$${valueBytes}\r\n`);
    this.value(key, valueBytes);
    this.text('\r\n');
    this.expect(tag);
  }

  /** Sends what was asked for since the last time. */
  flush(): void {
    this.push();
    if (!this.corked) return;
    this.corked = false;
    this.socket.uncork();
  }

  close(): void {
    this.closed = true;
    this.socket.destroy();
  }

  private push(): void {
    if (this.used === 0 || this.closed) return;
    this.socket.write(this.chunk.subarray(0, this.used));
    // What was written belongs to the socket until it is out.
    this.chunk = Buffer.allocUnsafe(CHUNK_BYTES + COMMAND_ROOM);
    this.used = 0;
  }

  private text(text: string): void {
    this.used += this.chunk.write(text, this.used, 'latin1');
  }

  private key(number: number, bytes: number): void {
    let digits = 1;
    for (let rest = number; rest >= 36; rest = Math.floor(rest / 36)) digits++;
    const length = Math.max(digits, bytes);
    this.text(`$${length}\r\n`);
    const { chunk } = this;
    let rest = number;
    for (let at = this.used + length - 1; at >= this.used; at--) {
      chunk[at] = DIGITS[rest % 36] ?? 0;
      rest = Math.floor(rest / 36);
    }
    this.used += length;
    this.text('\r\n');
  }

  private value(key: number, bytes: number): void {
    const { pool } = this;
    if (bytes < OWN_WRITE_BYTES) {
      const from = (key * 64) % (POOL_BYTES - OWN_WRITE_BYTES);
      pool.copy(this.chunk, this.used, from, from + bytes);
      this.used += bytes;
      return;
    }
    if (!this.corked) {
      this.corked = true;
      this.socket.cork();
    }
    this.push();
    let left = bytes;
    for (let from = (key * 64) % (POOL_BYTES / 2); left > 0; from = 0) {
      const part = pool.subarray(from, Math.min(POOL_BYTES, from + left));
      this.socket.write(part);
      left -= part.length;
    }
  }

  private expect(tag: number): void {
    const { tags } = this;
    if (this.waiting === tags.length) {
      const more = new Float64Array(tags.length * 2);
      for (let n = 0; n < this.waiting; n++) more[n] = tags[(this.first + n) & (tags.length - 1)] ?? 0;
      this.tags = more;
      this.first = 0;
    }
    this.tags[(this.first + this.waiting++) & (this.tags.length - 1)] = tag;
    if (this.used >= CHUNK_BYTES) this.push();
  }

  private reply(reply: number, text: string): void {
    if (this.waiting === 0) {
      this.fail('it answered what nobody asked');
      return;
    }
    const tag = this.tags[this.first] ?? 0;
    this.first = (this.first + 1) & (this.tags.length - 1);
    this.waiting--;
    this.onReply(tag, reply, text);
  }

  private once(words: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.onFailure = reject;
      this.onReply = (_tag, reply, text) => {
        if (reply === REPLY_ERROR) {
          this.close();
          reject(new PlanError(`${this.name}: ${text}`));
        } else resolve();
      };
      this.text(`*${words.length}\r\n`);
      for (const word of words) {
        const bytes = Buffer.from(word);
        this.text(`$${bytes.length}\r\n`);
        this.used += bytes.copy(this.chunk, this.used);
        this.text('\r\n');
      }
      this.expect(0);
      this.flush();
    });
  }

  private fail(reason: string): void {
    if (this.closed) return;
    this.close();
    this.onFailure(new PlanError(`${this.name}: ${reason}`));
  }
}
