// Checks that imports point one way between the rooms, and counts what the style forbids (a ratchet at zero).
//   tools, bench -> threads -> engine -> tiers;  protocol imports none of them;  tiers/base may be imported by all.
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { filesBelow, root } from './build.mjs';

const allowed = {
  protocol: ['protocol'],
  tiers: ['tiers', 'protocol'],
  engine: ['engine', 'tiers', 'protocol'],
  threads: ['threads', 'engine', 'tiers', 'protocol'],
  bench: ['bench', 'tools', 'threads', 'engine', 'tiers', 'protocol'],
  tools: ['tools', 'threads', 'engine', 'tiers', 'protocol'],
};
const problems = [];
for (const [room, mayImport] of Object.entries(allowed)) {
  for (const file of filesBelow(room, '.ts')) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, target] of text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g)) {
      const path = relative(root, join(root, dirname(file), target));
      const targetRoom = path.split('/')[0];
      const testOnly = file.endsWith('.test.ts') && targetRoom === 'test';
      if (!mayImport.includes(targetRoom) && !path.startsWith('tiers/base/') && !testOnly)
        problems.push(`${file} imports ${path}: ${room} may import only ${mayImport.join(', ')} and tiers/base`);
    }
    if (/:\s*any\b|<any>|as any\b/.test(text)) problems.push(`${file} uses \`any\``);
    if (/\.(only|skip)\(/.test(text) && file.endsWith('.test.ts'))
      problems.push(`${file} has a test with .only or .skip`);
  }
}
for (const problem of problems) console.error(problem);
console.log(`boundaries: ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
