import { executionAsyncResource } from 'node:async_hooks';
import type { NxtCallback } from './nxt-binding.ts';

/**
 * Works around a fault of the binding: when a value cannot be read (a damaged block, say), its `db_get_many` throws into the
 * event loop and never calls back. Node then reports an uncaught exception while the asynchronous resource, which for this
 * binding is the callback itself, is still current: enough to know the read and to reject it. Everything else goes where it
 * would have gone. The hook is one per thread, and held only while a store is open on it or reads are under way.
 */
class ReadGuard {
  readonly #reads = new Map<unknown, (error: unknown) => void>();
  #users = 0;

  retain(): void {
    this.#users += 1;
    if (this.#users === 1) process.setUncaughtExceptionCaptureCallback((error) => this.#caught(error));
  }

  release(): void {
    this.#users -= 1;
    if (this.#users === 0) process.setUncaughtExceptionCaptureCallback(null);
  }

  run<T>(start: (done: NxtCallback<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => this.call(start, resolve, reject));
  }

  /** The same without a promise: three of them were a sixth of what a read costs the thread that asks for it. */
  call<T>(start: (done: NxtCallback<T>) => void, resolve: (result: T) => void, reject: (error: unknown) => void): void {
    const done: NxtCallback<T> = (error, result) => {
      this.#reads.delete(done);
      if (error) reject(error);
      else resolve(result);
    };
    try {
      start(done);
      this.#reads.set(done, reject);
    } catch (error) {
      reject(error);
    }
  }

  #caught(error: unknown): void {
    const current = executionAsyncResource();
    const reject = this.#reads.get(current);
    if (reject !== undefined) {
      this.#reads.delete(current);
      reject(error);
    } else if (error instanceof Error && process.listenerCount('uncaughtException') > 0) {
      for (const listener of process.listeners('uncaughtException')) listener(error, 'uncaughtException');
    } else throw error;
  }
}

/** This thread's. */
export const readGuard = new ReadGuard();
