/** The letters that services sent, as a client of the admin API reads them: kept with the state, gone with their account. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cloud } from '#main/cloud';
import { parseOptions } from '#main/config';
import { ACCOUNT, adminOf, OTHER, STORAGES } from './admin.ts';

type Shown = { mail: { to: string; text: string }[] };

/** What a service does by `ctx.mail`. */
function send({ kernel }: Cloud, account: string, to: string, text: string): void {
  const letter = { channel: 'email', to, from: 'cloud@example.com', text } as const;
  kernel.store.transact((tx) => kernel.mail.send(tx, letter, 'sns', { account, region: 'us-east-1' }));
}

for (const { name, open } of STORAGES)
  test(`letters are read, restored and reset (${name})`, async () => {
    await using cloud = await open();
    const admin = adminOf(cloud.url);
    const texts = async (query: string) => (await admin.get<Shown>(`mail${query}`)).mail.map(({ text }) => text);
    send(cloud.server.cloud, ACCOUNT, 'anna@example.com', 'one');
    send(cloud.server.cloud, OTHER, 'ben+x@example.com', 'two');
    assert.deepEqual(await texts(''), ['two', 'one']);
    assert.deepEqual(await texts(`?account=${ACCOUNT}`), ['one']);
    assert.deepEqual(await texts('?to=ben%2Bx@example.com&channel=email'), ['two']);
    assert.deepEqual(await texts('?limit=0'), []);
    await admin.post('snapshots', { name: 'here' });
    await admin.post('reset', { account: OTHER });
    assert.deepEqual(await texts(''), ['one']);
    assert.deepEqual(await texts('?to=ben%2Bx@example.com'), []);
    await admin.post('snapshots/here/restore');
    assert.deepEqual(await texts(''), ['two', 'one']);
    for (const [query, said] of [
      ['?chanel=sms', "There is no parameter 'chanel'; there are account, to, channel, limit."],
      ['?channel=fax', "channel should be email, sms, push, not 'fax'."],
      ['?limit=1001', 'limit should be a number from 0 to 1000.'],
    ] as const)
      assert.equal((await admin.refused('GET', `mail${query}`)).message, said);
  });

test('a relay is an address of SMTP', () => {
  for (const smtp of ['smtp://localhost', 'smtps://user:p%40ss@mail.example.com:465', 'smtp://[::1]:2525/'])
    assert.equal(parseOptions({ smtp }).smtp, smtp);
  for (const smtp of ['localhost:25', 'http://localhost', 'smtp://', 'smtp://localhost/x', 'smtp'])
    assert.throws(() => parseOptions({ smtp }), { name: 'ConfigError' }, smtp);
});
