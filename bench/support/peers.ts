import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { distFolder } from './paths.ts';
import type { ServerPlan } from './server-process.ts';

export type PeerName = 'redis-server' | 'valkey-server' | 'keydb-server' | 'kvrocks';
export const peerNames: readonly PeerName[] = ['redis-server', 'valkey-server', 'keydb-server', 'kvrocks'];

export interface Peer {
  name: PeerName;
  path: string;
  version: string;
}

/** The first executable of that name in PEERS_DIR (or its bin/), then on PATH. */
export function findExecutable(name: string): string | undefined {
  const own = process.env.PEERS_DIR;
  const folders = [...(own ? [own, join(own, 'bin')] : []), ...(process.env.PATH ?? '').split(delimiter)];
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here; look in the next folder.
    }
  }
  return undefined;
}

export function findPeers(): Peer[] {
  return peerNames.flatMap((name) => {
    const path = findExecutable(name);
    if (path === undefined) return [];
    const { stdout, stderr } = spawnSync(path, ['--version'], { encoding: 'utf8' });
    const version = /v=(\S+)|version[: ]+(\S+)|(\d+\.\d+\.\d+)/i.exec(`${stdout}${stderr}`);
    return [{ name, path, version: version?.[1] ?? version?.[2] ?? version?.[3] ?? 'unknown' }];
  });
}

const IN_RAM = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--protected-mode', 'no'];

function kvrocksArgs(port: number, folder: string): string[] {
  return ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--workers', '2'];
}

/** A peer with everything in RAM (Kvrocks always has it on disk). */
export function peerPlan(peer: Peer, threads = 1): ServerPlan {
  const threaded = peer.name === 'keydb-server' ? ['--server-threads', String(threads)] : [];
  return {
    name: peer.name === 'keydb-server' ? `${peer.name} ${threads} threads` : peer.name,
    command: peer.path,
    args: (port, folder) =>
      peer.name === 'kvrocks'
        ? kvrocksArgs(port, folder)
        : ['--port', String(port), '--dir', folder, ...IN_RAM, ...threaded],
  };
}

/** A peer that keeps cold data on disk, or undefined where it cannot. */
export function tieredPeerPlan(peer: Peer, maxmemory: string): ServerPlan | undefined {
  if (peer.name === 'kvrocks') return { name: 'kvrocks', command: peer.path, args: kvrocksArgs };
  if (peer.name !== 'keydb-server') return undefined;
  return {
    name: 'keydb-server FLASH',
    command: peer.path,
    args: (port, folder) => [
      ...['--port', String(port), '--dir', folder, ...IN_RAM, '--server-threads', '2'],
      ...[
        '--storage-provider',
        'flash',
        join(folder, 'flash'),
        '--maxmemory',
        maxmemory,
        '--maxmemory-policy',
        'allkeys-lru',
      ],
    ],
  };
}

export interface OwnOptions {
  threads: number;
  /** Keep cold data in RocksDB; RAM only when absent. */
  tiered?: boolean;
  maxmemory?: string;
  /** A folder of cold data that is there already; else one in the run's own folder. */
  coldPath?: string;
}

/** This server, from the build that the benchmark itself runs from (STRATA_MAIN names another build's main.js). */
export function ownPlan({ threads, tiered = false, maxmemory, coldPath }: OwnOptions): ServerPlan {
  return {
    name: tiered
      ? `stratakv tiered, ${threads} threads`
      : `stratakv, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    command: process.execPath,
    args: (port, folder) => [
      process.env.STRATA_MAIN ?? join(distFolder(), 'threads/main.js'),
      ...['--port', String(port), '--dir', folder, '--server-threads', String(threads)],
      ...['--bind', '127.0.0.1', '--protected-mode', 'no'],
      ...['--storage-provider', tiered ? `flash ${coldPath ?? join(folder, 'flash')}` : 'none'],
      ...(maxmemory === undefined ? [] : ['--maxmemory', maxmemory]),
    ],
  };
}
