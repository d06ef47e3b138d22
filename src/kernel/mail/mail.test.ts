import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clock } from '#kernel/clock';
import { MemoryDriver, Store } from '#kernel/store';
import { type Channel, KEPT_MAX, Mail, type MailRow } from './mail.ts';

const HERE = { account: '111111111111', region: 'eu-west-1' };
const OTHER = { account: '222222222222', region: 'eu-west-1' };
const START = Date.UTC(2026, 0, 1);

function room(relayed: MailRow[] = []) {
  const store = new Store(new MemoryDriver());
  const clock = new Clock({ mode: 'virtual', startAt: START });
  const mail = new Mail(store, clock, (row) => relayed.push(row));
  const send = (place: typeof HERE, to: string, text: string, channel: Channel = 'email') =>
    store.transact((tx) => mail.send(tx, { channel, to, from: 'cloud', text }, 'sns', place));
  return { store, clock, mail, send };
}

test('letters are listed newest first, by account, recipient and channel', async () => {
  const { clock, mail, send } = room();
  send(HERE, 'anna', '1');
  send(OTHER, 'anna', '2');
  await clock.advance(1);
  send(HERE, 'ben', '3');
  send(HERE, 'anna', '4', 'sms');
  const texts = (query: Parameters<Mail['list']>[0]) => mail.list(query).map(({ text }) => text);
  const limit = 10;
  assert.deepEqual(texts({ limit }), ['4', '3', '2', '1']);
  assert.deepEqual(texts({ limit: 2 }), ['4', '3']);
  assert.deepEqual(texts({ account: HERE.account, limit }), ['4', '3', '1']);
  assert.deepEqual(texts({ to: 'anna', limit }), ['4', '2', '1']);
  assert.deepEqual(texts({ account: HERE.account, to: 'anna', limit }), ['4', '1']);
  assert.deepEqual(texts({ channel: 'email', limit }), ['3', '2', '1']);
  assert.deepEqual(texts({ account: '333333333333', limit }), []);
  assert.deepEqual(mail.list({ account: OTHER.account, limit }), [
    { channel: 'email', to: 'anna', from: 'cloud', text: '2', service: 'sns', ...OTHER, sequence: 1, at: START },
  ]);
});

test('the oldest letters of an account make room, those of others stay; long lists are read page by page', () => {
  const { mail, send } = room();
  send(OTHER, 'ben', 'theirs');
  for (let index = 0; index < KEPT_MAX + 5; index += 1) send(HERE, 'anna', String(index), index % 2 ? 'sms' : 'email');
  const kept = mail.list({ account: HERE.account, limit: KEPT_MAX * 2 });
  assert.deepEqual([kept.length, kept.at(0)?.text, kept.at(-1)?.text], [KEPT_MAX, String(KEPT_MAX + 4), '5']);
  assert.equal(mail.list({ limit: KEPT_MAX * 2 }).length, KEPT_MAX + 1);
  assert.equal(mail.list({ to: 'anna', channel: 'sms', limit: KEPT_MAX }).length, KEPT_MAX / 2);
});

test('a relay gets mail that was kept, and no text messages; what was not committed nobody gets', async () => {
  const relayed: MailRow[] = [];
  const { store, mail, send } = room(relayed);
  send(HERE, '+15550100', 'text', 'sms');
  send(HERE, 'anna', 'mail');
  assert.throws(() =>
    store.transact((tx) => {
      mail.send(tx, { channel: 'email', to: 'anna', from: 'cloud', text: 'undone' }, 'sns', HERE);
      throw new Error('no');
    }),
  );
  await store.durable();
  assert.deepEqual(
    relayed.map(({ text }) => text),
    ['mail'],
  );
  assert.equal(mail.list({ limit: 10 }).length, 2);
});
