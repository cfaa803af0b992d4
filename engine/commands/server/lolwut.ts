import { int64Argument } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import type { CommandSpec } from '../spec.ts';
import { redisVersion, stratakvVersion } from '../version.ts';

const width = 60;
const layers = 9;
/** From the surface down: loose, then ever denser. */
const grains: readonly string[] = [' ', '.', ':', '-', '=', '+', '*', '#', '@'];

/** Strata: layers of sediment whose borders are waves, another drawing for every seed. */
function drawStrata(seed: number): string {
  const lines: string[] = [];
  for (let row = 0; row < layers * 2; row++) {
    let line = '';
    for (let column = 0; column < width; column++) {
      const wave =
        Math.sin(column / 7 + seed) + Math.sin(column / 3 + seed * 2.3) * 0.5 + Math.cos(column / 17 - seed) * 1.5;
      const depth = Math.floor((row + wave) / 2);
      line += grains[Math.max(0, Math.min(grains.length - 1, depth))];
    }
    lines.push(line.trimEnd());
  }
  return lines.join('\n');
}

export const lolwut: CommandSpec = {
  name: 'lolwut',
  summary: 'Draw something and tell the version',
  since: '5.0.0',
  group: 'server',
  complexity: 'O(1)',
  arity: -1,
  flags: ['readonly', 'fast'],
  categories: [],
  keySpecs: [],
  arguments: [{ name: 'version', type: 'integer', token: 'VERSION', optional: true }],
  tiers: 'none',
  execute({ request, reply, server, nowMs }: CommandContext) {
    if (request.count >= 3 && request.is(1, 'version')) int64Argument(request, 2);
    const picture = drawStrata((nowMs / 1000) % 1000);
    reply.verbatim('txt', `${picture}\n\nStrata. StrataKV ${stratakvVersion}, Redis ver. ${redisVersion(server)}\n`);
  },
};
