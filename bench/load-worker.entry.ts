// The load generator's process: one message of LoadOptions in, one LoadReply out, until the parent disconnects.
import { runLoad } from './support/load.ts';
import { type LoadOptions, WrittenVersions } from './support/load-options.ts';
import type { LoadReply } from './support/load-process.ts';

let versions = new WrittenVersions(0);

function answer(reply: LoadReply): void {
  process.send?.(reply);
}

process.on('message', (options: LoadOptions) => {
  if (versions.acknowledged.length !== options.keys) versions = new WrittenVersions(options.keys);
  runLoad(options, versions).then(
    (result) => answer({ result }),
    (error: unknown) => answer({ failure: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
