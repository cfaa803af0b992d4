import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildCommandTable } from './commands.ts';
import { Suggestions } from './suggestions.ts';

describe('Suggestions', () => {
  const lines: string[] = [];
  const suggestions = new Suggestions(buildCommandTable(new Map()), (text) => lines.push(text));
  let nowMs = 0;
  const about = (kind: 'command' | 'directive', name: string): string | undefined => {
    lines.length = 0;
    nowMs += 1000;
    suggestions.about(kind, name, nowMs);
    return lines[0];
  };

  it('names what is near, and is silent about what is not', () => {
    assert.equal(about('command', 'GTE'), "Unknown command 'GTE': did you mean 'get'?");
    assert.equal(about('command', 'config|gett'), "Unknown command 'config gett': did you mean 'config get'?");
    assert.equal(about('directive', 'maxmemry'), "Unknown directive 'maxmemry': did you mean 'maxmemory'?");
    assert.equal(about('command', 'qwertyuiop'), undefined);
  });

  it('writes no control characters into the log', () => {
    assert.equal(about('command', 'get\n'), "Unknown command 'get?': did you mean 'get'?");
  });

  it('writes one line a second', () => {
    about('command', 'gte');
    suggestions.about('command', 'gte', nowMs + 999);
    assert.equal(lines.length, 1);
    suggestions.about('command', 'gte', nowMs + 1000);
    assert.equal(lines.length, 2);
  });
});
