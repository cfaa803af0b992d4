import type { ArgumentSpec } from './spec.ts';

/** An argument that is one of some words, written in lower case: `YES | NO`. */
export function oneOf(name: string, ...words: readonly string[]): ArgumentSpec {
  return {
    name,
    type: 'oneof',
    arguments: words.map((word) => ({ name: word, type: 'pure-token', token: word.toUpperCase() })),
  };
}
