import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ModelRunner } from '../../../test/support/model-runner.ts';
import { missingPrograms } from '../../../test/support/programs.ts';
import { Random } from '../../../test/support/random.ts';
import { parseLine, parseScenarios, RedisComparison } from '../../../test/support/redis-comparison.ts';
import { stringCommands } from '../string/index.ts';
import { bitmapCommands } from './index.ts';
import { bitmapScenarios } from './scenarios.ts';

const specs = [...stringCommands, ...bitmapCommands];
const FUZZ_ROUNDS = 60;
const FUZZ_COMMANDS = 100;

function randomCommand(random: Random): (string | Buffer)[] {
  const key = (): string => random.pick(['a', 'b', 'c', 'list']);
  const at = (): string => String(random.integer(-70, 300));
  const unit = (): string[] => random.pick([[], ['bit'], ['byte']]);
  const type = (): string => random.pick(['u', 'i']) + random.integer(1, 64);
  const big = (): string =>
    String(BigInt.asIntN(64, BigInt(`0x${random.bytes(8).toString('hex')}`) >> BigInt(random.integer(0, 63))));
  const field = (): string[] => {
    const overflow = random.chance(0.5) ? ['overflow', random.pick(['wrap', 'sat', 'fail'])] : [];
    const offset = String(random.integer(0, 200));
    return random.pick([
      ['get', type(), offset],
      [...overflow, 'set', type(), offset, big()],
      [...overflow, 'incrby', type(), offset, big()],
    ]);
  };
  const fill = random.pick([random.bytes(random.integer(0, 300)), Buffer.alloc(40, 0xff), Buffer.alloc(40)]);
  return random.pick<(string | Buffer)[]>([
    ['set', key(), fill],
    ['get', key()],
    ['setbit', key(), String(random.integer(0, 400)), random.pick(['0', '1'])],
    ['getbit', key(), String(random.integer(0, 400))],
    ['bitcount', key(), at(), at(), ...unit()],
    ['bitcount', key()],
    ['bitpos', key(), random.pick(['0', '1']), at(), at(), ...unit()],
    ['bitpos', key(), random.pick(['0', '1']), at()],
    ['bitop', random.pick(['and', 'or', 'xor']), random.pick(['a', 'b', 'c']), key(), key(), key()],
    ['bitop', 'not', key(), key()],
    ['bitfield', key(), ...field(), ...field(), ...field()],
    ['bitfield', key(), ...field()],
    ['bitfield_ro', key(), 'get', type(), at()],
  ]);
}

describe('bitmap commands against redis-server', { skip: missingPrograms({ 'redis-server': 'redis-server' }) }, () => {
  let comparison: RedisComparison;
  before(async () => {
    comparison = await RedisComparison.start(specs);
  });
  after(() => comparison.stop());

  for (const resp of [2, 3] as const) {
    test(`scenarios, RESP${resp}`, async () => {
      await comparison.speak(resp);
      const differences: string[] = [];
      for (const scenario of parseScenarios(bitmapScenarios))
        differences.push(...(await comparison.differences(scenario)));
      assert.equal(differences.join('\n\n'), '');
    });
  }

  const seed = Number(process.env.FUZZ_SEED ?? 20_240_607);
  test(`random commands, FUZZ_SEED=${seed}`, async () => {
    const random = new Random(seed);
    for (let round = 0; round < FUZZ_ROUNDS; round++) {
      const commands = Array.from({ length: FUZZ_COMMANDS }, () => randomCommand(random));
      const differences = await comparison.differences(commands);
      assert.equal(differences[0] ?? '', '', `seed ${seed}, round ${round}`);
    }
    assert(comparison.compared > FUZZ_ROUNDS * FUZZ_COMMANDS, 'commands were compared');
  });
});

describe("BITOP's shifts, which are KeyDB's", () => {
  const runner = new ModelRunner(specs);
  const run = (line: string): string => runner.run(parseLine(line), 0).toString('latin1');
  const cases: readonly (readonly [line: string, reply: string])[] = [
    ['set a "\\xff"', '+OK\r\n'],
    ['bitop lshift x a 1', ':2\r\n'],
    ['get x', '$2\r\n\xfe\x01\r\n'],
    ['bitop rshift x x 1', ':2\r\n'],
    ['get x', '$2\r\n\xff\x00\r\n'],
    ['bitop rshift x a 8', ':0\r\n'],
    ['get x', '$-1\r\n'],
    ['set a abcdefg', '+OK\r\n'],
    ['bitop lshift x a 8', ':8\r\n'],
    ['get x', '$8\r\n\0abcdefg\r\n'],
    ['bitop lshift b a 14', ':9\r\n'],
    ['bitop rshift b b 14', ':8\r\n'],
    ['get b', '$8\r\nabcdefg\0\r\n'],
    ['bitop rshift b a 16', ':5\r\n'],
    ['get b', '$5\r\ncdefg\r\n'],
    ['bitop lshift b a', '-ERR BITOP SHIFT must be called with a single source key and an integer shift.\r\n'],
    ['bitop lshift b a x', "-ERR BITOP SHIFT's last parameter must be an integer\r\n"],
    ['bitop lshift b a 1073741825', '-ERR BITOP SHIFT value is too large.\r\n'],
  ];
  test('results and errors', () => {
    for (const [line, reply] of cases) assert.equal(run(line), reply, line);
  });
});
