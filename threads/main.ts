#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { AclFileText } from '../engine/acl/start.ts';
import { compatibleRedisVersion, stratakvVersion } from '../engine/commands/version.ts';
import type { Config } from '../engine/config/config.ts';
import { type CommandLine, helpText, parseCommandLine } from '../protocol/conf/command-line.ts';
import { ConfError } from '../protocol/conf/conf-file.ts';
import { isPortTaken } from './front-end/listener.ts';
import { ServerLog } from './log.ts';
import { createShared } from './shared.ts';
import { handleSignals } from './signals.ts';
import { readStartConfig } from './start-config.ts';
import { Supervisor } from './supervisor.ts';
import type { WorkerScripts } from './workers.ts';

/** Relative to this file, which the bundler leaves where it is; see scripts/build.mjs. */
const scripts: WorkerScripts = {
  frontEnd: new URL('./front-end/front-end.entry.js', import.meta.url),
  tierThread: new URL('./tier-thread/tier-thread.entry.js', import.meta.url),
};

async function main(): Promise<void> {
  const commandLine = parseCommandLine(process.argv.slice(2));
  if (commandLine.kind === 'version') {
    console.log(`StrataKV server v=${stratakvVersion} redis=${compatibleRedisVersion} node=${process.version}`);
  } else if (commandLine.kind === 'help') {
    console.log(helpText('stratakv-server'));
  } else {
    await serve(commandLine);
  }
}

async function serve(commandLine: CommandLine & { kind: 'serve' }): Promise<void> {
  const { config, warnings } = readStartConfig(commandLine.configFile, commandLine.fromStdin, commandLine.options);
  const { values } = config;
  if (values.daemonize) {
    throw new Error('daemonize is not supported: use a service manager, or run the server in the background (&).');
  }
  mkdirSync(values.dir, { recursive: true });
  process.chdir(values.dir);
  const log = new ServerLog(config);
  log.write('notice', `StrataKV ${stratakvVersion} is starting, compatible with Redis ${compatibleRedisVersion}`);
  log.write('notice', `Node ${process.version}, pid=${process.pid}, ${values['server-threads']} front-end thread(s)`);
  if (config.file === undefined) log.write('warning', 'No config file specified, using the default config.');
  for (const warning of warnings) log.write('warning', warning);

  let serving = false;
  const exit = (code: number) => {
    // Before the start is through, these may be another server's.
    if (serving && values.pidfile !== '') rmSync(values.pidfile, { force: true });
    if (serving && values.unixsocket !== '') rmSync(values.unixsocket, { force: true });
    log.flush();
    process.exit(code);
  };
  process.on('uncaughtException', (error) => {
    log.write('warning', `Fatal: the main thread died: ${error.stack ?? error}`);
    exit(1);
  });
  let supervisor: Supervisor | undefined;
  handleSignals({
    server: () => supervisor,
    warn: (text) => log.write('warning', text),
    words: (signal) => values[signal === 'SIGTERM' ? 'shutdown-on-sigterm' : 'shutdown-on-sigint'],
    exit,
  });
  try {
    const taken = (await isPortTaken(values.bind, values.port)) ?? (await isPortTaken(values.bind, values['tls-port']));
    if (taken !== undefined) throw new Error(taken);
    supervisor = startThreads(config, await usersOf(config, log), log, exit);
    await supervisor.openMetrics();
    await supervisor.openDashboard();
    await supervisor.start();
  } catch (error) {
    log.write('warning', `Fatal: ${error instanceof Error ? error.message : String(error)}`);
    exit(1);
  }
  serving = true;
  writePidFile(config, log);
  log.write('notice', 'Server initialized');
  if (values.port !== 0) log.write('notice', `Ready to accept connections on port ${values.port}`);
  if (values['tls-port'] !== 0) log.write('notice', `Ready to accept TLS connections on port ${values['tls-port']}`);
  if (values['prometheus-port'] !== 0)
    log.write('notice', `Metrics for Prometheus on port ${values['prometheus-port']}`);
  if (values['dashboard-port'] !== 0) log.write('notice', `Dashboard on port ${values['dashboard-port']}`);
  if (values.unixsocket !== '') log.write('notice', `Ready to accept connections at ${values.unixsocket}`);
}

async function usersOf(config: Config, log: ServerLog): Promise<AclFileText> {
  if (config.values.aclfile === '' && config.extraLines.length === 0) return undefined;
  const { checkUsers } = await import('./start-users.ts');
  return checkUsers(config, log);
}

function startThreads(config: Config, aclFile: AclFileText, log: ServerLog, exit: (code: number) => void): Supervisor {
  const start = {
    scripts,
    shared: createShared(config),
    config: config.snapshot(),
    aclFile,
    threads: config.values['server-threads'],
    runId: randomBytes(20).toString('hex'),
    startedAtMs: Date.now(),
  };
  return new Supervisor({ config, log, exit }, start);
}

function writePidFile(config: Config, log: ServerLog): void {
  const path = config.values.pidfile;
  if (path === '') return;
  try {
    writeFileSync(path, `${process.pid}\n`);
  } catch (error) {
    log.write('warning', `Failed to write PID file: ${String(error)}`);
  }
}

main().catch((error: unknown) => {
  if (error instanceof ConfError) process.stderr.write(error.report(compatibleRedisVersion));
  else process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
