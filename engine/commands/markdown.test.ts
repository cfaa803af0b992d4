import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { projectRoot } from '../../test/support/project.ts';
import { commandSpecs } from './index.ts';
import { commandsMarkdown, syntax } from './markdown.ts';
import { CommandTable } from './table.ts';
import { stratakvVersion } from './version.ts';

describe('docs/COMMANDS.md', () => {
  it('is what the command table says (node dist/tools/command-docs.js)', () => {
    assert.equal(readFileSync(join(projectRoot, 'docs/COMMANDS.md'), 'utf8'), commandsMarkdown());
  });

  it('prints syntax as redis.io does', () => {
    const table = new CommandTable(commandSpecs);
    const of = (name: string) => syntax(table.byName(name)?.spec.arguments ?? []);
    assert.equal(of('copy'), 'source destination [DB destination-db] [REPLACE]');
    assert.equal(of('mset'), 'key value [key value ...]');
    assert.equal(of('expire'), 'key seconds [NX | XX | GT | LT]');
    assert.equal(of('client|kill').includes('ID client-id'), true);
  });
});

describe('stratakvVersion', () => {
  it('is that of package.json', () => {
    const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };
    assert.equal(stratakvVersion, version);
  });
});
