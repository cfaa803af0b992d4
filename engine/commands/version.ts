import type { ServerLink } from '../server/link.ts';

/** The Redis whose behaviour this server has. */
export const compatibleRedisVersion = '7.0.15';

/** Our own version, as in package.json (a test compares them). */
export const stratakvVersion = '0.1.0';

/** What INFO and HELLO call the version: Redis's, unless `version-override` says otherwise. */
export function redisVersion(server: ServerLink): string {
  const override = server.config.values['version-override'];
  return override === '' ? compatibleRedisVersion : override;
}
