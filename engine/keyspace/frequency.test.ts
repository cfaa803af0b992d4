import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decayedFrequency, NEW_FREQUENCY, usedAccess } from './frequency.ts';

const rules = { logFactor: 10, decayMinutes: 1 };
const word = (counter: number, clock: number): number => ((counter << 24) | clock) >>> 0;

describe('LFU counter', () => {
  it('loses one for each decay time without a use, and never falls below 0', () => {
    assert.equal(decayedFrequency(word(10, 1000), 1059, rules), 10);
    assert.equal(decayedFrequency(word(10, 1000), 1060, rules), 9);
    assert.equal(decayedFrequency(word(10, 1000), 1000 + 3600, rules), 0);
    assert.equal(decayedFrequency(word(10, 1000), 1000 + 3600, { ...rules, decayMinutes: 0 }), 10);
    assert.equal(decayedFrequency(word(10, 1000), 1000 + 120, { ...rules, decayMinutes: 2 }), 9);
  });

  it('goes on where the 24 bits of the clock wrap around', () => {
    assert.equal(decayedFrequency(word(10, 0xffffff - 59), 0, rules), 9);
  });

  it('always counts a use of a little used key, and ever fewer after that', () => {
    assert.equal(usedAccess(word(0, 7), 7, rules, 0.999), word(1, 7));
    assert.equal(usedAccess(word(NEW_FREQUENCY, 7), 7, rules, 0.999), word(NEW_FREQUENCY + 1, 7));
    assert.equal(usedAccess(word(NEW_FREQUENCY + 1, 7), 7, rules, 0.1), word(NEW_FREQUENCY + 1, 7));
    assert.equal(usedAccess(word(NEW_FREQUENCY + 1, 7), 7, rules, 0.09), word(NEW_FREQUENCY + 2, 7));
    assert.equal(usedAccess(word(255, 7), 7, rules, 0), word(255, 7));
  });
});
