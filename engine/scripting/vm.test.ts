import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AT_ARGV_NAME, BrokenVm, LuaVm, type VmOptions } from './vm.ts';

function newVm(options: Partial<VmOptions> = {}): LuaVm {
  return new LuaVm({ maxBytes: 64 << 20, libraries: [], onInstructions: () => {}, ...options });
}

/** What the chunk returns as text, or the message of its failure. */
function run(vm: LuaVm, text: string): string {
  const ref = vm.compile(Buffer.from(text, 'latin1'), '@user_script');
  if (typeof ref === 'string') return ref;
  vm.pushRef(ref);
  const failure = vm.call(0);
  vm.release(ref);
  if (failure !== undefined) return `${failure.message} @${failure.source}:${failure.line}`;
  const result = vm.text(vm.L, -1) ?? vm.host.textAt(vm.lua.lua_typename(vm.L, vm.lua.lua_type(vm.L, -1)));
  vm.lua.lua_settop(vm.L, -2);
  return result;
}

describe('LuaVm', () => {
  test('runs chunks, and reports errors with their place', () => {
    const vm = newVm();
    assert.equal(run(vm, 'return 1 + 1'), '2');
    assert.equal(run(vm, 'return "a\\0b"'), 'a\0b');
    assert.equal(run(vm, 'return return'), "user_script:1: unexpected symbol near 'return'");
    assert.equal(run(vm, 'error("boo")'), 'ERR user_script:1: boo @@user_script:1');
    assert.equal(run(vm, '\n\nerror({err="MY boo"})'), 'MY boo @@user_script:3');
    assert.equal(run(vm, 'error({1})'), 'ERR unknown error @@user_script:1');
    assert.equal(run(vm, 'error(nil)'), 'ERR nil @@user_script:1');
    assert.equal(
      run(vm, 'local a = nil; return a.b'),
      "ERR user_script:1: attempt to index local 'a' (a nil value) @@user_script:1",
    );
    assert.equal(vm.lua.lua_gettop(vm.L), AT_ARGV_NAME);
  });

  test('globals and libraries cannot be changed', () => {
    const vm = newVm();
    const refused = 'Attempt to modify a readonly table';
    for (const text of [
      'a = 1',
      'redis = 1',
      '_G.a = 1',
      '_G._G = {}',
      'string.upper = 1',
      'local g = getmetatable(_G) g.__index = {}',
      'getmetatable("").__index = 1',
      'getmetatable("").__index.upper = 1',
    ]) {
      assert.equal(run(vm, text), `ERR user_script:1: ${refused} @@user_script:1`, text);
    }
    for (const text of [
      'setmetatable(_G, {})',
      'rawset(_G, "a", 1)',
      'rawset(string, "a", 1)',
      'table.insert(table, 1)',
      'table.remove(math)',
      'table.sort(string)',
      'setmetatable(string, nil)',
    ]) {
      assert.equal(run(vm, text), `ERR ${refused} @@user_script:1`, text);
    }
    assert.equal(run(vm, 'return type(next(string)) .. type(rawget(string, "upper"))'), 'stringfunction');
    assert.equal(run(vm, 'local n = 0 for k in pairs(string) do n = n + 1 end return n'), '15');
    assert.equal(run(vm, 'local f, s = pairs(string) rawset(s, "a", 1)'), `ERR ${refused} @@user_script:1`);
    assert.equal(run(vm, 'return ("x"):upper() .. tostring(getmetatable(string))'), 'Xnil');
    for (const name of ['foo', 'print', 'dofile', 'loadfile', 'os', 'io', 'debug', 'require', 'setfenv', 'newproxy']) {
      const missing = `Script attempted to access nonexistent global variable '${name}'`;
      assert.equal(run(vm, `return ${name}`), `ERR user_script:1: ${missing} @@user_script:1`);
    }
  });

  test('ordinary tables are as ever', () => {
    const vm = newVm();
    assert.equal(
      run(vm, 'local t = {} table.insert(t, 2) table.insert(t, 1) table.sort(t) return table.concat(t, ",")'),
      '1,2',
    );
    assert.equal(run(vm, 'local n = 0 for k, v in pairs({1, 2, x = 3}) do n = n + v end return n'), '6');
    assert.equal(run(vm, 'return setmetatable({}, {__index = function(t, k) return k end}).abc'), 'abc');
    assert.equal(
      run(vm, 'pairs(nil)'),
      "ERR user_script:1: bad argument #1 to 'pairs' (table expected, got nil) @@user_script:1",
    );
    assert.equal(run(vm, 'return select("#", pcall(error))'), '2');
    assert.equal(run(vm, 'local ok, e = pcall(error, {err = "X y"}) return e'), 'X y');
    assert.equal(run(vm, 'local co = coroutine.wrap(function() coroutine.yield(1) end) return co()'), '1');
  });

  test('compiled chunks are refused', () => {
    const vm = newVm();
    const message = "unexpected symbol near 'char(27)'";
    assert.equal(run(vm, '\x1bLua'), `user_script:1: ${message}`);
    assert.equal(run(vm, 'local f, e = loadstring("\\27Lua") return e'), `[string "\x1bLua"]:1: ${message}`);
    assert.equal(run(vm, 'local f, e = loadstring(string.dump(function() end), "=x") return e'), `x:1: ${message}`);
    assert.equal(
      run(vm, 'local p = {"", "\\27Lua"} local f, e = load(function() return table.remove(p, 1) end) return e'),
      `(load):1: ${message}`,
    );
    assert.equal(
      run(vm, 'local p = {"return ", "1", "2"} return load(function() return table.remove(p, 1) end)()'),
      '12',
    );
    assert.equal(run(vm, 'return loadstring("return 5", "a\\0b")()'), '5');
  });

  test('random numbers are those of redis 7.0.15', () => {
    const vm = newVm();
    assert.equal(
      run(vm, 'math.randomseed(10) return math.random() .. " " .. math.random(10) .. " " .. math.random(5, 7)'),
      '0.87885112309775 8 6',
    );
    assert.equal(
      run(vm, 'math.random(0)'),
      "ERR user_script:1: bad argument #1 to 'random' (interval is empty) @@user_script:1",
    );
  });

  test('endless recursion is an error, in every way that it can be written', () => {
    const vm = newVm();
    assert.match(run(vm, 'local function f() return 1 + f() end return f()'), /stack overflow/);
    assert.match(run(vm, 'local function f(s) return s:gsub(".", f) end return f("x")'), /C stack overflow/);
    assert.match(run(vm, 'local function f() return pcall(f) end return tostring(f())'), /true/);
    assert.match(run(vm, 'local function f() return coroutine.wrap(f)() end return f()'), /C stack overflow/);
    assert.match(
      run(vm, 'local s = string.rep("(", 300) .. "1" local f, m = loadstring("return " .. s) return m'),
      /chunk has too many syntax levels/,
    );
    const nested =
      'return select(2, loadstring(string.rep("return function() ", 190) .. string.rep(" end", 190))) or 1';
    assert.match(run(vm, nested), /^1$|too many|overflow/);
    assert.equal(vm.broken, false);
    assert.equal(run(vm, 'return 1'), '1');
  });

  test('what Lua does not bound breaks the VM, not the process', () => {
    const vm = newVm();
    const text = 'return string.find(string.rep("a", 300000), string.rep("a?", 300000))';
    try {
      assert.match(run(vm, text), /./);
    } catch (error) {
      assert.ok(error instanceof BrokenVm);
      assert.equal(vm.broken, true);
    }
    assert.equal(run(newVm(), 'return 2'), '2');
  });

  test('memory is bounded', () => {
    const vm = newVm();
    assert.match(run(vm, 'return string.rep("x", 100 * 1024 * 1024)'), /not enough memory/);
    assert.match(run(vm, 'local t = {} for i = 1, 1e9 do t[i] = {} end'), /not enough memory/);
    vm.collect();
    assert.equal(run(vm, 'return 1'), '1');
    assert.ok(vm.memoryBytes <= 64 << 20);
    assert.throws(() => vm.pushBytes(vm.L, Buffer.alloc(50 << 20), 0, 50 << 20), BrokenVm);
    assert.equal(vm.broken, true);
  });

  test('what a function throws ends the script past every pcall', () => {
    const stop = new Error('stop');
    const vm = newVm({
      libraries: [
        [
          'host',
          (host, L) => {
            host.lua.lua_createtable(L, 0, 0);
            const index = host.register(() => {
              throw stop;
            });
            host.setFunction(L, -2, 'stop', index);
          },
        ],
      ],
    });
    const scripts = [
      'host.stop()',
      'while true do pcall(host.stop) end',
      'while true do pcall(pcall, host.stop) end',
      'local co = coroutine.wrap(function() while true do pcall(host.stop) end end) while true do pcall(co) end',
      'local co = coroutine.create(function() host.stop() end) coroutine.resume(co) while true do end',
      'xpcall(host.stop, function() while true do end end)',
    ];
    for (const text of scripts) {
      assert.throws(
        () => run(vm, text),
        (error) => error === stop,
        text,
      );
      assert.equal(run(vm, 'return 1'), '1');
      assert.equal(vm.lua.lua_gettop(vm.L), AT_ARGV_NAME);
    }
  });

  test('instructions are counted', () => {
    const stop = new Error('too long');
    let calls = 0;
    const vm = newVm({
      onInstructions: () => {
        if (++calls === 5) throw stop;
      },
    });
    assert.throws(
      () => run(vm, 'while true do pcall(function() while true do end end) end'),
      (error) => error === stop,
    );
    assert.equal(calls, 5);
    assert.equal(run(vm, 'return 1'), '1');
  });
});
