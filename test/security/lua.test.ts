// Attacks on the Lua VM, its sandbox and its libraries, by EVAL and by functions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCommand } from '../support/raw-client.ts';
import { Target } from './target.ts';

const target = new Target();

/** The reply of a script. */
function evaluate(script: string, ...args: readonly string[]): Promise<string> {
  return target.last(['EVAL', script, '0', ...args]);
}

/** None of these scripts may succeed. */
async function allFail(scripts: readonly string[], reason: RegExp = /^-/): Promise<void> {
  for (const script of scripts) assert.match(await evaluate(script), reason, script);
}

test('CVE-2015-4335: compiled chunks are not loaded, however they come', async () => {
  const header = '\\27Lua\\81\\0\\1\\4\\4\\4\\8\\0';
  await allFail([
    `return loadstring('${header}')()`,
    `return loadstring('${header}' .. string.rep('\\0', 100))()`,
    `local first = true return load(function() if first then first = false return '${header}' end end)()`,
    `local n = 0 return load(function() n = n + 1 return n == 1 and '' or n == 2 and '${header}' or nil end)()`,
    `local n = 0 return load(function() n = n + 1 return n < 13 and ('${header}'):sub(n, n) or nil end)()`,
    `return loadstring(string.dump(function() return 1 end))()`,
    `local f = string.dump(function() return 1 end) return loadstring((f:gsub('\\1', '\\255')))()`,
  ]);
  assert.match(await target.last(['EVAL', Buffer.from('\x1bLuaQ\0\x01\x04\x04\x04\x08\0'), '0']), /^-/);
  assert.match(await target.last(['SCRIPT', 'LOAD', Buffer.from('\x1bLuaQ')]), /^-/);
  assert.match(await target.last(['FUNCTION', 'LOAD', Buffer.from('#!lua name=b\n\x1bLuaQ')]), /^-/);
});

test('CVE-2022-0543: nothing of package, io, os, debug or the file system is there', async () => {
  const names = [
    'package',
    'io',
    'os',
    'debug',
    'require',
    'module',
    'dofile',
    'loadfile',
    'print',
    'newproxy',
    'getfenv',
    'setfenv',
    'ffi',
    'jit',
    'process',
    'js',
  ];
  for (const name of names) {
    const reply = await evaluate(`return type(${name})`);
    // `os.clock` is all of `os` that redis 7 has.
    if (!(name === 'os' && reply === '$5\r\ntable\r\n')) assert.match(reply, /nonexistent global variable/, name);
    assert.match(await evaluate(`return tostring(rawget(_G, '${name}'))`), name === 'os' ? /nil|table/ : /nil/, name);
  }
  await allFail([
    'os.execute("true")',
    'os.exit()',
    'os.getenv("PATH")',
    'io.open("/etc/passwd")',
    'package.loadlib("libc.so.6", "*")',
  ]);
  // What one global leads to is not more than the globals.
  const found = await evaluate(
    'local seen, names = {}, {} local function walk(t, path) if type(t) ~= "table" or seen[t] then return end seen[t] = true for k, v in pairs(t) do names[#names + 1] = path .. tostring(k) walk(v, path .. tostring(k) .. ".") end walk(getmetatable(t), path .. "mt.") end walk(_G, "") walk(getmetatable(""), "str.") return table.concat(names, " ")',
  );
  assert.doesNotMatch(found, /loadlib|execute|popen|getinfo|sethook|getupvalue|getregistry|setfenv|dofile/);
});

test('CVE-2022-24735 and CVE-2025-46818: one script cannot change what another one, of another user, will run', async () => {
  await allFail([
    'redis.call = function() return "evil" end',
    'rawset(redis, "call", function() return "evil" end)',
    'rawset(_G, "redis", {})',
    'string.len = function() return 1 end',
    'rawset(string, "len", function() return 1 end)',
    'getmetatable("").__index = function() return "evil" end',
    'rawset(getmetatable(""), "__index", {})',
    'setmetatable(getmetatable("").__index, {})',
    'getmetatable("").__add = function() return 1 end',
    'setmetatable(_G, {__index = function() return "evil" end})',
    'getmetatable(_G).__index = {}',
    'getmetatable(_G).__index.redis = {}',
    'table.insert(cjson, 1)',
    'table.sort(_G)',
    'cjson.encode = 1',
    'cmsgpack.pack = 1',
    'bit.band = 1',
    'struct.pack = 1',
    'math.floor = 1',
    'coroutine.wrap = 1',
    'setmetatable(math, {__index = 1})',
    'setmetatable(true, {})',
    'setmetatable(1, {})',
    'setmetatable("x", {})',
    'setmetatable(print, {})',
    'x = 1',
    '_G.x = 1',
    'for k, v in pairs(_G) do _G[k] = 1 end',
    'debug.setmetatable(nil, {__index = {}})',
    'return (nil).x',
    'return (1).x',
    'return (true).x',
  ]);
  await target.run(['SET', 'k', 'value']);
  assert.equal(
    await evaluate('return redis.call("GET", "k") .. string.len("abc") .. ("x"):rep(2) .. cjson.encode({1})'),
    '$11\r\nvalue3xx[1]\r\n',
  );
});

