import type { MessagePort } from 'node:worker_threads';
import { CommandError } from '../../engine/commands/errors.ts';
import { Config } from '../../engine/config/config.ts';
import { Mailbox } from '../mailbox.ts';
import type { FromMain, LogLevel, TierThreadStart, ToMain } from '../messages.ts';
import { openTiers, type TierOwner } from './owner.ts';

/** Opens the tiers as main asked, and answers main's questions from then on. */
export function runTierThread(port: MessagePort, start: TierThreadStart): void {
  const post = (message: ToMain) => port.postMessage(message);
  const log = (level: LogLevel, text: string) => post({ kind: 'log', level, text });
  const config = Config.from(start.config);
  const mail = new Mailbox(start.shared.mail, start.thread, start.mailPorts);
  let owner: TierOwner | undefined;

  const answer = async (message: FromMain & { kind: 'tiers' }) => {
    try {
      const value = await owner?.answer(message.request);
      post({ kind: 'tiers-answer', id: message.id, value });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      post({ kind: 'tiers-answer', id: message.id, value: undefined, error: error.message });
    }
  };
  port.on('message', (message: FromMain) => {
    if (message.kind === 'tiers') void answer(message);
    else if (message.kind === 'config-set') config.apply(message.pairs);
    else if (message.kind === 'active-expire') owner?.setActiveExpire(message.enabled);
    else if (message.kind === 'reset-statistics') owner?.resetStatistics();
    else if (message.kind === 'close') {
      mail.close();
      void (owner?.close() ?? Promise.resolve()).then(() => post({ kind: 'closed' }));
    }
  });
  mail.open();
  openTiers(start, config, log, mail).then(
    (opened) => {
      owner = opened;
      post({ kind: 'reached', step: 'opened' });
    },
    (error: unknown) => post({ kind: 'failed', text: error instanceof Error ? error.message : String(error) }),
  );
}
