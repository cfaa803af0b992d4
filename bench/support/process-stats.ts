import { readdirSync, readFileSync } from 'node:fs';

/** Linux reports CPU times in ticks of 1/100 s to user space, on every architecture. */
const TICK_US = 10_000;

/** CPU time, user and system, of all threads of a process that ever ran, in microseconds (10 ms resolution). */
export function cpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The second field is the command in parentheses and may hold spaces; utime and stime are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/**
 * The same from the scheduler's own count, in nanoseconds, for stretches too short to count in ticks; only of threads that still
 * live. Where the kernel keeps no such count, ticks have to do.
 */
export function threadCpuUs(pid: number): number {
  try {
    let ns = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
    }
    return ns / 1000;
  } catch {
    return cpuUs(pid);
  }
}

/** Bytes that a process has had read from a device so far; what the page cache gave is not among them. */
export function ioBytesRead(pid: number): number {
  return Number(/^read_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'latin1'))?.[1] ?? Number.NaN);
}

/** Resident memory now and at its peak, in bytes. */
export function residentBytes(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { now: field('VmRSS'), peak: field('VmHWM') };
}

/** Samples a process's resident memory at an interval until stopped. */
export class ResidentSampler {
  readonly samples: number[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(pid: number, everyMs: number) {
    const take = () => {
      try {
        this.samples.push(residentBytes(pid).now);
      } catch {
        // The process has gone; whoever measures it will notice.
      }
    };
    take();
    this.timer = setInterval(take, everyMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