test('CVE-2015-8080 and CVE-2020-14147: sizes in formats of struct that overflow', async () => {
  await allFail([
    "struct.pack('>I2147483648', 1)",
    "struct.pack('i4294967297', 1)",
    "struct.pack('c2147483648', 'x')",
    "struct.pack('c18446744073709551617', 'x')",
    "struct.pack('I99999999999999999999', 1)",
    "struct.unpack('!2147483648I4', 'abcd')",
    "struct.unpack('c4294967295', 'x')",
    "struct.size('c99999999999')",
    "struct.unpack('I' .. ('9'):rep(100000), 'x')",
  ]);
});

test('CVE-2018-11219: positions and lengths of struct.unpack beyond the string', async () => {
  await allFail([
    "struct.unpack('I4', 'abcd', 2)",
    "struct.unpack('I4', 'abcd', -1)",
    "struct.unpack('I4', 'abcd', 2^63)",
    "struct.unpack('I4', 'abcd', -2^63)",
    "struct.unpack('Bc0', '\\255abc')",
    "struct.unpack('<Lc0', ('\\255'):rep(7) .. '\\127')",
    "struct.unpack('dc0', struct.pack('d', -1) .. 'abc')",
    "struct.unpack('s', 'no end')",
    "struct.unpack('s', 'no end', 7)",
    "struct.unpack('I4', 'abcd', 0)",
    `struct.unpack(('b'):rep(10000), ('x'):rep(10000))`,
  ]);
});

test('CVE-2018-11218: MessagePack that unpacks to more values than the stack holds, or nests without end', async () => {
  await allFail([
    "return cmsgpack.unpack(('\\1'):rep(100000))",
    "return cmsgpack.unpack(('\\145'):rep(1000000))",
    "return cmsgpack.unpack(('\\129'):rep(1000000))",
    "return cmsgpack.unpack(('\\129\\1'):rep(1000000))",
    "return cmsgpack.unpack_limit(('\\1'):rep(100000), 100000)",
    "return cmsgpack.unpack('\\221\\255\\255\\255\\255')",
    "return cmsgpack.unpack('\\223\\255\\255\\255\\255')",
    "return cmsgpack.unpack('\\219\\255\\255\\255\\255x')",
    "return cmsgpack.unpack_one('\\1', 2^53)",
    "return cmsgpack.unpack_one('\\1', -1)",
    "return cmsgpack.unpack_limit('\\1', -1)",
    'return cmsgpack.pack(unpack({}, 1, 7999))',
  ]);
  assert.match(await evaluate('local t = {} t[1] = t return #cmsgpack.pack(t)'), /^:/);
});

test('CVE-2022-24834: strings so large that their JSON or MessagePack overflows an int', async () => {
  for (const script of [
    "return #cjson.encode(('\\0'):rep(2^21))",
    "return #cmsgpack.pack(('x'):rep(2^24))",
    "local s = ('x'):rep(2^22) return #cmsgpack.pack(s, s, s, s)",
    'local j = cjson.new() j.encode_sparse_array(false, 0) return #j.encode({[2^20] = 1})',
    "return #cjson.encode(('x'):rep(2^31 - 1))",
    "return #('x'):rep(2^31 - 1)",
  ])
    assert.match(await evaluate(script), /^:\d+|^-.*(?:not enough memory|too large|length overflow)/, script);
});

test('cjson: nesting without end, in both directions', async () => {
  await allFail([
    "return cjson.decode(('['):rep(1000000))",
    'return cjson.decode((\'{"a":\'):rep(1000000))',
    'local t = {} t[1] = t return cjson.encode(t)',
    'local c = cjson.new() c.decode_max_depth(2^31 - 1) return c.decode(("["):rep(1000000))',
    'local c, t = cjson.new(), {} c.encode_max_depth(2^31 - 1) t[1] = t return c.encode(t)',
    'cjson.new().encode_number_precision(15)',
    'cjson.new().encode_number_precision(-1)',
  ]);
});

test('CVE-2024-31449: bit.tohex of the smallest number of digits', async () => {
  assert.equal(await evaluate('return bit.tohex(65535, -2147483648)'), '$8\r\n0000FFFF\r\n');
  assert.equal(await evaluate('return bit.tohex(65535, 2147483647)'), '$8\r\n0000ffff\r\n');
});

