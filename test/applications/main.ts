// Libraries that people run on Redis do their normal work against a server of four threads.
// usage: npm run test:applications -- [--seconds N]
import { parseArgs } from 'node:util';
import { runApplications } from './run.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
for (const line of await runApplications(Number(values.seconds))) console.log(line);
