/**
 * `storage-admission`: which values that leave RAM are written to the cold tier at all, where maxmemory-policy allows that they are lost. `all`;
 * `reuse`: those that were used again since they were written; `frequency`: those that were used twice.
 *
 * A value that was refused is remembered (a ghost); if its key leaves RAM again while it is, that counts as a use.
 */
export type Admission = 'all' | 'reuse' | 'frequency';

/** Uses that earn a place on disk. */
const USES = { all: 0, reuse: 1, frequency: 2 } as const;

/**
 * `proven`: the value is in MAIN, where it got by two hits or a return; `frequency`: hits that its entry has counted; `returned`: its key was
 * refused before and not forgotten.
 */
export function admits(admission: Admission, proven: boolean, frequency: number, returned: boolean): boolean {
  return proven || frequency + (returned ? 1 : 0) >= USES[admission];
}
