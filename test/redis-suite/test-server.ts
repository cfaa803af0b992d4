import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server, type Socket } from 'node:net';
import { numberRepeats, type TestResult, type UnitResult } from './ratchet.ts';
import { formatTclList, parseTclList } from './tcl-list.ts';

export interface UnitRun {
  /** Folder that contains the suite's `tests/`. */
  readonly suite: string;
  readonly unit: string;
  /** Flags for the suite's test_helper.tcl. */
  readonly flags: readonly string[];
  readonly timeoutMs: number;
}

const CR = 13;
const LF = 10;

/** Tcl's sockets write LF as CRLF and count it as one character; this undoes it, across packet borders. */
class LineEndings {
  #afterCr = false;

  toLf(chunk: Buffer): Buffer {
    const out = Buffer.allocUnsafe(chunk.length);
    let length = 0;
    for (const byte of chunk) {
      const second = byte === LF && this.#afterCr;
      this.#afterCr = byte === CR;
      if (!second) out[length++] = byte === CR ? LF : byte;
    }
    return out.subarray(0, length);
  }
}

/**
 * Runs one unit by playing the suite's own test server: the suite's client connects to us and reports each test in a packet,
 * `<length>\n` and a Tcl list of status, data and milliseconds. That gives results by test without touching the suite's files.
 */
export function runUnit(run: UnitRun): Promise<UnitResult> {
  return new Promise((resolve) => new UnitSession(run, resolve));
}

class UnitSession {
  readonly #run: UnitRun;
  readonly #resolve: (result: UnitResult) => void;
  readonly #startedAt = Date.now();
  readonly #tests: TestResult[] = [];
  readonly #listener: Server;
  readonly #timer: NodeJS.Timeout;
  readonly #lines = new LineEndings();
  /** Code that the suite wants run alone, after the unit; sent back as it came. */
  readonly #solo: string[] = [];
  #client: ChildProcess | undefined;
  #socket: Socket | undefined;
  #received: Buffer = Buffer.alloc(0);
  #current = '(before the first test)';
  #printed = '';
  #ended = false;

  constructor(run: UnitRun, resolve: (result: UnitResult) => void) {
    this.#run = run;
    this.#resolve = resolve;
    this.#listener = createServer((socket) => this.#accept(socket));
    this.#listener.listen(0, '127.0.0.1', () => this.#startClient());
    this.#timer = setTimeout(() => this.#abort(`no end within ${run.timeoutMs} ms`), run.timeoutMs);
  }

  #startClient(): void {
    const address = this.#listener.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const args = ['tests/test_helper.tcl', ...this.#run.flags, '--client', String(port)];
    const client = spawn('tclsh', args, { cwd: this.#run.suite, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk: Buffer): void => {
      this.#printed = (this.#printed + chunk.toString('latin1')).slice(-4000);
    };
    client.stdout.on('data', keep);
    client.stderr.on('data', keep);
    client.once('error', (error) => this.#abort(error.message));
    client.once('close', (code) => this.#abort(`tclsh exited with ${code}: ${this.#printed.trim()}`));
    this.#client = client;
  }

  #accept(socket: Socket): void {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, this.#lines.toLf(chunk)]);
      this.#readPackets();
    });
  }

  #readPackets(): void {
    while (!this.#ended) {
      const lineEnd = this.#received.indexOf(LF);
      if (lineEnd < 0) return;
      const length = Number.parseInt(this.#received.toString('latin1', 0, lineEnd), 10);
      if (!(length >= 0)) {
        this.#abort('a packet without a length');
        return;
      }
      const end = lineEnd + 1 + length;
      if (this.#received.length < end) return;
      const packet = this.#received.toString('latin1', lineEnd + 1, end);
      this.#received = this.#received.subarray(end);
      this.#handle(packet);
    }
  }

  #handle(packet: string): void {
    const [status, data = ''] = parseTclList(packet);
    switch (status) {
      case 'ready':
        this.#send(formatTclList(['run', this.#run.unit]));
        break;
      case 'testing':
        this.#current = data;
        break;
      case 'ok':
      case 'skip':
      case 'ignore':
        this.#tests.push({ name: data, outcome: status, message: '' });
        break;
      case 'err':
        this.#addFailure(data);
        break;
      case 'exception':
        this.#abort(data);
        break;
      case 'run_solo':
        this.#solo.push(`run_code${packet.slice('run_solo'.length)}`);
        break;
      case 'done': {
        const next = this.#solo.shift();
        if (next === undefined) this.#end('done');
        else this.#send(next);
        break;
      }
    }
  }

  /** First line: `<name> in tests/<file>`; then what was expected and Tcl's stack. */
  #addFailure(data: string): void {
    const [first = '', ...rest] = data.split('\n');
    const name = first.replace(/ in tests\/\S+$/, '');
    this.#tests.push({ name, outcome: 'err', message: rest.join('\n').slice(0, 1500) });
  }

  #send(packet: string): void {
    this.#socket?.write(Buffer.from(`${Buffer.byteLength(packet, 'latin1')}\n${packet}`, 'latin1'));
  }

  #abort(reason: string): void {
    if (this.#ended) return;
    this.#tests.push({ name: this.#current, outcome: 'exception', message: reason.slice(0, 3000) });
    this.#end(reason);
  }

  #end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#listener.close();
    this.#socket?.destroy();
    const { unit } = this.#run;
    const result = { unit, tests: numberRepeats(this.#tests), end: reason, elapsedMs: Date.now() - this.#startedAt };
    const client = this.#client;
    if (!client || client.exitCode !== null || client.signalCode !== null) {
      this.#resolve(result);
      return;
    }
    client.once('close', () => this.#resolve(result));
    client.kill('SIGKILL');
  }
}
