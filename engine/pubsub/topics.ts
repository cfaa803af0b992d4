import type { Session } from '../server/session.ts';
import type { TopicKind } from './registry.ts';

/** A channel or pattern with this thread's subscribers to it, in the order in which they came. */
export interface Topic {
  readonly name: Buffer;
  readonly subscribers: Set<Session>;
}

/** What the clients of one thread subscribe to. Names are one character per byte. */
export class Topics {
  private readonly kinds: readonly Map<string, Topic>[] = [new Map(), new Map(), new Map()];

  of(kind: TopicKind): Map<string, Topic> {
    return this.kinds[kind] ?? new Map<string, Topic>();
  }

  add(kind: TopicKind, name: string, session: Session): void {
    const topics = this.of(kind);
    const topic = topics.get(name);
    if (topic !== undefined) topic.subscribers.add(session);
    else topics.set(name, { name: Buffer.from(name, 'latin1'), subscribers: new Set([session]) });
  }

  remove(kind: TopicKind, name: string, session: Session): void {
    const topics = this.of(kind);
    const topic = topics.get(name);
    if (topic === undefined) return;
    topic.subscribers.delete(session);
    if (topic.subscribers.size === 0) topics.delete(name);
  }
}
