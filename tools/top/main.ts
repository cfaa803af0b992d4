#!/usr/bin/env node
import { glyphsFor } from './glyphs.ts';
import { print } from './once.ts';
import { helpText, parseOptions, type TopOptions, UsageError } from './options.ts';
import { Screen, withoutControls } from './screen.ts';
import { Source } from './source.ts';
import { textOf, Watch } from './watch.ts';

const HOT_KEYS = 32;

async function main(): Promise<void> {
  // The command line may hold a password: `ps` shows this instead.
  process.title = 'stratakv-top';
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options === 'help') {
    process.stdout.write(helpText);
    return;
  }
  const target = options.socket ?? `${options.host.includes(':') ? `[${options.host}]` : options.host}:${options.port}`;
  if (options.once || options.json) {
    await printed(options, target);
    return;
  }
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) {
    throw new UsageError('this is no terminal: --once prints a frame as text, --json figures as JSON');
  }
  const screen = new Screen(stdout, (process.env.NO_COLOR ?? '') === '');
  const glyphs = glyphsFor(process.env);
  const source = new Source(options, HOT_KEYS);
  const watch = new Watch({ source, screen, input: stdin, glyphs, target, intervalMs: options.intervalMs });
  // Whatever ends the process, the terminal is as it was; raw mode Node gives back itself.
  process.on('exit', () => screen.leave());
  process.on('uncaughtException', (error) => {
    // On the other screen nobody would read it.
    screen.leave();
    process.stderr.write(`stratakv-top: ${error.stack ?? error}\n`);
    process.exit(1);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => watch.quit());
  process.on('SIGCONT', () => {
    stdin.setRawMode(true);
    screen.enter();
    watch.redraw();
  });
  stdout.on('resize', () => watch.redraw());
  // A terminal that goes away ends the program like a hangup.
  stdout.on('error', () => process.exit(1));
  screen.enter();
  try {
    await watch.run();
  } finally {
    screen.leave();
  }
}

async function printed(options: TopOptions, target: string): Promise<void> {
  // Whoever reads may stop reading: `stratakv-top --json | head -1`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const source = new Source(options, HOT_KEYS);
  try {
    await print(options, target, source);
  } catch (error) {
    throw new UsageError(`${target}: ${textOf(error)}`);
  } finally {
    source.close();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(`stratakv-top: ${withoutControls(text)}\n`, () => process.exit(1));
  },
);
