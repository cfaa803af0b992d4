import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlanError } from '../plan-error.ts';
import { readDevice, readPrices } from './files.ts';

const prices = { currency: 'EUR', ramGib: 2, nvmeGib: 0.1, core: 18, originMillionReads: 0 };
const device = {
  name: 'd',
  readBytes: 4096,
  reads: [
    { depth: 1, iops: 100, meanUs: 1, p50Us: 1, p99Us: 2 },
    { depth: 2, iops: 200, meanUs: 1, p50Us: 1, p99Us: 2 },
  ],
  writeBytesPerSecond: 1e9,
  enduranceWrites: 1000,
};

test('price files and device profiles are read', () => {
  assert.deepEqual(readPrices(JSON.stringify(prices), 'p.json'), prices);
  assert.deepEqual(readDevice(JSON.stringify(device), 'd.json'), device);
});

/** One line that names the file and says this. */
function fails(read: () => unknown, says: RegExp): void {
  assert.throws(read, (error) => {
    assert.ok(error instanceof PlanError, String(error));
    assert.match(error.message, says);
    assert.ok(!error.message.includes('\n'));
    return true;
  });
}

test('what is wrong with a file is one line with its path and the field', () => {
  const price = (change: object) => () => readPrices(JSON.stringify({ ...prices, ...change }), 'p.json');
  fails(() => readPrices('{', 'p.json'), /^p\.json: no prices: it is no JSON \(/);
  fails(() => readPrices('[]', 'p.json'), /^p\.json: no prices: it is no JSON object$/);
  fails(price({ core: undefined }), /`core` is missing; it has to be a number of at least 0$/);
  fails(price({ core: -1 }), /`core` has to be a number of at least 0, not -1$/);
  fails(price({ ramGib: '3' }), /`ramGib` has to be a number of at least 0, not "3"$/);
  fails(price({ currency: '' }), /`currency` has to be a text, not ""$/);
  fails(price({ ramGb: 3 }), /`ramGb` is unknown; there are currency, ramGib/);
  const drive = (change: object) => () => readDevice(JSON.stringify({ ...device, ...change }), 'd.json');
  fails(drive({ reads: {} }), /^d\.json: no device profile: `reads` has to be a list, not \{\}$/);
  fails(drive({ reads: [] }), /`reads` has no depth$/);
  fails(drive({ reads: [5] }), /`reads\[0\]` is no object$/);
  fails(drive({ reads: [{ ...device.reads[0], iops: 0 }] }), /`reads\[0\]\.iops` has to be a number above 0, not 0$/);
  fails(drive({ reads: [...device.reads].reverse() }), /`reads\[1\]\.depth` is not larger than the one before$/);
});
