/**
 * How long a test waits, in ms, for what comes within milliseconds on an idle machine, before it fails and says what did not come: far
 * longer than any load delays it, so that only what is broken fails.
 */
export const PATIENCE_MS = 60_000;
