import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConfError, ConfFileMissing, type ConfFiles, readConf } from './conf-file.ts';
import { diskFiles } from './files.ts';
import { quote, words } from './words.ts';

const noFiles: ConfFiles = {
  read: (path) => assert.fail(`read ${path}`),
  expand: () => [],
};
const lines = (text: string, files = noFiles) =>
  [...readConf(text, files)].map(({ name, args, lineNumber }) => [lineNumber, name, ...args]);

test('comments, blanks and quotes', () => {
  assert.deepEqual(lines('# x\n\n  PORT 7000 \r\nsave ""\nlogfile "a b\\x41"\nrequirepass \'it\\\'s\'\n'), [
    [3, 'port', '7000'],
    [4, 'save', ''],
    [5, 'logfile', 'a bA'],
    [6, 'requirepass', "it's"],
  ]);
});

test('unbalanced quotes are reported as redis-server does', () => {
  const error = assert.throws(
    () => lines('port 0\n save "unbal\n'),
    (thrown: unknown) => {
      assert.ok(thrown instanceof ConfError);
      assert.equal(
        thrown.report('7.0.15'),
        '\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\nReading the configuration file, at line 2\n' +
          ">>> 'save \"unbal'\nUnbalanced quotes in configuration line\n",
      );
      return true;
    },
  );
  assert.equal(error, undefined);
});

test('include: files in place, globs sorted, missing patterns harmless, missing files fatal, loops refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stratakv-conf-'));
  try {
    writeFileSync(join(folder, 'b.conf'), 'hz 20\n');
    writeFileSync(join(folder, 'a.conf'), 'hz 30\n');
    writeFileSync(join(folder, '.hidden.conf'), 'hz 99\n');
    const text = `port 1\ninclude ${folder}/*.conf\ninclude ${folder}/none*\nport 2\n`;
    assert.deepEqual(lines(text, diskFiles), [
      [1, 'port', '1'],
      [1, 'hz', '30'],
      [1, 'hz', '20'],
      [4, 'port', '2'],
    ]);
    assert.throws(() => lines(`include ${folder}/gone.conf`, diskFiles), {
      name: ConfFileMissing.name,
      message: `Fatal error, can't open config file '${folder}/gone.conf': No such file or directory`,
    });
    writeFileSync(join(folder, 'loop.conf'), `include ${folder}/loop.conf\n`);
    assert.throws(() => lines(`include ${folder}/loop.conf`, diskFiles), ConfError);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('quote and words are inverse', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (a, b) => {
      assert.deepEqual(words(`${quote(a)} ${quote(b)}`), [a, b]);
    }),
  );
});
