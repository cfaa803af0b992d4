import { randomFillSync } from 'node:crypto';
import { closeSync, constants, fsyncSync, openSync, readSync, rmSync, unlinkSync, write, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Smallest unit that a device reads past the page cache, on all file systems that are met. */
export const BLOCK_BYTES = 4096;
export const CHUNK_BYTES = 2 ** 20;
const WASM_PAGE_BYTES = 65_536;

/**
 * Memory at an address that is a multiple of the page's size, which reads past the page cache demand and no Buffer promises: WebAssembly's memory lies so.
 */
export function alignedBuffer(bytes: number): Buffer {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / WASM_PAGE_BYTES) });
  return Buffer.from(memory.buffer, 0, bytes);
}

/**
 * A file to measure a device with. It has no name any more once it is open, so the kernel takes it back however this process ends.
 */
export class DeviceFile {
  /** Whether reads and writes pass the page cache by. */
  readonly direct: boolean;
  /** Written so far. */
  bytes = 0;
  readonly fd: number;

  /** Throws what the file system says when no file can be made there. */
  constructor(folder: string) {
    const opened = openNameless(folder);
    this.fd = opened.fd;
    this.direct = opened.direct;
  }

  /** Appends a chunk; its bytes come from an aligned buffer. */
  append(chunk: Buffer): Promise<void> {
    const at = this.bytes;
    this.bytes += chunk.length;
    return new Promise((resolve, reject) => {
      write(this.fd, chunk, 0, chunk.length, at, (error, written) => {
        if (error !== null) reject(error);
        else if (written < chunk.length) reject(new Error(`${written} of ${chunk.length} bytes written`));
        else resolve();
      });
    });
  }

  sync(): void {
    fsyncSync(this.fd);
  }

  close(): void {
    closeSync(this.fd);
  }
}

function openNameless(folder: string): { fd: number; direct: boolean } {
  const path = join(folder, `stratakv-probe-${process.pid}-${Date.now()}.tmp`);
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
  const open = (more: number): number => {
    const fd = openSync(path, flags | more, 0o600);
    unlinkSync(path);
    return fd;
  };
  const direct = constants.O_DIRECT;
  if (direct !== undefined) {
    try {
      const fd = open(direct);
      if (worksDirectly(fd)) return { fd, direct: true };
      closeSync(fd);
    } catch (error) {
      // A file system without it refuses at open, when the file is there already.
      if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
      rmSync(path, { force: true });
    }
  }
  return { fd: open(0), direct: false };
}

/** Some file systems refuse at the first access only. */
function worksDirectly(fd: number): boolean {
  try {
    const block = randomFillSync(alignedBuffer(BLOCK_BYTES));
    return (
      writeSync(fd, block, 0, BLOCK_BYTES, 0) === BLOCK_BYTES && readSync(fd, block, 0, BLOCK_BYTES, 0) === BLOCK_BYTES
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EINVAL') return false;
    throw error;
  }
}
