import type { Acl } from '../../engine/acl/acl.ts';
import type { CommandTable } from '../../engine/commands/table.ts';
import { type CollectionLimits, followCollectionLimits } from '../../engine/config/collection-limits.ts';
import type { Config } from '../../engine/config/config.ts';
import type { BatchLock } from '../../engine/dispatch/hooks.ts';
import type { Monitors } from '../../engine/monitor/monitors.ts';
import type { PubSub } from '../../engine/pubsub/pubsub.ts';
import type { ScriptEngine } from '../../engine/scripting/engine.ts';
import type { FunctionEngine } from '../../engine/scripting/functions/function-engine.ts';
import type { AnswersTo } from '../../engine/server/answers.ts';
import type { MemoryFigures, ServerLink, ThreadRequest, TierRequest } from '../../engine/server/link.ts';
import type { Mail } from '../../engine/server/mail.ts';
import type { Session } from '../../engine/server/session.ts';
import type { Statistics } from '../../engine/server/statistics.ts';
import type { ClientTracking } from '../../engine/tracking/state.ts';
import type { FrontEndStart, ShutdownOptions, ToMain } from '../messages.ts';
import { Questions } from '../questions.ts';
import { Suggestions } from './suggestions.ts';

export interface LinkParts {
  readonly start: FrontEndStart;
  readonly config: Config;
  readonly table: CommandTable;
  readonly acl: Acl;
  readonly scripts: ScriptEngine;
  readonly functions: FunctionEngine;
  readonly statistics: Statistics;
  readonly lock: BatchLock;
  readonly mail: Mail;
  readonly pubsub: PubSub;
  readonly tracking: ClientTracking;
  readonly monitors: Monitors;
  readonly memory: () => MemoryFigures;
  readonly sessions: () => Iterable<Session>;
  readonly post: (message: ToMain) => void;
}

/** A front-end's way to the rest of the server. Questions to other threads go by way of the main thread. */
export class ThreadLink implements ServerLink {
  readonly config: Config;
  readonly collectionLimits: CollectionLimits;
  readonly table: CommandTable;
  readonly acl: Acl;
  readonly scripts: ScriptEngine;
  readonly functions: FunctionEngine;
  readonly statistics: Statistics;
  readonly threadIndex: number;
  readonly threadCount: number;
  readonly runId: string;
  readonly startedAtMs: number;
  readonly mail: Mail;
  readonly pubsub: PubSub;
  readonly tracking: ClientTracking;
  readonly monitors: Monitors;
  readonly questions: Questions = new Questions();
  private readonly parts: LinkParts;
  private readonly suggestions: Suggestions;

  constructor(parts: LinkParts) {
    this.parts = parts;
    this.suggestions = new Suggestions(parts.table, (text) => parts.post({ kind: 'log', level: 'notice', text }));
    this.config = parts.config;
    this.mail = parts.mail;
    this.pubsub = parts.pubsub;
    this.tracking = parts.tracking;
    this.monitors = parts.monitors;
    this.collectionLimits = followCollectionLimits(parts.config);
    this.table = parts.table;
    this.acl = parts.acl;
    this.scripts = parts.scripts;
    this.functions = parts.functions;
    this.statistics = parts.statistics;
    this.threadIndex = parts.start.thread;
    this.threadCount = parts.start.threads;
    this.runId = parts.start.runId;
    this.startedAtMs = parts.start.startedAtMs;
  }

  async broadcast<Asked extends ThreadRequest>(request: Asked): Promise<AnswersTo<Asked>> {
    const answers = await this.questions.ask((id) => this.parts.post({ kind: 'broadcast', id, request }));
    // Each thread's answerRequest is typed by the same table.
    return answers as AnswersTo<Asked>;
  }

  tiers(request: TierRequest): Promise<unknown> {
    return this.questions.ask((id) => this.parts.post({ kind: 'tiers', id, request }));
  }

  memory(): MemoryFigures {
    return this.parts.memory();
  }

  sessions(): Iterable<Session> {
    return this.parts.sessions();
  }

  suggest(kind: 'command' | 'directive', name: string): void {
    this.suggestions.about(kind, name, Date.now());
  }

  exclusively<T>(body: () => T): T {
    return this.parts.lock.run(body);
  }

  async shutdown(options: ShutdownOptions): Promise<string> {
    return String(await this.questions.ask((id) => this.parts.post({ kind: 'shutdown', id, options })));
  }

  async abortShutdown(): Promise<boolean> {
    return (await this.questions.ask((id) => this.parts.post({ kind: 'abort-shutdown', id }))) === true;
  }
}
