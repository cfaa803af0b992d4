import type { Config } from '../config/config.ts';
import type { Acl } from './acl.ts';

/** Text of the ACL file when the server started, one character per byte; undefined without `aclfile`. */
export type AclFileText = string | undefined;

/**
 * The users of a start: `requirepass`, then either redis.conf's `user` lines or the ACL file. Main does it first, to find what is wrong
 * before any thread runs; then every thread with the very same texts.
 *
 * @returns what is wrong, in Redis's words, or an empty text
 */
export function startUsers(acl: Acl, config: Config, file: AclFileText, notice: (text: string) => void): string {
  const { values } = config;
  acl.settings.allChannels = values['acl-pubsub-default'] === 'allchannels';
  acl.settings.maxLogLength = Number(values['acllog-max-len']);
  // What a file says is decoded as UTF-8.
  if (values.requirepass !== '') acl.users.setDefaultPassword(Buffer.from(values.requirepass));
  const lines = config.extraLines
    .filter(([name]) => name === 'user')
    .map(([, ...words]) => words.map((word) => Buffer.from(word).latin1Slice()));
  if (file !== undefined && lines.length > 0) {
    return 'Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is invalid. This setup is very likely to lead to configuration errors and security holes, please define either an ACL file or declare users directly in your redis.conf, but not both.';
  }
  const problem = acl.users.configure(lines, notice);
  if (problem !== '') return `${problem}\nCritical error while loading ACLs. Exiting.`;
  if (file !== undefined) {
    const loaded = acl.users.load(file, values.aclfile, () => {});
    if ('errors' in loaded) return `Aborting Redis startup because of ACL errors: ${loaded.errors}`;
  }
  acl.settle();
  return '';
}

/** Follows what CONFIG SET has changed, from the request that all threads get in the same order. Texts have one character per byte. */
export function followConfigSet(acl: Acl, pairs: readonly (readonly [name: string, value: string])[]): void {
  for (const [name, value] of pairs) {
    switch (name.toLowerCase()) {
      case 'requirepass':
        acl.users.setDefaultPassword(Buffer.from(value, 'latin1'));
        acl.settle();
        break;
      case 'acl-pubsub-default':
        acl.settings.allChannels = value.toLowerCase() === 'allchannels';
        break;
      case 'acllog-max-len':
        acl.settings.maxLogLength = Number(value);
        break;
      default:
        break;
    }
  }
}
