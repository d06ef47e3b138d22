/** Keys live through months of rotations, replicas, pauses and deletions: what was encrypted is read exactly as long as its key may be used. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY } from '#kernel/base';
import { Random } from '#kernel/random';
import { startTestCloud } from '../support/cloud.ts';

const REGIONS = ['us-east-1', 'eu-west-1'] as const;
const ACCOUNT = '123456789012';
const STEPS = 250;
const READS = 6;

type Region = (typeof REGIONS)[number];
/** What the workload knows of a key in a Region. */
type Known = { state: 'Enabled' | 'Disabled' | 'PendingDeletion'; deletedAt: number };
type Key = { id: string; at: Map<Region, Known>; multiRegion: boolean; rotations: number };
type Secret = { key: Key; blob: Uint8Array; text: string; context: { [key: string]: string } };

/** Runs the workload; gives what happened, without the ciphertexts, which no seed repeats. */
async function simulate(seed: string): Promise<string[]> {
  await using cloud = await startTestCloud({ seed });
  const random = new Random(seed).stream('workload');
  const { clock } = cloud.server.cloud.kernel;
  const kms = (region: Region) => cloud.server.cloud.aws(ACCOUNT, region).kms;
  const pick = <T>(from: readonly T[]): T => from[random.below(from.length)] as T;
  const keys: Key[] = [];
  const secrets: Secret[] = [];
  const trace: string[] = [];

  /** The state now; undefined once the key is gone from the Region. */
  const stateOf = (key: Key, region: Region) => {
    const known = key.at.get(region);
    if (known?.state === 'PendingDeletion' && known.deletedAt <= clock.now()) return undefined;
    return known?.state;
  };
  const alive = () =>
    keys.flatMap((key) =>
      REGIONS.filter((region) => stateOf(key, region) !== undefined).map((region) => ({ key, region })),
    );

  async function create(): Promise<void> {
    const multiRegion = random.below(2) === 0;
    const { KeyMetadata } = await kms('us-east-1').CreateKey({ MultiRegion: multiRegion });
    const key: Key = { id: KeyMetadata?.KeyId ?? '', at: new Map(), multiRegion, rotations: 0 };
    key.at.set('us-east-1', { state: 'Enabled', deletedAt: 0 });
    if (multiRegion) {
      await kms('us-east-1').ReplicateKey({ KeyId: key.id, ReplicaRegion: 'eu-west-1' });
      await cloud.advance(2_000);
      key.at.set('eu-west-1', { state: 'Enabled', deletedAt: 0 });
    }
    if (random.below(2) === 0)
      await kms('us-east-1').EnableKeyRotation({ KeyId: key.id, RotationPeriodInDays: 90 + random.below(100) });
    keys.push(key);
  }

  async function encrypt(key: Key, region: Region): Promise<void> {
    const text = random.text(1 + random.below(40), 'abcdefgh');
    const context = { step: String(trace.length) };
    const input = { KeyId: key.id, Plaintext: Buffer.from(text), EncryptionContext: context };
    if (stateOf(key, region) !== 'Enabled') return assert.rejects(kms(region).Encrypt(input));
    const { CiphertextBlob = new Uint8Array() } = await kms(region).Encrypt(input);
    secrets.push({ key, blob: CiphertextBlob, text, context });
  }

  async function change(key: Key, region: Region): Promise<void> {
    const known = key.at.get(region);
    const state = stateOf(key, region);
    assert.ok(known !== undefined && state !== undefined);
    const KeyId = key.id;
    if (state === 'PendingDeletion') {
      await kms(region).CancelKeyDeletion({ KeyId });
      known.state = 'Disabled';
    } else if (state === 'Disabled') {
      await kms(region).EnableKey({ KeyId });
      known.state = 'Enabled';
    } else if (random.below(3) === 0 && !(key.multiRegion && region === 'us-east-1')) {
      const days = 7 + random.below(24);
      await kms(region).ScheduleKeyDeletion({ KeyId, PendingWindowInDays: days });
      Object.assign(known, { state: 'PendingDeletion', deletedAt: clock.now() + days * DAY });
    } else {
      await kms(region).DisableKey({ KeyId });
      known.state = 'Disabled';
    }
  }

  async function rotate(key: Key): Promise<void> {
    if (stateOf(key, 'us-east-1') !== 'Enabled' || key.rotations === 25) return;
    await kms('us-east-1').RotateKeyOnDemand({ KeyId: key.id });
    key.rotations += 1;
  }

  async function read({ key, blob, text, context }: Secret): Promise<void> {
    for (const region of REGIONS) {
      const asked = kms(region).Decrypt({ CiphertextBlob: blob, EncryptionContext: context });
      if (stateOf(key, region) === 'Enabled')
        assert.equal(
          Buffer.from((await asked).Plaintext ?? []).toString(),
          text,
          `seed ${seed}: ${key.id} in ${region}`,
        );
      else await assert.rejects(asked, `seed ${seed}: ${key.id} in ${region} is ${stateOf(key, region)}`);
    }
  }

  await create();
  for (let step = 0; step < STEPS; step += 1) {
    const there = alive();
    const { key, region } = pick(there);
    const action = pick(['create', 'encrypt', 'encrypt', 'encrypt', 'change', 'rotate', 'advance'] as const);
    if (action === 'create' || there.length < 2) await create();
    else if (action === 'encrypt') await encrypt(key, region);
    else if (action === 'change') await change(key, region);
    else if (action === 'rotate') await rotate(key);
    else await cloud.advance((1 + random.below(20)) * DAY);
    for (let count = 0; count < READS && secrets.length > 0; count += 1) await read(pick(secrets));
    trace.push(`${action} ${key.id} ${region} ${there.length} ${secrets.length} ${clock.now()}`);
  }
  for (const secret of secrets) await read(secret);
  assert.ok(secrets.length > STEPS / 8 && keys.some(({ rotations }) => rotations > 1));
  return trace;
}

for (const seed of ['1', '2', '3'])
  test(`seed ${seed}: what was encrypted is read as long as its key may be used; the same again`, async () => {
    assert.deepEqual(await simulate(seed), await simulate(seed));
  });
