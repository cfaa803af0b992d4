import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { defaultLoad, type LoadOptions, type LoadResult } from './load-options.ts';
import { distFolder } from './paths.ts';

export type LoadReply = { result: LoadResult } | { failure: string };

/**
 * The load generator in a process of its own. It keeps what it wrote to one server over all its runs, so use one per server.
 */
export class LoadProcess {
  private readonly child: ChildProcess;

  constructor() {
    this.child = fork(join(distFolder(), 'bench/load-worker.entry.js'), [], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  /** Runs one load. Rejects with the server's or the connection's failure. */
  run(options: Partial<LoadOptions> & { port: number }): Promise<LoadResult> {
    const { child } = this;
    return new Promise((resolve, reject) => {
      const settle = () => {
        child.off('message', onMessage);
        child.off('exit', onExit);
      };
      const onMessage = (reply: LoadReply) => {
        settle();
        if ('result' in reply) resolve(reply.result);
        else reject(new Error(reply.failure));
      };
      const onExit = (code: number | null) => {
        settle();
        reject(new Error(`the load generator exited with ${code}`));
      };
      child.on('message', onMessage);
      child.on('exit', onExit);
      child.send({ ...defaultLoad, ...options });
    });
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.disconnect();
    await gone;
  }
}
