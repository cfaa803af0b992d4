import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { checkFooter } from '../../../protocol/rdb/dump.ts';
import { BadRdb } from '../../../protocol/rdb/errors.ts';
import type { Config } from '../../config/config.ts';
import type { FunctionStore } from './function-store.ts';

/** In the folder of the cold tier: what FUNCTION DUMP answers. Redis keeps functions in its RDB file. */
const FILE = 'functions.rdb';

/** Where functions are saved; undefined without a cold tier. */
export function functionFolder({ values }: Config): string | undefined {
  const provider = values['storage-provider'];
  return provider.kind === 'none' ? undefined : resolve(provider.path);
}

/** What was saved in a folder; undefined when nothing was. Throws an Error with a line for the operator when it cannot be used. */
export function readFunctionFile(folder: string): Buffer | undefined {
  const path = join(folder, FILE);
  let payload: Buffer;
  try {
    payload = readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Error(`Cannot read the saved functions: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    checkFooter(payload);
  } catch (error) {
    if (!(error instanceof BadRdb)) throw error;
    throw new Error(`The saved functions in ${path} are damaged (${error.message}). Remove the file to start without.`);
  }
  return payload;
}

/** Saves functions in a folder, for one thread: whichever thread comes last, the newest version stays. */
export class FunctionFile {
  private readonly path: string;
  private readonly draft: string;
  private readonly store: FunctionStore;

  constructor(folder: string, thread: number, store: FunctionStore) {
    this.path = join(folder, FILE);
    this.draft = `${this.path}.${thread}`;
    this.store = store;
  }

  /** Resolves when this version, or a newer one, is on disk. */
  async save(payload: Buffer, version: number): Promise<void> {
    mkdirSync(dirname(this.path), { recursive: true });
    const file = await open(this.draft, 'w');
    try {
      await file.writeFile(payload);
      await file.sync();
    } finally {
      await file.close();
    }
    this.store.locked(() => {
      if (this.store.saves(version)) renameSync(this.draft, this.path);
      else rmSync(this.draft);
    });
  }
}
