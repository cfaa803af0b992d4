import { globMatch } from '../text/glob.ts';

/** Glob matching of texts, for include paths and CONFIG GET. */
export function matches(pattern: string, text: string, ignoreCase: boolean): boolean {
  return globMatch(Buffer.from(pattern), Buffer.from(text), ignoreCase);
}

/** Whether Redis would treat `text` as a pattern rather than as a name. */
export function isPattern(text: string): boolean {
  return /[*?[]/.test(text);
}
