import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { ConfError, ConfFileMissing, type ConfFiles } from '../../protocol/conf/conf-file.ts';
import { startConfig } from './start.ts';

const files: ConfFiles = {
  read: (path) => (path === resolve('my.conf') ? 'port 1\nhz 20\nsave 5 5\n' : assert.fail(path)),
  expand: () => [],
};
const noStdin = () => assert.fail('standard input was read');

test('options win over standard input, which wins over the file', () => {
  const start = startConfig(['my.conf', '--port', '7000', '-'], () => 'port 2\nhz 30\n', files);
  assert.ok(start.kind === 'serve');
  assert.deepEqual([start.config.values.port, start.config.values.hz, start.config.text('save')], [7000, 30, '5 5']);
  assert.equal(start.config.file, resolve('my.conf'));
  assert.deepEqual(start.warnings, ["'save' is accepted but has no effect here (persistence)"]);
});

test('nothing given, version, help, faults', () => {
  const bare = startConfig([], noStdin, files);
  assert.ok(bare.kind === 'serve');
  assert.equal(bare.config.file, undefined);
  assert.deepEqual(bare.config.snapshot().texts, {});
  assert.equal(startConfig(['-v'], noStdin).kind, 'version');
  assert.equal(startConfig(['--help'], noStdin).kind, 'help');
  assert.throws(() => startConfig(['--port', 'x'], noStdin), ConfError);
  assert.throws(() => startConfig(['/nonexistent/x.conf'], noStdin), ConfFileMissing);
});
