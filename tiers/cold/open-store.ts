import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toColdStoreError } from './errors.ts';
import { NxtStore } from './nxt-adapter.ts';
import { nxtModule } from './nxt-binding.ts';
import { defaultEngineOptions, type EngineOptions } from './options.ts';
import { processorRunsNxt } from './processor.ts';
import { RocksdbStore } from './rocksdb-adapter.ts';
import { type ColdStore, ColdStoreError } from './store.ts';

export type Binding = 'rocksdb' | 'nxt';

export interface OpenOptions extends Partial<EngineOptions> {
  /** Overrides the choice; `rocksdb` is refused where loading it would abort the process. */
  readonly binding?: Binding;
}

/** From this major version of Node on, the shipped binary of `rocksdb` aborts the process while it is loaded. */
const FIRST_NODE_WITHOUT_ROCKSDB = 22;

/** Overrides the choice for a whole process (tests, comparisons). */
const BINDING_VARIABLE = 'STRATAKV_COLD_BINDING';

const packageNames = { rocksdb: 'rocksdb', nxt: '@nxtedition/rocksdb' } as const;
const modules = { rocksdb: 'rocksdb', nxt: nxtModule } as const;

/**
 * The bindings that may be tried on this Node and this machine, best first: `@nxtedition/rocksdb`, whose open database several threads
 * can read, where the processor knows the instructions that its binary was compiled for; `rocksdb` below Node 22. See
 * docs/decisions/0002 and 0005.
 */
export function bindingsFor(
  nodeVersion: string = process.versions.node,
  nxtRuns: boolean = processorRunsNxt(),
): readonly Binding[] {
  const rocksdbLoads = Number.parseInt(nodeVersion, 10) < FIRST_NODE_WITHOUT_ROCKSDB;
  if (!rocksdbLoads) return ['nxt'];
  return nxtRuns ? ['nxt', 'rocksdb'] : ['rocksdb'];
}

/**
 * Opens or creates the cold store in directory `path` with the best binding that can be loaded, which is chosen before anything is loaded.
 * Rejects with {@link ColdStoreError}: package missing, directory locked, not writable, written by a newer RocksDB.
 */
export async function openColdStore(path: string, options: OpenOptions = {}): Promise<ColdStore> {
  const { binding = bindingOfProcess(), ...tuning } = options;
  const engineOptions = { ...defaultEngineOptions, ...tuning };
  const choices = binding === undefined ? bindingsFor() : [binding];
  let failure: unknown;
  for (const choice of choices) {
    if (choice === 'rocksdb') await refuseNewerFormat(path);
    let store: ColdStore;
    try {
      store = await loadStore(choice, path, engineOptions);
    } catch (error) {
      // An optional package, or one without a binary for this platform: the next may do.
      failure ??= error;
      continue;
    }
    await store.open();
    return store;
  }
  throw failure;
}

/** The store of one binding, not yet open. */
export async function loadStore(binding: Binding, path: string, options: EngineOptions): Promise<ColdStore> {
  if (!bindingsFor(process.versions.node, true).includes(binding)) {
    throw new ColdStoreError(
      'io',
      `package rocksdb cannot be loaded on Node ${process.versions.node}: use Node 20 or binding nxt`,
    );
  }
  if (binding === 'nxt' && !processorRunsNxt()) {
    const otherwise = bindingsFor().includes('rocksdb') ? 'binding rocksdb' : 'Node 20';
    throw new ColdStoreError(
      'io',
      `package ${packageNames.nxt} needs a processor with AVX2, BMI2, FMA and MOVBE: use ${otherwise}, or set "storage-provider none"`,
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

function bindingOfProcess(): Binding | undefined {
  const name = process.env[BINDING_VARIABLE];
  if (name === undefined || name === '') return undefined;
  if (name === 'rocksdb' || name === 'nxt') return name;
  throw new ColdStoreError('io', `${BINDING_VARIABLE} is "${name}", not rocksdb or nxt`);
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
    `${path} was written by RocksDB ${version[1]}.${version[2]}, which the RocksDB 6.17 of package rocksdb cannot read: use package ${packageNames.nxt} (optional, chosen by itself where it is installed and the processor has AVX2) or another directory`,
  );
}
