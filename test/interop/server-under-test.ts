import { type LaunchedServer, launch } from '../support/launch.ts';

/**
 * The server that the interop tests talk to: this one with a small hot tier above a cold one. `INTEROP_SERVER=redis` takes
 * redis-server, to see what a tool prints when all is well.
 */
export function launchUnderTest(): Promise<LaunchedServer> {
  if (process.env.INTEROP_SERVER === 'redis') return launch('redis');
  return launch('stratakv', { 'storage-provider': ['flash', './flash'], maxmemory: '64mb' });
}