test('CVE-2021-32626: replies and values that nest deeper than the stack of Lua', async () => {
  for (const script of [
    'local t = {} for i = 1, 100000 do t = {t} end return t',
    'redis.setresp(3) local t = {} for i = 1, 100000 do t = {map = {x = t}} end return t',
    'redis.setresp(3) local t = {} for i = 1, 100000 do t = {set = {[t] = true}} end return t',
    'local t = {} t[1] = t return t',
    'return {err = {err = {}}}',
    'return redis.error_reply({})',
  ])
    await target.raw(
      Buffer.concat([encodeCommand(['EVAL', script, '0']), encodeCommand(['ECHO', 'the end'])]),
      'the end',
    );
});

test('recursion, concatenation and patterns without end', async () => {
  for (const script of [
    'local function f() return 1 + f() end return f()',
    'local function f() return pcall(f) end return tostring(f())',
    'local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x',
    'local t = setmetatable({}, {}) getmetatable(t).__index = function(s, k) return s[k] end return t.x',
    'local t = setmetatable({}, {__tostring = function(s) return tostring(s) end}) return tostring(t)',
    'return ("x"):rep(2^31)',
    'return ("x"):rep(1e15)',
    'return string.format("%99999d", 1)',
    'return string.format("%.99999f", 1)',
    'return ("a"):rep(250000):find((".-"):rep(250000) .. "b")',
    'return ("("):rep(100):find(("("):rep(100))',
    `return string.find(('a'):rep(300000), ('a?'):rep(300000))`,
    'return loadstring("return " .. ("("):rep(100000) .. (")"):rep(100000))',
    'return loadstring("return " .. ("{"):rep(100000))',
    'return loadstring(("do "):rep(100000))',
    'return loadstring("local a = " .. ("-"):rep(100000) .. "1")',
    'return loadstring("local a = " .. ("a.."):rep(100000) .. "a")',
    'return loadstring("local " .. ("a,"):rep(300) .. "a")',
    'local f = coroutine.wrap(function() local function g() return coroutine.wrap(g)() end return g() end) return f()',
    'local co co = coroutine.create(function() coroutine.resume(co) end) return coroutine.resume(co)',
    'table.sort({3, 1, 2, 5, 4}, function() return true end)',
    'table.concat({}, "", 1, 2^31 - 1)',
    'return select(-2^31, 1)',
    'return select("#", unpack({}, 1, 1e6))',
    'return ("x"):byte(1, 1e7)',
    'return string.char(unpack({}, 1, 8000))',
    'return ("x"):sub(-2^31, 2^31)',
  ])
    await evaluate(script);
});

test('CVE-2025-46817: ranges of unpack that overflow', async () => {
  await allFail(
    [
      'return unpack({1}, 0, 2147483647)',
      'return unpack({1}, -2147483648, 2147483647)',
      'return unpack({1}, -2147483648, 0)',
      'return unpack({1}, 1, 1e9)',
      'return {unpack({1, 2, 3}, -2, 2147483646)}',
    ],
    /^-.*(?:too many results to unpack|stack overflow)/,
  );
});

test('CVE-2025-46819: delimiters of long strings that do not end', async () => {
  for (const script of [
    '[',
    '[=',
    '[==',
    '[[',
    '[=[',
    ']]',
    '--[',
    '--[=',
    '--[==[',
    `[${'='.repeat(100_000)}`,
    `--[${'='.repeat(100_000)}[`,
  ]) {
    await target.run(
      ['EVAL', `return ${script}`, '0'],
      ['EVAL', script, '0'],
      ['EVAL', `return loadstring(ARGV[1])`, '0', script],
    );
  }
});

test('CVE-2025-49844: the parser keeps what it parses while the collector runs', async () => {
  const scripts = [
    'collectgarbage("setpause", 0) collectgarbage("setstepmul", 1000000) for i = 1, 60 do loadstring("return " .. ("\\"" .. ("x"):rep(i) .. "\\" .. "):rep(50) .. "1", ("name"):rep(i)) end return 1',
    'for i = 1, 60 do local n = 0 load(function() n = n + 1 collectgarbage() if n < 20 then return "local a" .. n .. " = \\"" .. ("y"):rep(n) .. "\\" " end end, "chunk" .. i) end return 1',
    'for i = 1, 100 do pcall(loadstring, "x = = " .. i, ("z"):rep(i)) collectgarbage("step") end return 1',
    'local t = {} for i = 1, 1000 do t[i] = loadstring("return function() return " .. i .. " end")() end collectgarbage() for i = 1, 1000 do if t[i]() ~= i then return -1 end end return 1',
  ];
  for (const script of scripts) assert.match(await evaluate(script), /^:1\r\n|^-/, script);
});

