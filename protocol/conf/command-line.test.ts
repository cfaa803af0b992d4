import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helpText, joinConf, parseCommandLine } from './command-line.ts';

const options = (...argv: string[]) => {
  const line = parseCommandLine(argv);
  return line.kind === 'serve' ? line.options.split('\n').map((option) => option.trim()) : line.kind;
};

test('the one-word requests', () => {
  assert.deepEqual(parseCommandLine(['-v']), { kind: 'version' });
  assert.deepEqual(parseCommandLine(['--version']), { kind: 'version' });
  assert.deepEqual(parseCommandLine(['--help']), { kind: 'help' });
  assert.match(helpText('stratakv-server'), /--directive value/);
  assert.deepEqual(parseCommandLine(['--check-system']), {
    kind: 'serve',
    configFile: undefined,
    fromStdin: false,
    options: '',
  });
});

test('file, options, standard input', () => {
  assert.deepEqual(parseCommandLine(['my.conf', '--port', '7000', '--loglevel', 'verbose', '-']), {
    kind: 'serve',
    configFile: 'my.conf',
    fromStdin: true,
    options: 'port "7000" \nloglevel "verbose" ',
  });
  assert.deepEqual(options('--save', '60', '1', '--save', '5', '6'), ['save "60" "1"', 'save "5" "6"']);
  assert.deepEqual(options('--port 7000', '--hz', '5'), ['port 7000', 'hz "5"']);
});

test('a value may begin with dashes; after --save it is the next directive', () => {
  assert.deepEqual(options('--requirepass', '--foo', '--port', '0'), ['requirepass "--foo"', 'port "0"']);
  assert.deepEqual(options('--save', '--port', '0'), ['save ""', 'port "0"']);
  assert.deepEqual(options('--save'), ['save ""']);
});

test('options come after an empty line, so that line numbers are those of redis-server', () => {
  assert.equal(joinConf('', '', 'port "1"'), '\nport "1"');
  assert.equal(joinConf('hz 1\n', 'hz 2\n', ''), 'hz 1\nhz 2\n');
});
