import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toColdStoreError } from './errors.ts';
import { NxtStore } from './nxt-adapter.ts';
import { defaultEngineOptions, type EngineOptions } from './options.ts';
import { RocksdbStore } from './rocksdb-adapter.ts';
import { type ColdStore, ColdStoreError } from './store.ts';

export type Binding = 'rocksdb' | 'nxt';

export interface OpenOptions extends Partial<EngineOptions> {
  /** Overrides the choice by Node version; `rocksdb` is refused where loading it would abort the process. */
  readonly binding?: Binding;
}

/** From this major version of Node on, the shipped binary of `rocksdb` aborts the process while it is loaded. */
const FIRST_NODE_WITHOUT_ROCKSDB = 22;

const packageNames = { rocksdb: 'rocksdb', nxt: '@nxtedition/rocksdb' } as const;
const modules = { rocksdb: 'rocksdb', nxt: '@nxtedition/rocksdb/binding.js' } as const;

/** The binding for this Node: `rocksdb` below Node 22, `@nxtedition/rocksdb` from there on. See docs/decisions/0002. */
export function bindingFor(nodeVersion: string = process.versions.node): Binding {
  return Number.parseInt(nodeVersion, 10) < FIRST_NODE_WITHOUT_ROCKSDB ? 'rocksdb' : 'nxt';
}

/**
 * Opens or creates the cold store in directory `path` with the binding that works on this Node, which is chosen before anything
 * is loaded. Rejects with {@link ColdStoreError}: package missing, directory locked, not writable, written by a newer RocksDB.
 */
export async function openColdStore(path: string, options: OpenOptions = {}): Promise<ColdStore> {
  const { binding = bindingFor(), ...tuning } = options;
  if (binding === 'rocksdb') await refuseNewerFormat(path);
  const store = await loadStore(binding, path, { ...defaultEngineOptions, ...tuning });
  await store.open();
  return store;
}

/** The store of one binding, not yet open. */
export async function loadStore(binding: Binding, path: string, options: EngineOptions): Promise<ColdStore> {
  if (binding === 'rocksdb' && bindingFor() !== 'rocksdb') {
    throw new ColdStoreError(
      'io',
      `package rocksdb cannot be loaded on Node ${process.versions.node}: use Node 20 or binding nxt`,
    );
  }
  const name = packageNames[binding];
  const specifier: string = modules[binding];
  let loaded: unknown;
  try {
    loaded = await import(specifier);
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new ColdStoreError(
      'io',
      `the cold tier needs package ${name} on Node ${process.versions.node}: run "npm install ${name}" or set "storage-provider none" (${why})`,
      error,
    );
  }
  return binding === 'rocksdb' ? RocksdbStore.from(loaded, path, options) : NxtStore.from(loaded, path, options);
}

/**
 * RocksDB 6.17 opens a directory that 9.7 wrote and fails only when it reads a table, or worse, later. Every RocksDB notes its
 * version in its OPTIONS files, so the refusal can come first.
 */
async function refuseNewerFormat(path: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(path);
  } catch {
    return; // a new directory, or one whose trouble open() will name
  }
  const number = (name: string) => Number(name.slice('OPTIONS-'.length));
  const optionFiles = names.filter((name) => /^OPTIONS-\d+$/.test(name));
  const newest = optionFiles.sort((one, other) => number(one) - number(other)).at(-1);
  if (newest === undefined) return;
  let text: string;
  try {
    text = await readFile(join(path, newest), 'latin1');
  } catch (error) {
    throw toColdStoreError(error, path);
  }
  const version = /^\s*rocksdb_version=(\d+)\.([\d.]+)/m.exec(text);
  if (version === null || Number(version[1]) <= 6) return;
  throw new ColdStoreError(
    'io',
    `${path} was written by RocksDB ${version[1]}.${version[2]}, which the RocksDB 6.17 used on Node ${process.versions.node} cannot read: start with Node 22 or later, or use an empty directory`,
  );
}
