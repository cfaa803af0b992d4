import { connect, type Socket } from 'node:net';
import { Histogram } from './histogram.ts';
import { createKeyPicker, FastRandom, type KeyPicker } from './key-picker.ts';
import { type LoadOptions, type LoadResult, WrittenVersions } from './load-options.ts';
import { rawWriter } from './raw-writer.ts';
import { ReplyReader, type ReplySink } from './reply-reader.ts';
import { KEY_BYTES, ValueMaker, writeKeyDigits } from './values.ts';

const READ_BUFFER_BYTES = 256 << 10;
/** After so many keys in a row whose SET is still in flight, the operation becomes a GET. */
const MAX_PICKS = 8;
/** Marks a slot whose operation is a SET in the `floors` of a connection. */
const IS_SET = -1;

/** Runs one load to its end. Rejects when a connection fails or the server closes it. */
export async function runLoad(options: LoadOptions, versions = new WrittenVersions(options.keys)): Promise<LoadResult> {
  const run = new LoadRun(options, versions);
  return run.execute();
}

class LoadRun {
  readonly options: LoadOptions;
  readonly versions: WrittenVersions;
  readonly values: ValueMaker;
  readonly picker: KeyPicker;
  readonly random: FastRandom;
  readonly readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  readonly latency = new Histogram();
  readonly writeBelow: number;
  private readonly connections: LoadConnection[] = [];
  private issued = 0;
  private deadline = Number.POSITIVE_INFINITY;
  private running = 0;
  private finished: () => void = () => {};
  private failed: (error: Error) => void = () => {};
  gets = 0;
  sets = 0;
  hits = 0;
  misses = 0;
  lost = 0;
  verified = 0;
  wrong = 0;
  errors = 0;
  firstError = '';

  constructor(options: LoadOptions, versions: WrittenVersions) {
    this.options = options;
    this.versions = versions;
    this.values = new ValueMaker(options.valueBytes);
    this.picker = createKeyPicker(options.distribution, options.keys, options.theta, options.seed);
    this.random = new FastRandom(options.seed ^ 0x2545f491);
    this.writeBelow = (1 - options.readShare) * 2 ** 32;
  }

  async execute(): Promise<LoadResult> {
    const { clients, durationMs } = this.options;
    for (let i = 0; i < clients; i++) this.connections.push(await LoadConnection.open(this));
    const done = new Promise<void>((resolve, reject) => {
      this.finished = resolve;
      this.failed = reject;
    });
    const cpuBefore = process.cpuUsage();
    const startedAt = performance.now();
    if (durationMs > 0) this.deadline = startedAt + durationMs;
    this.running = clients;
    for (const connection of this.connections) connection.sendNext(startedAt);
    await done;
    const seconds = (performance.now() - startedAt) / 1000;
    const cpu = process.cpuUsage(cpuBefore);
    for (const connection of this.connections) connection.close();
    const operations = this.gets + this.sets;
    return {
      operations,
      gets: this.gets,
      sets: this.sets,
      hits: this.hits,
      misses: this.misses,
      lost: this.lost,
      verified: this.verified,
      wrong: this.wrong,
      errors: this.errors,
      firstError: this.firstError,
      seconds,
      opsPerSecond: operations / seconds,
      latency: this.latency.summary(),
      generatorCpuUsPerOp: (cpu.user + cpu.system) / Math.max(1, operations),
    };
  }

  /** How many operations a connection may send next; 0 ends it. */
  allowance(now: number): number {
    const { pipeline, operations } = this.options;
    if (now >= this.deadline) return 0;
    const left = operations === 0 ? pipeline : Math.min(pipeline, operations - this.issued);
    this.issued += left;
    return left;
  }

  connectionDone(): void {
    if (--this.running === 0) this.finished();
  }

  fail(error: Error): void {
    for (const connection of this.connections) connection.close();
    this.failed(error);
  }
}

/** One connection with its request bytes, which are patched in place: nothing is allocated per operation. */
class LoadConnection implements ReplySink {
  private readonly run: LoadRun;
  private readonly reader: ReplyReader;
  private readonly getTemplate = Buffer.from(`*2\r\n$3\r\nGET\r\n$${KEY_BYTES}\r\nkey:000000000000\r\n`);
  private readonly setHead: Buffer;
  private readonly setBytes: number;
  /** Requests of the batch in flight, back to back. */
  private readonly batch: Buffer;
  private readonly oneGet: Uint8Array;
  private readonly oneSet: Uint8Array;
  private readonly keys: Int32Array;
  /** Per operation: the version acknowledged when a GET was sent, or IS_SET. */
  private readonly floors: Float64Array;
  private readonly setVersions: Uint32Array;
  private write: (bytes: Uint8Array) => void = () => {};
  private socket: Socket | undefined;
  private sentAt = 0;
  private outstanding = 0;
  private answered = 0;
  private sinceVerified = 0;
  private closed = false;

