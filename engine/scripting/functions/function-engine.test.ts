import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CommandTable } from '../../commands/table.ts';
import { createStatisticsMemory, Statistics } from '../../server/statistics.ts';
import { FunctionEngine } from './function-engine.ts';
import { readFunctionFile } from './function-file.ts';
import { createFunctionStore } from './function-store.ts';
import type { RestorePolicy } from './library-set.ts';

function engineOn(store: SharedArrayBuffer, folder?: string): FunctionEngine {
  return new FunctionEngine({
    table: new CommandTable([]),
    statistics: new Statistics(createStatisticsMemory(1), 0),
    log: () => {},
    store,
    folder,
    thread: 0,
  });
}

/** A library whose functions have these names. */
const library = (name: string, ...functions: readonly string[]): Buffer =>
  Buffer.from(
    `#!lua name=${name}\n${functions.map((one) => `redis.register_function('${one}', function() return 1 end)`).join('\n')}`,
  );

const names = (engine: FunctionEngine): string[] => engine.libraries.libraries.map(({ name }) => name);

/** The text of the error that `body` ends with. */
function failureOf(body: () => void): string {
  try {
    body();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'no error';
}

test('what one thread loads, all know', () => {
  const store = createFunctionStore();
  const [one, other] = [engineOn(store), engineOn(store)];
  assert.equal(one.load(library('a', 'f', 'g'), false), 'a');
  assert.deepEqual(names(other), ['a']);
  assert.equal(other.libraries.function('F')?.library.name, 'a');
  other.delete('a');
  assert.deepEqual(names(one), []);
  other.load(library('b', 'f'), false);
  one.load(library('c', 'g'), false);
  assert.deepEqual(names(other), ['b', 'c']);
  one.flush();
  assert.equal(other.libraries.functionCount, 0);
});

test('a library that cannot be loaded leaves everything as it was', () => {
  const engine = engineOn(createFunctionStore());
  engine.load(library('a', 'f'), false);
  const cases: readonly (readonly [string | Buffer, string])[] = [
    [library('a', 'x'), "ERR Library 'a' already exists"],
    [library('b', 'F'), 'ERR Function F already exists'],
    [library('b'), 'ERR No functions registered'],
    [library('b', 'x', 'x'), 'ERR Error registering functions: ERR Function already exists in the library'],
    ['return 1', 'ERR Missing library metadata'],
    ['#!lua name=b', 'ERR Invalid library metadata'],
    ['#!lua name="b\n', 'ERR Invalid library metadata'],
    ['#!lua\n', 'ERR Library name was not given'],
    ['#!js name=b\n', "ERR Engine 'js' not found"],
    ['#!lua name=b x=1\n', 'ERR Invalid metadata value given: x=1'],
    ['#!lua name=b\nx x', "ERR Error compiling function: user_function:2: '=' expected near 'x'"],
    [
      '#!lua name=b\nmath.abs(1)',
      "ERR Error registering functions: ERR user_function:2: Script attempted to access nonexistent global variable 'math'",
    ],
    [
      '#!lua name=b\nredis.call("ping")',
      "ERR Error registering functions: ERR user_function:2: Script attempted to access nonexistent global variable 'call'",
    ],
    [
      '#!lua name=b\nredis.x = 1',
      'ERR Error registering functions: ERR user_function:2: Attempt to modify a readonly table',
    ],
    ['#!lua name=b\nx = 1', 'ERR Error registering functions: ERR user_function:2: Attempt to modify a readonly table'],
    ['#!lua name=b\nwhile true do end', 'ERR Error registering functions: ERR FUNCTION LOAD timeout'],
    [
      '#!lua name=b\nredis.register_function("f")',
      'ERR Error registering functions: ERR calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).',
    ],
    [
      '#!lua name=b\nredis.register_function{function_name="x", callback=function() end, flags={"y"}}',
      'ERR Error registering functions: ERR unknown flag given',
    ],
  ];
  for (const [code, text] of cases)
    assert.equal(
      failureOf(() => engine.load(Buffer.from(code), false)),
      text,
    );
  assert.deepEqual(names(engine), ['a']);
  engine.load(library('a', 'h'), true);
  assert.deepEqual(
    engine.libraries.libraries[0]?.functions.map(({ name }) => name),
    ['h'],
  );
});

test('named arguments', () => {
  const engine = engineOn(createFunctionStore());
  const code =
    "redis.register_function{function_name='f', callback=function() end, description='d', flags={'no-writes', 'allow-oom'}}";
  engine.load(Buffer.from(`#!lua name=a\n${code}`), false);
  const info = engine.libraries.function('f')?.info;
  assert.equal(info?.description, 'd');
  assert.deepEqual([info?.flags.noWrites, info?.flags.allowOom, info?.flags.allowStale], [true, true, false]);
});

test('payloads are restored by each policy', () => {
  const source = engineOn(createFunctionStore());
  source.load(library('a', 'f'), false);
  source.load(library('b', 'g'), false);
  const payload = source.dump(true);
  const cases: readonly (readonly [RestorePolicy, readonly Buffer[], string, readonly string[]])[] = [
    ['append', [library('c', 'h')], 'no error', ['c', 'a', 'b']],
    ['append', [library('b', 'h')], 'ERR Library b already exists', ['b']],
    ['append', [library('c', 'g')], 'ERR Function g already exists', ['c']],
    ['replace', [library('b', 'h')], 'no error', ['a', 'b']],
    ['replace', [library('c', 'g')], 'ERR Function g already exists', ['c']],
    ['flush', [library('c', 'g')], 'no error', ['a', 'b']],
  ];
  for (const [policy, before, text, after] of cases) {
    const engine = engineOn(createFunctionStore());
    for (const code of before) engine.load(code, false);
    assert.equal(
      failureOf(() => engine.restore(payload, policy)),
      text,
    );
    assert.deepEqual(names(engine), after);
  }
});

test('a payload that was damaged is refused', () => {
  const engine = engineOn(createFunctionStore());
  engine.load(library('a', 'f'), false);
  const payload = engine.dump(true);
  for (let at = 0; at < payload.length; at++) {
    const damaged = Buffer.from(payload);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    assert.equal(
      failureOf(() => engine.restore(damaged, 'flush')),
      'ERR DUMP payload version or checksum are wrong',
    );
  }
  assert.deepEqual(names(engine), ['a']);
});

test('functions come back from disk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stratakv-functions-'));
  try {
    assert.equal(readFunctionFile(folder), undefined);
    const engine = engineOn(createFunctionStore(), folder);
    engine.load(library('a', 'f'), false);
    void engine.save();
    engine.load(library('b', 'g'), false);
    await engine.save();
    assert.deepEqual(readdirSync(folder), ['functions.rdb']);
    const again = createFunctionStore(readFunctionFile(folder));
    const [one, other] = [engineOn(again), engineOn(again)];
    assert.deepEqual(names(one), ['a', 'b']);
    assert.deepEqual(names(other), ['a', 'b']);
    writeFileSync(join(folder, 'functions.rdb'), 'no such thing');
    assert.throws(() => readFunctionFile(folder), /damaged/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
