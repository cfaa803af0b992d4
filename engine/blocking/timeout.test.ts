import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Request } from '../../protocol/resp/request.ts';
import { CommandError } from '../commands/errors.ts';
import { millisecondsArgument, secondsArgument } from './timeout.ts';

function parsed(text: string, parse: (request: Request, argIndex: number) => number): number | string {
  const bytes = Buffer.from(text, 'latin1');
  const request = new Request();
  request.attach(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  request.push(0, bytes.length);
  try {
    return parse(request, 0);
  } catch (error) {
    if (error instanceof CommandError) return error.message;
    throw error;
  }
}

test('seconds: fractions are rounded up to milliseconds; errors as redis 7.0.15', () => {
  const notFloat = 'ERR timeout is not a float or out of range';
  const negative = 'ERR timeout is negative';
  const cases: [string, number | string][] = [
    ['0', 0],
    ['1', 1000],
    ['0.001', 1],
    ['0.07', 70],
    ['0.0701', 71],
    ['1e-9', 1],
    ['1e-4000', 1],
    ['0x10', 16000],
    ['-0.0001', 0],
    ['-0.001', negative],
    ['-1', negative],
    ['inf', negative],
    ['-inf', negative],
    ['1e400', negative],
    ['9223372036854775.808', negative],
    ['nan', notFloat],
    ['', notFloat],
    [' 1', notFloat],
    ['1.5x', notFloat],
  ];
  for (const [text, expected] of cases) assert.equal(parsed(text, secondsArgument), expected, text);
});

test('milliseconds', () => {
  const cases: [string, number | string][] = [
    ['0', 0],
    ['15', 15],
    ['-1', 'ERR timeout is negative'],
    ['1.5', 'ERR timeout is not an integer or out of range'],
    ['9223372036854775808', 'ERR timeout is not an integer or out of range'],
  ];
  for (const [text, expected] of cases) assert.equal(parsed(text, millisecondsArgument), expected, text);
});
