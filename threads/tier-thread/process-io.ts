import { readFileSync } from 'node:fs';

/** Bytes that the process made the kernel read from and write to devices since it was started. */
export interface DeviceBytes {
  readonly read: number;
  readonly written: number;
}

/**
 * The kernel's count (`/proc/self/io`, proc(5)): pages, counted when they become dirty; what the page cache answers is not read. The log of the
 * server is in it, too, but next to the cold tier that is nothing. Undefined where there is no such file: not on Linux.
 */
export function readDeviceBytes(): DeviceBytes | undefined {
  if (process.platform !== 'linux') return undefined;
  let text: string;
  try {
    text = readFileSync('/proc/self/io', 'latin1');
  } catch {
    // A kernel without task I/O accounting, or a container that hides it.
    return undefined;
  }
  const bytes = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return { read: bytes('read_bytes'), written: bytes('write_bytes') };
}
