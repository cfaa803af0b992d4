import { writeAclFile } from '../../engine/acl/acl-file.ts';
import { type ChannelPattern, matchesChannel } from '../../engine/acl/selector.ts';
import type { User } from '../../engine/acl/user.ts';
import type { ChannelsRevoked } from '../../engine/acl/users.ts';
import { CHANNEL, PATTERN, SHARD_CHANNEL } from '../../engine/pubsub/registry.ts';
import type { Subscriptions } from '../../engine/pubsub/subscriptions.ts';
import type { ThreadAnswers } from '../../engine/server/answers.ts';
import type { AclRequest } from '../../engine/server/link.ts';
import { unreachable } from '../../tiers/base/assert.ts';
import type { FrontEnd } from './front-end.ts';

/** Changes this thread's users, and disconnects those whom it concerns. */
export function answerAclRequest(front: FrontEnd, request: AclRequest): ThreadAnswers[AclRequest['kind']] {
  const { acl } = front;
  const revoked: ChannelsRevoked = (user, patterns) => dropSubscribers(front, user, patterns);
  switch (request.kind) {
    case 'acl-setuser': {
      const error = acl.users.set(request.name, request.rules, revoked);
      acl.settle();
      return error;
    }
    case 'acl-deluser': {
      const gone = acl.users.delete(request.names);
      for (const user of gone) dropClients(front, user, request.askedBy);
      return gone.length;
    }
    case 'acl-load': {
      const loaded = acl.users.load(request.text, front.config.values.aclfile, revoked);
      if ('errors' in loaded) return loaded.errors;
      acl.settle();
      for (const user of loaded.gone) dropClients(front, user, request.askedBy);
      return '';
    }
    case 'acl-save':
      return front.threadIndex === 0 ? save(front) : '';
    case 'acl-log':
      return acl.log.get();
    case 'acl-log-reset':
      acl.log.reset();
      return undefined;
    default:
      return unreachable(request);
  }
}

/** The one that asked gets its answer first. */
function dropClients(front: FrontEnd, user: User, askedBy: number): void {
  for (const connection of [...front.connections.values()]) {
    const { session } = connection;
    if (session.acl !== user) continue;
    front.acl.expel(session);
    if (session.id === askedBy) connection.closeOnceAnswered();
    else connection.kill();
  }
}

/** Subscribers to channels that their user has no more. Who has not logged in is the default user, as long as that one is open. */
function dropSubscribers({ acl, connections }: FrontEnd, user: User, patterns: readonly ChannelPattern[]): void {
  for (const connection of [...connections.values()]) {
    const { session } = connection;
    const { subscriptions } = session;
    if (subscriptions === undefined) continue;
    const itsUser = session.acl === acl.guest ? acl.users.default : session.acl;
    if (itsUser === user && !allowsAll(subscriptions, patterns)) connection.kill();
  }
}

function allowsAll(subscriptions: Subscriptions, patterns: readonly ChannelPattern[]): boolean {
  return ([CHANNEL, PATTERN, SHARD_CHANNEL] as const).every((kind) => {
    for (const name of subscriptions.of(kind)) {
      const bytes = Buffer.from(name, 'latin1');
      if (!matchesChannel(patterns, bytes, 0, bytes.length, kind === PATTERN)) return false;
    }
    return true;
  });
}

function save(front: FrontEnd): string {
  try {
    writeAclFile(front.config.values.aclfile, front.acl.users.lines());
    return '';
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    front.log('warning', `Writing ACL file for ACL SAVE: ${text}`);
    return text;
  }
}
