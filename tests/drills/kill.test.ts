/**
 * A real process under real load, killed by SIGKILL at a moment nobody chose, over and over on one folder. `KILL_ROUNDS` (5) says how
 * often, `KILL_SEED` repeats a run's draws (not its interleaving, which is the machine's). The whole drill:
 * `KILL_ROUNDS=20 node --test tests/drills/kill.test.ts`.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { freshSeed, Random } from '#kernel/random';
import { createCloud } from '#main/cloud';
import { type RunningBinary, sandbox } from '../support/binary.ts';
import { Load } from './kill-load.ts';
import { writeInOrder } from './torn-tail.ts';

const ROUNDS = Number(process.env.KILL_ROUNDS ?? 5);
const SEED = process.env.KILL_SEED ?? freshSeed();
/** Source: checkpointer.ts: the log is copied after 4,000 writes; twice the pages that they usually fill. */
const WAL_BYTES_MAX = 2 * 4_000 * 8_192;
/** Source: sqlite.ts: the database commits once the log has 4 MB; one turn may bring as much. */
const REDO_BYTES_MAX = 2 * 4 * 1_024 * 1_024;
/** Longer than S3 keeps a replaced body for those who still read it. */
const HOUR = 3_600_000;

const TIMEOUT = { timeout: 600_000 };

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
}

/** What a crash in the middle of an upload may leave. */
function leaveOrphans(blobs: string): string[] {
  const orphans = [join(blobs, 'ff/ff-orphan'), join(blobs, 'tmp/half')];
  mkdirSync(join(blobs, 'ff'), { recursive: true });
  for (const orphan of orphans) writeFileSync(orphan, 'nobody names me');
  return orphans;
}

test(`killed ${ROUNDS} times, seed ${SEED}`, TIMEOUT, async (t) => {
  await using box = sandbox();
  const data = join(box.folder, '.cloudyard');
  const random = new Random(SEED).stream('kill');
  const load = new Load(random);
  let orphans: string[] = [];
  let [acknowledged, log] = [0, 0];
  const open = async (): Promise<RunningBinary> => {
    const cloud = await box.start();
    load.connect(cloud.url);
    return cloud;
  };
  const check = async () => {
    await load.check();
    // The sweep runs beside the requests, and is through after far fewer.
    const left = () => orphans.filter((orphan) => existsSync(orphan));
    for (let looks = 0; looks < 20 && left().length > 0; looks += 1) await load.check();
    assert.deepEqual(left(), [], 'no file is left that nobody names');
  };
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const cloud = await open();
      if (round === 0) await load.furnish();
      else await check();
      let left = 20 + random.below(200);
      await load.run(() => {
        acknowledged += 1;
        left -= 1;
        if (left === 0) cloud.child.kill('SIGKILL');
      });
      const { signal, stderr } = await cloud.end('SIGKILL');
      assert.equal(signal, 'SIGKILL');
      assert.doesNotMatch(stderr, /"level":"error"/);
      log = Math.max(log, statSync(join(data, 'state.db-wal')).size);
      assert.ok(log <= WAL_BYTES_MAX, `what a start has to go through is bounded: ${log} bytes`);
      assert.ok(statSync(join(data, 'state.db-redo')).size <= REDO_BYTES_MAX);
      orphans = leaveOrphans(join(data, 'blobs'));
    }
    const cloud = await open();
    await check();
    await load.clear();
    assert.equal((await cloud.end('SIGTERM')).code, 0);
  } finally {
    load.disconnect();
  }
  await checkFiles(data);
  t.diagnostic(`${acknowledged} requests acknowledged, ${log} bytes of log at most`);
});

/** Once every object was deleted, and S3 has had its time, no file of a body is left. */
async function checkFiles(data: string): Promise<void> {
  const cloud = createCloud({ data, clock: 'virtual', startAt: Date.now() }, () => {});
  try {
    await cloud.kernel.clock.advance(HOUR);
    await cloud.kernel.blobs.driver.removed();
  } finally {
    await cloud.close();
  }
  assert.deepEqual(filesOf(join(data, 'blobs')), [], 'no file is left that nobody names');
}

test(`a torn tail of a log leaves a beginning of what was written, seed ${SEED}`, TIMEOUT, async () => {
  await using box = sandbox();
  const logs = ['wal', 'redo'].map((name) => join(box.folder, `.cloudyard/state.db-${name}`));
  const random = new Random(SEED).stream('tear');
  let written = 0;
  for (let round = 0; round < 8; round += 1) {
    const cloud = await box.start();
    written = await writeInOrder(cloud, written, 20 + random.below(60));
    await cloud.end('SIGKILL');
    const log = logs[Math.floor(round / 2) % 2] as string;
    const { size } = statSync(log);
    const torn = 1 + random.below(Math.min(size - 1, 100_000));
    if (round % 2 === 0) truncateSync(log, size - torn);
    else writeFileSync(log, Buffer.concat([readFileSync(log).subarray(0, size - torn), random.bytes(torn)]));
  }
});

test('a folder that is in use is refused to a second process, and free when the first is killed', TIMEOUT, async () => {
  await using box = sandbox();
  const first = await box.start();
  const { code, stderr } = await box.run('start', '--port', '0');
  assert.equal(code, 2);
  assert.match(stderr, /is in use by the Cloudyard at/);
  await writeInOrder(first, 0, 3);
  await first.end('SIGKILL');
  const second = await box.start();
  assert.equal(await writeInOrder(second, 3, 3, 3), 6);
  assert.equal((await second.end('SIGTERM')).code, 0);
});
