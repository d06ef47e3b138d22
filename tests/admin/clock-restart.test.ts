import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DAY } from '#kernel/base';
import { sandbox } from '../support/binary.ts';
import { START, startTestCloud } from '../support/cloud.ts';

test('time that was turned forward does not go back at the next start, nor with a snapshot or a reset', async () => {
  const data = mkdtempSync(join(tmpdir(), 'cloudyard-'));
  const shown: number[] = [];
  try {
    for (let round = 0; round < 3; round += 1) {
      await using cloud = await startTestCloud({ data });
      const { clock } = cloud.server.cloud.kernel;
      shown.push(clock.now() - START);
      if (round === 0)
        await fetch(`${cloud.url}/_cloudyard/v1/snapshots`, { method: 'POST', body: '{"name":"early"}' });
      await cloud.advance(10 * DAY);
      const after = round === 0 ? 'snapshots/early/restore' : 'reset';
      assert.equal((await fetch(`${cloud.url}/_cloudyard/v1/${after}`, { method: 'POST' })).status, 200);
      assert.equal(clock.now() - START, (round + 1) * 10 * DAY);
    }
    assert.deepEqual(shown, [0, 10 * DAY, 20 * DAY]);
  } finally {
    rmSync(data, { recursive: true });
  }
});

test('a cloud that was killed before its clock was ever turned goes on at the time that it began at', async () => {
  await using box = sandbox();
  const first = await box.start('--clock', 'virtual', '--start-at', '2030-01-01T00:00:00Z');
  await box.json('snapshot', 'take', 'acknowledged');
  await first.end('SIGKILL');
  const { url } = await box.start('--clock', 'virtual');
  const { now } = (await (await fetch(`${url}/_cloudyard/v1/clock`)).json()) as { now: string };
  assert.equal(now, '2030-01-01T00:00:00.000Z');
});
