import { coldReadsGroup } from './cold-reads.ts';
import { evalGroup } from './eval.ts';
import { generatorGroup } from './generator.ts';
import { getSetGroup } from './get-set.ts';
import type { CompareGroup } from './group.ts';
import { memoryGroup } from './memory.ts';
import { pubsubGroup } from './pubsub.ts';
import { typesGroup } from './types.ts';
import { typesRamGroup } from './types-ram.ts';

/** Every group of `npm run bench:compare`, in the order in which they run. */
export const compareGroups: readonly CompareGroup[] = [
  generatorGroup,
  getSetGroup,
  memoryGroup,
  typesGroup,
  typesRamGroup,
  evalGroup,
  pubsubGroup,
  coldReadsGroup,
];
