/** Messages to people that services send: mail, texts, notices to phones. They are kept to be read; a relay may carry mail on. */
import type { Millis } from '#kernel/base';
import type { Clock } from '#kernel/clock';
import { type Place, type Store, type Transaction, table, viewOf } from '#kernel/store';

export const CHANNELS = ['email', 'sms', 'push'] as const;
export type Channel = (typeof CHANNELS)[number];

/** A message to one person. */
export type Letter = {
  channel: Channel;
  /** Address, phone number, or token of a device. */
  to: string;
  from: string;
  subject?: string | undefined;
  text: string;
  /** What else the channel knows of it: the platform of a phone, the parts of a long text. */
  details?: { readonly [name: string]: string } | undefined;
};

export type MailRow = Letter & {
  account: string;
  /** Counts the account's letters. */
  sequence: number;
  region: string;
  service: string;
  at: Millis;
};

export type MailQuery = {
  account?: string | undefined;
  to?: string | undefined;
  channel?: Channel | undefined;
  limit: number;
};

/** Carries a letter out of the cloud; undefined where nothing does. */
export type Relay = (letter: MailRow) => void;

/** Letters kept of each account; the oldest make room (house rule: what is kept is bounded). */
export const KEPT_MAX = 1_000;

const mail = table<MailRow>()('kernel.mail', {
  scope: 'global',
  key: ['account', 'sequence'],
  indexes: {
    byTime: ['at', 'account', 'sequence'],
    byRecipient: ['to', 'at', 'account', 'sequence'],
    byAccountRecipient: ['account', 'to', 'sequence'],
  },
});
const NOWHERE: Place = { account: '', region: '' };
/** Rows read at a time while looking for those of a channel. */
const PAGE = 100;

export class Mail {
  #store: Store;
  #clock: Clock;
  #relay: Relay | undefined;

  constructor(store: Store, clock: Clock, relay: Relay | undefined) {
    this.#store = store;
    this.#clock = clock;
    this.#relay = relay;
  }

  /** Keeps a letter, and carries it on once it can't be undone any more. */
  send(tx: Transaction, letter: Letter, service: string, { account, region }: Place): void {
    const view = viewOf(() => tx, NOWHERE);
    const sequence = (view.first(mail, { where: { account }, reverse: true })?.sequence ?? 0) + 1;
    const row: MailRow = { ...letter, account, sequence, region, service, at: this.#clock.now() };
    view.put(mail, row);
    view.delete(mail, { account, sequence: sequence - KEPT_MAX });
    const relay = this.#relay;
    if (letter.channel === 'email' && relay !== undefined) tx.afterDurable(() => relay(row));
  }

  /** What was sent, newest first. */
  list({ account, to, channel, limit }: MailQuery): MailRow[] {
    const [index, where] =
      account === undefined
        ? to === undefined
          ? ['byTime', {}]
          : ['byRecipient', { to }]
        : to === undefined
          ? [undefined, { account }]
          : ['byAccountRecipient', { account, to }];
    const found: MailRow[] = [];
    for (let last: MailRow | undefined; found.length < limit; ) {
      const page = this.#page(index, where, last);
      found.push(...page.filter((row) => channel === undefined || row.channel === channel));
      last = page.at(-1);
      if (page.length < PAGE) break;
    }
    return found.slice(0, limit);
  }

  #page(index: string | undefined, where: Partial<MailRow>, last: MailRow | undefined): MailRow[] {
    const fields = index === undefined ? mail.key : (mail.indexes[index] ?? []);
    const before =
      last &&
      Object.fromEntries(
        fields.filter((field) => !(field in where)).map((field) => [field, last[field as keyof MailRow]]),
      );
    return this.#store.transact((tx) =>
      viewOf(() => tx, NOWHERE).list(mail, {
        ...(index !== undefined && { index }),
        where,
        ...(before !== undefined && { before }),
        limit: PAGE,
        reverse: true,
      }),
    );
  }
}
