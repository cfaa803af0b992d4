import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ConfError } from '../../protocol/conf/conf-file.ts';
import { diskFiles } from '../../protocol/conf/files.ts';
import { projectRoot } from '../../test/support/project.ts';
import { Config } from './config.ts';
import { findDirective } from './directives.ts';
import { loadConf, nearestDirective } from './load.ts';
import { configurationReference } from './reference.ts';

function refusal(text: string): string {
  try {
    loadConf(new Config(), text, diskFiles);
  } catch (error) {
    assert.ok(error instanceof ConfError);
    return error.message;
  }
  return 'accepted';
}

test('refusals', () => {
  assert.equal(refusal('port 1 2'), 'line 1: wrong number of arguments');
  assert.equal(
    refusal('\nmaxmemoy 1gb'),
    'line 2: Bad directive or wrong number of arguments (did you mean `maxmemory`?)',
  );
  assert.equal(refusal('xyzzyplugh 1'), 'line 1: Bad directive or wrong number of arguments');
  assert.equal(refusal('rename-command a'), 'line 1: Bad directive or wrong number of arguments');
  assert.match(refusal('loadmodule /x.so'), /cannot be loaded here/);
  assert.equal(refusal('save 1'), 'line 1: Invalid save parameters');
});

test('several words in one quoted argument, aliases, lines that add up or win', () => {
  const config = new Config();
  const warnings = loadConf(
    config,
    'save "60 1"\nsave 5 6\nio-threads 3\nslaveof 127.0.0.1 7000\nreplicaof no one\nhz 1\nhz 7\nlist-max-ziplist-entries 5\n',
    diskFiles,
  );
  assert.equal(config.text('save'), '60 1 5 6');
  assert.equal(config.values['server-threads'], 3);
  assert.equal(config.values.replicaof, null);
  assert.equal(config.values.hz, 7);
  assert.ok(warnings.includes("'list-max-ziplist-entries' is obsolete and ignored"));
  assert.ok(warnings.includes("'save' is accepted but has no effect here (persistence)"));
});

test('users and renamed commands are kept', () => {
  const config = new Config();
  loadConf(config, 'user alice on >x ~* +@all\nrename-command CONFIG ""\n', diskFiles);
  assert.deepEqual(config.extraLines, [['user', 'alice', 'on', '>x', '~*', '+@all']]);
  assert.deepEqual(config.renamedCommands, [['CONFIG', '']]);
});

test('near names', () => {
  assert.equal(nearestDirective('server-thread'), 'server-threads');
  assert.equal(nearestDirective('qqqqqqqqqqqqqqqqqqqqqqq'), undefined);
});

test('stratakv.conf loads, also with every commented directive taken up', () => {
  const text = readFileSync(`${projectRoot}/stratakv.conf`, 'utf8');
  loadConf(new Config(), text, diskFiles);
  const all = text.replace(/^# (?=([a-z-]+) )/gm, (mark, name: string) => (findDirective(name) ? '' : mark));
  assert.ok(all.includes('\nmaxmemory 4gb'));
  loadConf(new Config(), all, diskFiles);
});

test('docs/CONFIGURATION.md is up to date (npm run build, then node dist/tools/config-docs.js > docs/CONFIGURATION.md)', () => {
  assert.equal(readFileSync(`${projectRoot}/docs/CONFIGURATION.md`, 'utf8'), configurationReference());
});
