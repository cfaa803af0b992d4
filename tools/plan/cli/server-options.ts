import { readFileSync } from 'node:fs';
import type { ServerAddress } from '../live/address.ts';
import { PlanError } from '../plan-error.ts';
import type { Flags, ParsedFlags } from './flags.ts';
import { parseAddress } from './units.ts';

/** No option has the password: it would stand in the list of processes. */
export const serverFlags: Flags = {
  user: { value: 'NAME', help: 'who asks; the password comes from REDISCLI_AUTH' },
  tls: { help: 'the port speaks TLS' },
  cacert: { value: 'FILE', help: 'certificates of authorities to trust as well (PEM)' },
  insecure: { help: 'take any certificate' },
};

/** @throws PlanError */
export function readServerOptions(
  address: string,
  flags: ParsedFlags,
  env: Readonly<Record<string, string | undefined>>,
): ServerAddress {
  const ca = flags.text('cacert');
  const tls = flags.has('tls') || flags.has('insecure') || ca !== undefined;
  const password = env.REDISCLI_AUTH;
  const user = flags.text('user');
  if (user !== undefined && password === undefined)
    throw new PlanError(`--user: put the password of ${user} into the environment: REDISCLI_AUTH`);
  return {
    ...parseAddress(address, '--server'),
    user,
    password,
    tls: tls ? { ca: ca === undefined ? undefined : readAuthorities(ca), checks: !flags.has('insecure') } : undefined,
  };
}

function readAuthorities(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new PlanError(`--cacert: ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
