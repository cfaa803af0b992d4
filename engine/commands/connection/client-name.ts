import { CommandError } from '../errors.ts';

/** Whether all characters are printable ASCII without space: what CLIENT LIST can show in one field. */
export function isPrintableWord(text: string): boolean {
  return /^[!-~]*$/.test(text);
}

const badName = new CommandError('ERR Client names cannot contain spaces, newlines or special characters.');

/** The name, or throws when CLIENT LIST could not show it. */
export function checkClientName(name: string): string {
  if (!isPrintableWord(name)) throw badName;
  return name;
}