  private constructor(run: LoadRun) {
    const { pipeline, valueBytes } = run.options;
    this.run = run;
    this.reader = new ReplyReader(this);
    this.setHead = Buffer.from(`*3\r\n$3\r\nSET\r\n$${KEY_BYTES}\r\nkey:000000000000\r\n$${valueBytes}\r\n`);
    this.setBytes = this.setHead.length + valueBytes + 2;
    this.batch = Buffer.allocUnsafeSlow(pipeline * Math.max(this.setBytes, this.getTemplate.length));
    this.oneGet = this.batch.subarray(0, this.getTemplate.length);
    this.oneSet = this.batch.subarray(0, this.setBytes);
    this.keys = new Int32Array(pipeline);
    this.floors = new Float64Array(pipeline);
    this.setVersions = new Uint32Array(pipeline);
  }

  static open(run: LoadRun): Promise<LoadConnection> {
    const connection = new LoadConnection(run);
    return new Promise((resolve, reject) => {
      const socket = connect({
        host: run.options.host,
        port: run.options.port,
        noDelay: true,
        onread: {
          // One buffer for all connections: it is emptied before the next one reads, and stays in the CPU's cache.
          buffer: run.readBuffer,
          callback: (length, bytes) => connection.receive(length, bytes),
        },
      });
      connection.socket = socket;
      socket.once('connect', () => {
        connection.write = rawWriter(socket);
        resolve(connection);
      });
      socket.on('error', (error) => {
        reject(error);
        if (!connection.closed) run.fail(error);
      });
      socket.on('close', () => {
        if (!connection.closed) run.fail(new Error('the server closed a connection of the load generator'));
      });
    });
  }

  close(): void {
    this.closed = true;
    this.socket?.destroy();
  }

  sendNext(now: number): void {
    const count = this.run.allowance(now);
    if (count === 0) {
      this.run.connectionDone();
      return;
    }
    let at = 0;
    for (let i = 0; i < count; i++) at = this.append(i, at);
    this.outstanding = count;
    this.answered = 0;
    this.sentAt = now;
    if (at === this.oneGet.length) this.write(this.oneGet);
    else if (at === this.oneSet.length) this.write(this.oneSet);
    else this.write(this.batch.subarray(0, at));
  }

  /** Writes operation `i` of the batch at offset `at`; returns the offset behind it. */
  private append(i: number, at: number): number {
    const { versions, picker, random, writeBelow, values } = this.run;
    let key = picker.next();
    let isSet = writeBelow > 0 && random.nextUint32() <= writeBelow;
    if (isSet) {
      for (let picks = 1; versions.inFlight[key] === 1 && picks < MAX_PICKS; picks++) key = picker.next();
      isSet = versions.inFlight[key] === 0;
    }
    this.keys[i] = key;
    if (!isSet) {
      this.floors[i] = versions.acknowledged[key] ?? 0;
      this.batch.set(this.getTemplate, at);
      writeKeyDigits(this.batch, at + this.getTemplate.length - KEY_BYTES - 2, key);
      return at + this.getTemplate.length;
    }
    const version = versions.nextVersion();
    versions.inFlight[key] = 1;
    this.floors[i] = IS_SET;
    this.setVersions[i] = version;
    this.batch.set(this.setHead, at);
    writeKeyDigits(this.batch, at + SET_KEY_OFFSET, key);
    const valueAt = at + this.setHead.length;
    values.write(this.batch, valueAt, key, version);
    const end = valueAt + values.valueBytes;
    this.batch[end] = 13;
    this.batch[end + 1] = 10;
    return end + 2;
  }

  private receive(length: number, bytes: Uint8Array): boolean {
    const now = performance.now();
    const before = this.answered;
    this.reader.feed(bytes as Buffer, length);
    const answered = this.answered - before;
    if (answered > 0) this.run.latency.record(Math.round((now - this.sentAt) * 1000), answered);
    if (this.outstanding === 0 && answered > 0) this.sendNext(now);
    return true;
  }

  onBulk(bytes: Buffer, start: number, length: number): void {
    const run = this.run;
    const i = this.next();
    run.hits++;
    const { verifyEvery } = run.options;
    if (verifyEvery === 0 || ++this.sinceVerified < verifyEvery) return;
    this.sinceVerified = 0;
    const floor = this.floors[i] ?? 0;
    if (floor === 0) return;
    run.verified++;
    const version = length === run.values.valueBytes ? run.values.check(bytes, start, this.keys[i] ?? 0) : -1;
    if (version < floor && (length >= 8 || version < 0)) run.wrong++;
  }

  onNil(): void {
    const i = this.next();
    this.run.misses++;
    if ((this.floors[i] ?? 0) > 0) this.run.lost++;
  }

  onStatus(): void {
    this.next(true);
  }

  onError(text: string): void {
    this.next();
    this.run.errors++;
    if (this.run.firstError === '') this.run.firstError = text;
  }

  /** The operation that the arriving reply belongs to. */
  private next(acknowledged = false): number {
    const run = this.run;
    const i = this.answered++;
    this.outstanding--;
    if (this.floors[i] === IS_SET) {
      const key = this.keys[i] ?? 0;
      if (acknowledged) run.versions.acknowledged[key] = this.setVersions[i] ?? 0;
      run.versions.inFlight[key] = 0;
      run.sets++;
    } else run.gets++;
    return i;
  }
}

const SET_KEY_OFFSET = Buffer.byteLength(`*3\r\n$3\r\nSET\r\n$${KEY_BYTES}\r\n`);
