import type { StoreView } from '../../tiers/index/store-view.ts';
import { MAIL_INVALIDATE, type Mail } from '../server/mail.ts';
import { LETTER_KEYS, LETTER_PREFIXES, LetterWriter } from './letters.ts';
import type { ChangedNames } from './state.ts';

const NOBODY = 0;

/** The tier thread's part of client-side caching: it has no clients, but keys expire and are evicted there. */
export class TierInvalidations {
  private readonly mail: Mail;
  private readonly store: StoreView;
  private readonly changed: ChangedNames;
  private readonly letter: LetterWriter = new LetterWriter();

  constructor(mail: Mail, store: StoreView, changed: ChangedNames) {
    this.mail = mail;
    this.store = store;
    this.changed = changed;
    store.changedNames = changed;
  }

  /** Tells the front-ends what has changed since the last call. */
  send(): void {
    const { mail, store, changed, letter } = this;
    const { invalidations } = store.interests;
    if (invalidations.length > 0) {
      store.interests.invalidations = [];
      for (const { thread, id } of invalidations) {
        letter.begin(LETTER_KEYS, NOBODY).number(id);
        mail.send(thread, MAIL_INVALIDATE, letter.bytes, 0, letter.length);
      }
    }
    if (changed.names.size === 0) return;
    letter.begin(LETTER_PREFIXES, NOBODY);
    for (const name of changed.take()) letter.name(name);
    for (let thread = 0; thread < mail.threads - 1; thread++) {
      if (Atomics.load(changed.listeners, thread + 1) === 0) continue;
      mail.send(thread, MAIL_INVALIDATE, letter.bytes, 0, letter.length);
    }
  }
}
