import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BareLua } from './bare-lua.ts';

const lua = new BareLua();

/** What `return <expression>` answers, as Latin-1; an error begins with "error: ". */
function evaluate(expression: string): string {
  const { ok, value } = lua.run(`return ${expression}`);
  return `${ok ? '' : 'error: '}${value.toString('latin1')}`;
}

test('cjson', () => {
  assert.equal(
    evaluate('cjson.encode({1, "a\\n/", true, cjson.null, {x = 0.1}})'),
    '[1,"a\\n\\/",true,null,{"x":0.1}]',
  );
  assert.equal(evaluate('cjson.decode("[1,{\\"a\\":[2.5]}]")[2].a[1]'), '2.5');
  assert.equal(evaluate('cjson.decode("\\"\\\\ud834\\\\udd1e\\"")'), '\xf0\x9d\x84\x9e');
  assert.equal(
    evaluate('cjson.decode("[1,}")'),
    'error: user_script:1: Expected value but found T_OBJ_END at character 4',
  );
  assert.equal(
    evaluate('cjson.encode({[1000]=1})'),
    'error: user_script:1: Cannot serialise table: excessively sparse array',
  );
  assert.equal(
    evaluate('cjson.encode(tostring)'),
    'error: user_script:1: Cannot serialise function: type not supported',
  );
  assert.equal(evaluate('cjson.encode(1e15 / 3)'), '3.3333333333333e+14');
});

test('settings of cjson belong to one module table', () => {
  assert.equal(evaluate('cjson.new().encode_number_precision(3)'), '3');
  assert.equal(evaluate('cjson.encode_number_precision()'), '14');
  assert.equal(
    evaluate('cjson.new().encode_max_depth(0)'),
    "error: user_script:1: bad argument #1 to 'encode_max_depth' (expected integer between 1 and 2147483647)",
  );
});

test('cmsgpack', () => {
  assert.equal(
    evaluate('cmsgpack.pack(1, -1, "a", {1}, {a = 1.5})'),
    '\x01\xff\xa1a\x91\x01\x81\xa1a\xca\x3f\xc0\x00\x00',
  );
  assert.equal(evaluate('select(2, cmsgpack.unpack_one(cmsgpack.pack({7}, 8)))[1]'), '7');
  assert.equal(evaluate('(cmsgpack.unpack("\\145\\145"))'), 'error: user_script:1: Missing bytes in input.');
  assert.equal(evaluate('(cmsgpack.unpack("\\193"))'), 'error: user_script:1: Bad data format in input.');
});

test('struct', () => {
  assert.equal(evaluate('struct.pack(">I2<I2s", 1, 2, "ab")'), '\x00\x01\x02\x00ab\x00');
  assert.equal(evaluate('struct.unpack("<i8", struct.pack("<i8", -2))'), '-2');
  assert.equal(evaluate('struct.size("!8bd")'), '16');
  assert.equal(
    evaluate('struct.unpack("I4", "abc")'),
    "error: user_script:1: bad argument #2 to 'unpack' (data string too short)",
  );
});

test('bit', () => {
  assert.equal(evaluate('bit.tohex(bit.bxor(0xff, 0x0f))'), '000000f0');
  assert.equal(evaluate('bit.band(0xffffffff)'), '-1');
  assert.equal(evaluate('bit.rol(0x12345678, 12)'), '1164411171');
  assert.equal(evaluate('bit.tohex(-1, -2147483648)'), 'FFFFFFFF');
  assert.equal(
    evaluate('bit.bnot({})'),
    "error: user_script:1: bad argument #1 to 'bnot' (number expected, got table)",
  );
});

test('nesting exhausts neither stack', () => {
  assert.match(
    evaluate('cjson.decode(("["):rep(100000))'),
    /too many nested data structures \(1001\) at character 1001$/,
  );
  assert.match(evaluate('(cmsgpack.unpack(("\\145"):rep(100000)))'), /stack overflow/);
  assert.match(
    evaluate(
      '(function() local c = cjson.new() c.decode_max_depth(2^31 - 1) return c.decode(("["):rep(100000)) end)()',
    ),
    /too many nested data structures/,
  );
  assert.match(
    evaluate(
      '(function() local c, t = cjson.new(), {} c.encode_max_depth(2^31 - 1) for i = 1, 1e5 do t = {t} end return c.encode(t) end)()',
    ),
    /excessive nesting/,
  );
});

test('a string that does not fit is an error, not the end', () => {
  const small = new BareLua(32 << 20);
  const { ok, value } = small.run('return #cjson.encode(("\\1"):rep(2^23))');
  assert.equal(ok, false);
  assert.equal(value.toString(), 'not enough memory');
  assert.equal(small.run('return cjson.encode({1})').value.toString(), '[1]');
});
