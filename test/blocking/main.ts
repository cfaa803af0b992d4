// Producers, consumers that wait, and consumers that are killed while they do, until an element is lost or doubled or the time is over.
// usage: node scripts/build.mjs && node --enable-source-maps dist/test/blocking/main.js [--seconds N] [--seed X] [--threads N] [--storage none|flash]
import { parseArgs } from 'node:util';
import { startServer } from '../support/server.ts';
import { BlockingStress } from './stress.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    threads: { type: 'string', default: '4' },
    storage: { type: 'string', default: 'flash' },
  },
});

const ROUND_MS = 3000;

const tiered = values.storage === 'flash';
const server = await startServer(['--server-threads', values.threads], tiered ? { storage: 'flash ./flash' } : {});
const until = Date.now() + Number(values.seconds) * 1000;
try {
  for (let seed = Number(values.seed); Date.now() < until; seed++) {
    const options = { port: server.port, seed, producers: 8, consumers: 8, milliseconds: ROUND_MS, tiered };
    const { given, taken, left, departures } = await new BlockingStress(options).run();
    console.log(`seed ${seed}: ${given} given, ${taken} taken, ${left} left, ${departures} consumers departed`);
  }
} catch (error) {
  console.log(server.log().split('\n').slice(-20).join('\n'));
  throw error;
} finally {
  await server.stop();
}
