/**
 * A walk over all services at once: thousands of requests, made from the models with names of what is there, in any order. Nothing fails inside, no service answers
 * with another's error, a request that is refused and a read change nothing, another account that sends the same
 * requests changes and sees nothing, pages of any size list the same, and a cloud that is opened anew reads the same.
 * `WALK_SEED` takes another way, `WALK_STEPS` a longer one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Walk } from './walk.ts';

const SEED = process.env.WALK_SEED ?? '1';
const STEPS = Number(process.env.WALK_STEPS ?? 4_000);

test('a walk over all services finds nothing that is not in order', async () => {
  const walk = new Walk(SEED);
  await walk.furnish();
  await walk.walk(STEPS);
  assert.deepEqual(walk.faults, []);
  // A third is carried out; one that is refused everything would prove nothing.
  assert.ok(walk.done > STEPS / 4, `${walk.done} of ${STEPS} were carried out`);
});
