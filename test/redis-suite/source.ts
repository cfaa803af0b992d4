import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../support/programs.ts';
import { adaptations } from './adaptations.ts';

const VERSION = '7.0.15';
/** The Debian release whose redis is 7.0.15, whatever release this machine runs. */
const RELEASE = 'bookworm';
const READY_MARK = 'stratakv-ready.json';
const DEFAULT_MIRROR = 'http://deb.debian.org/debian';

/** Something the suite needs is not on this machine or cannot be had. The message says what, and how to get it. */
export class SuiteUnavailable extends Error {}

const cacheFolder = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'stratakv', 'redis-suite');

/** The folder that contains the unpacked suite's `tests/` and, in `src/`, links to the installed Redis tools. */
export function obtainSuite(): string {
  requireProgram('tclsh', 'tcl');
  requireProgram('redis-cli', 'redis-tools');
  requireProgram('redis-benchmark', 'redis-tools');
  const cache = cacheFolder();
  const suite = join(cache, `redis-${VERSION}`);
  if (isReady(suite)) return suite;
  mkdirSync(cache, { recursive: true });
  const tarball = findTarball(cache) ?? download(cache);
  unpack(tarball, suite);
  return suite;
}

/** Unpacked completely, and with today's adaptations. */
function isReady(suite: string): boolean {
  const mark = join(suite, READY_MARK);
  return existsSync(mark) && readFileSync(mark, 'utf8') === JSON.stringify(adaptations);
}

function requireProgram(name: string, debianPackage: string): void {
  if (findProgram(name) === undefined) {
    throw new SuiteUnavailable(`${name} is missing: install Debian's package ${debianPackage}`);
  }
}

function findTarball(cache: string): string | undefined {
  const name = readdirSync(cache).find((file) => file.startsWith(`redis_${VERSION}`) && file.includes('.orig.tar'));
  return name && join(cache, name);
}

/** apt with directories of its own: the machine's source lists and package lists stay as they are. */
function download(cache: string): string {
  requireProgram('apt-get', 'apt');
  const apt = join(cache, 'apt');
  for (const folder of ['sources', 'lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(apt, folder), { recursive: true });
  }
  writeFileSync(join(apt, 'sources', 'debian.sources'), sourceEntries());
  const options = [
    'Dir::Etc::sourcelist=/dev/null',
    `Dir::Etc::sourceparts=${join(apt, 'sources')}`,
    `Dir::State=${apt}`,
    `Dir::State::lists=${join(apt, 'lists')}`,
    'Dir::State::status=/dev/null',
    `Dir::Cache=${join(apt, 'cache')}`,
    'Acquire::Languages=none',
    // Without it, an update that reached no mirror counts as a success.
    'APT::Update::Error-Mode=any',
    // The cache belongs to whoever runs this, and apt's own user cannot write there.
    'APT::Sandbox::User=',
  ].flatMap((option) => ['-o', option]);
  run('apt-get', [...options, '-q', 'update'], cache);
  run('apt-get', [...options, '-q', 'source', '--download-only', 'redis'], cache);
  rmSync(apt, { recursive: true, force: true });
  const tarball = findTarball(cache);
  if (tarball === undefined) throw new SuiteUnavailable(`apt-get source redis did not bring version ${VERSION}`);
  return tarball;
}

function run(program: string, args: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 180_000 });
  if (status !== 0) {
    const said = `${stdout ?? ''}${stderr ?? ''}`.trim();
    throw new SuiteUnavailable(
      `\`${program} ... ${args.at(-1) ?? ''}\` failed; is the network there? It said:\n${said}`,
    );
  }
}

/** deb-src entries for the release's archive, from the mirror and with the keyring that this machine already uses. */
function sourceEntries(): string {
  const { mirror, security, signedBy } = machineMirror();
  const entry = (uri: string, suites: string): string =>
    [
      'Types: deb-src',
      `URIs: ${uri}`,
      `Suites: ${suites}`,
      'Components: main',
      ...(signedBy ? [`Signed-By: ${signedBy}`] : []),
      '',
    ].join('\n');
  return `${entry(mirror, RELEASE)}\n${entry(security, `${RELEASE}-security`)}`;
}

function machineMirror(): { mirror: string; security: string; signedBy: string | undefined } {
  const text = aptSourceTexts().join('\n');
  const uris = [...text.matchAll(/https?:\/\/[^\s\]]+/g)].map(([uri]) => uri.replace(/\/$/, ''));
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const mirror = uris.find((uri) => uri.endsWith('/debian') && !uri.includes('snapshot.')) ?? DEFAULT_MIRROR;
  return {
    mirror,
    security:
      uris.find((uri) => uri.endsWith('/debian-security') && !uri.includes('snapshot.')) ?? `${mirror}-security`,
    signedBy: existsSync(keyring) ? keyring : undefined,
  };
}

function aptSourceTexts(): string[] {
  const parts = '/etc/apt/sources.list.d';
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(parts) ? readdirSync(parts).map((name) => join(parts, name)) : []),
  ];
  return files
    .filter((file) => /\.(list|sources)$/.test(file) && existsSync(file))
    .map((file) => readFileSync(file, 'utf8'));
}

/** Unpacks beside the goal and renames, so that an interrupted run leaves nothing that looks finished. */
function unpack(tarball: string, suite: string): void {
  const parts = `${suite}.unpacking`;
  rmSync(parts, { recursive: true, force: true });
  rmSync(suite, { recursive: true, force: true });
  mkdirSync(join(parts, 'src'), { recursive: true });
  run('tar', ['-xf', tarball, '-C', parts, '--strip-components=1', '--wildcards', '*/tests'], parts);
  mkdirSync(join(parts, 'tests', 'tmp'), { recursive: true });
  for (const name of ['redis-server', 'redis-cli', 'redis-benchmark']) {
    const program = findProgram(name);
    if (program) symlinkSync(program, join(parts, 'src', name));
  }
  for (const { file, from, to } of adaptations) {
    const path = join(parts, file);
    const text = readFileSync(path, 'latin1');
    if (text.split(from).length !== 2)
      throw new SuiteUnavailable(`${file} of the suite is not what adaptations.ts expects`);
    writeFileSync(
      path,
      text.replace(from, () => to),
      'latin1',
    );
  }
  writeFileSync(join(parts, READY_MARK), JSON.stringify(adaptations));
  renameSync(parts, suite);
}
