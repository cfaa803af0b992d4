import { numberScenarios } from './scenarios/numbers.ts';
import { partScenarios } from './scenarios/parts.ts';
import { valueScenarios } from './scenarios/values.ts';

/** Command lines whose replies must be those of redis-server. `list` is a list; everything else is missing at the start. */
export const stringScenarios = [valueScenarios, numberScenarios, partScenarios].join('');