test('CVE-2024-46981: the collector, coroutines and errors together', async () => {
  const scripts = [
    'local t = setmetatable({}, {__gc = function() error("x") end, __mode = "kv"}) t = nil collectgarbage() return 1',
    'for i = 1, 50 do local co = coroutine.wrap(function(...) local x = {...} coroutine.yield(x) error(x) end) co(i) pcall(co) end collectgarbage() return 1',
    'local weak = setmetatable({}, {__mode = "k"}) for i = 1, 10000 do weak[{}] = {i} end collectgarbage() return 1',
    'local cos = {} for i = 1, 100 do cos[i] = coroutine.create(function() local a = {} for j = 1, 10 do a[j] = ("x"):rep(j) coroutine.yield() end end) end for r = 1, 12 do for i = 1, 100 do coroutine.resume(cos[i]) end collectgarbage("step", 100) end return 1',
  ];
  for (const script of scripts) assert.match(await evaluate(script), /^:1\r\n|^-/, script);
  for (let n = 0; n < 20; n++)
    await target.run(['EVAL', `return {${n}, ARGV[1]}`, '0', 'x'.repeat(1000)], ['SCRIPT', 'FLUSH']);
});

test('CVE-2022-24736: texts that are no script', async () => {
  let state = 99;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % below;
  };
  const words =
    'local function end return if then else for in do while repeat until not and or nil true false a b ( ) { } [ ] = == ~= .. ... . , ; : # + - * / ^ % < > 1 0x "s" goto break redis.call'.split(
      ' ',
    );
  const client = await target.client();
  for (let n = 0; n < 150; n++) {
    const text = Array.from({ length: 1 + random(30) }, () => words[random(words.length)]).join(' ');
    // Loops without end are for another test.
    if (/while|repeat|for|goto/.test(text)) await client.call('SCRIPT', 'LOAD', text);
    else await client.call('EVAL', text, 0);
    await client.call('EVAL', Buffer.from(Array.from({ length: random(40) }, () => random(256))), 0);
  }
  client.close();
  await target.isWell();
});

test('CVE-2021-32672: there is no debugger to attack', async () => {
  assert.match(await target.last(['SCRIPT', 'DEBUG', 'YES']), /^-/);
  assert.match(await target.last(['SCRIPT', 'DEBUG', 'SYNC']), /^-/);
});

test('commands that a script may not run, or not like this', async () => {
  const client = await target.client();
  for (const command of [
    'SUBSCRIBE',
    'MULTI',
    'EXEC',
    'WATCH',
    'AUTH',
    'EVAL',
    'SHUTDOWN',
    'MONITOR',
    'CLIENT',
    'BLPOP',
    'QUIT',
    'HELLO',
    'RESET',
    'SCRIPT',
    'FUNCTION',
    'FCALL',
    'DEBUG',
    'CONFIG',
    'ACL',
    'SYNC',
    'PSYNC',
    'REPLICAOF',
    'WAIT',
  ])
    for (const args of ['', ", 'x'", ", 'x', 'y'", ", 'x', '0'"])
      await client.call('EVAL', `return redis.pcall('${command}'${args})`, 0);
  client.close();
  await target.isWell();
  await allFail([
    'redis.call()',
    'redis.call({})',
    'redis.call(nil)',
    'redis.call("GET", {})',
    'redis.call(1)',
    'redis.call("\\0")',
  ]);
});

test('the code of a library has no more than redis.register_function', async () => {
  for (const code of [
    'redis.call("PING")',
    'return getmetatable(_G)',
    'redis.register_function("x", loadstring("return 1"))',
    'while true do end',
    'local function f() return 1 + f() end f()',
    'redis.register_function{function_name="x", callback=function() end, flags={[2^31]=1, "no-writes", {}}}',
    'redis.register_function(("x"):rep(100), function() end)',
    'for i = 1, 2e4 do redis.register_function("f" .. i, function() end) end x = 1',
    'redis.register_function("y", redis.register_function)',
  ])
    await target.run(['FUNCTION', 'LOAD', 'REPLACE', `#!lua name=evil\n${code}`]);
  await target.run(
    [
      'FUNCTION',
      'LOAD',
      'REPLACE',
      "#!lua name=evil\nlocal lib = redis\nredis.register_function('leak', function() lib.redis = redis lib.x = 1 return 1 end)\nredis.register_function('again', function() lib.register_function('z', function() end) end)",
    ],
    ['FUNCTION', 'RESTORE', 'no payload'],
  );
  assert.match(await target.last(['FCALL', 'leak', '0']), /^-.*readonly table/);
  assert.match(await target.last(['FCALL', 'again', '0']), /^-.*only be called on FUNCTION LOAD/);
});
