/**
 * Thousands of broken requests per protocol through the whole gateway, made from real ones and a seed: none may fail inside, hang, be answered
 * strangely or take much memory. `FUZZ_SEED` repeats a run or draws others, `FUZZ_ROUNDS` (1) says how many such runs follow one another,
 * each with a seed of its own: `FUZZ_ROUNDS=100 FUZZ_SEED=nightly node --test tests/fuzz/fuzz.test.ts`.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import { type Random, randomOf } from '../roundtrip/random.ts';
import { startTestCloud } from '../support/cloud.ts';
import { mutateFrames, streamFault } from './frames.ts';
import { describe, Fuzzer, judge } from './fuzzer.ts';
import { mutateBody, mutateHead } from './mutate.ts';
import { FURNITURE, type Request, SEEDS } from './seeds.ts';

const SEED = process.env.FUZZ_SEED ?? 'cloudyard-1';
const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 1);
/** Of each request, in each way. */
const VARIANTS = 40;
const STREAMS = 1_000;
const EVERY = [...SEEDS.built, ...SEEDS.unbuilt];
/** More than this process has at first. The largest bodies have 2 MiB; what multiplies itself would need gigabytes. */
const MEMORY_MAX = 1 << 30;

type Mutate = (request: Request, random: Random) => Request;

function* variants(requests: readonly Request[], mutate: Mutate, seed: string, count = VARIANTS): Generator<Request> {
  for (const [index, request] of requests.entries()) {
    const random = randomOf(`${seed}/${index}`);
    for (let left = count; left > 0; left -= 1) yield mutate(request, random);
  }
}

/** Runs the requests on a new cloud; gives what each was answered. */
async function run(requests: Iterable<Request>, isRouted: boolean): Promise<string[]> {
  const cloud = await startTestCloud();
  const fuzzer = new Fuzzer(cloud.url);
  const answers: string[] = [];
  const memory = process.memoryUsage.rss() + MEMORY_MAX;
  try {
    for (const request of FURNITURE)
      assert.match(judge(request, await fuzzer.send(request), true), /^2/, describe(request));
    for (const request of requests) {
      answers.push(judge(request, await fuzzer.send(request), isRouted));
      assert.ok(process.memoryUsage.rss() < memory, `too much memory after ${describe(request)}`);
    }
  } catch (error) {
    const inside = await cloud.close().then(() => '', String);
    throw new Error(`${(error as Error).message}\n${inside}`);
  } finally {
    fuzzer.close();
  }
  await cloud.close();
  return answers;
}

it('the requests it starts from are understood', async () => {
  const built = await run(SEEDS.built, true);
  for (const [index, request] of SEEDS.built.entries()) assert.match(built[index] ?? '', /^2/, describe(request));
  const unbuilt = await run(SEEDS.unbuilt, true);
  // Built or not: the wire has read it.
  for (const [index, request] of SEEDS.unbuilt.entries())
    assert.doesNotMatch(
      unbuilt[index] ?? '',
      /Serialization|UnknownOperation|Malformed|InvalidAction/,
      describe(request),
    );
});

it('the same seed makes the same requests and gets the same answers, another one others', async () => {
  const few = (seed: string) => [...variants(EVERY, mutateBody, seed, 3)];
  const hash = (requests: Request[]) => {
    const sum = createHash('sha256');
    for (const { method, target, headers, body } of requests)
      sum.update(`${method} ${target} ${JSON.stringify(headers)}`).update(body);
    return sum.digest('hex');
  };
  assert.equal(hash(few(SEED)), hash(few(SEED)));
  assert.notEqual(hash(few(SEED)), hash(few('another')));
  assert.deepStrictEqual(await run(few(SEED), true), await run(few(SEED), true));
});

for (let round = 0; round < ROUNDS; round += 1) {
  const seed = round === 0 ? SEED : `${SEED}-${round}`;
  const fuzz = async (requests: readonly Request[], mutate: Mutate, isRouted: boolean) => {
    await run(variants(requests, mutate, seed), isRouted);
  };
  it(`broken bodies of operations that are built, seed ${seed}`, () => fuzz(SEEDS.built, mutateBody, true));
  it(`broken bodies of operations that are not built, seed ${seed}`, () => fuzz(SEEDS.unbuilt, mutateBody, true));
  it(`broken heads, paths and queries, seed ${seed}`, () => fuzz(EVERY, mutateHead, false));
  it(`broken event streams, seed ${seed}`, async () => {
    const random = randomOf(seed);
    for (let left = STREAMS; left > 0; left -= 1) {
      const bytes = mutateFrames(random);
      assert.equal(await streamFault(bytes), undefined, bytes.toString('hex').slice(0, 2_000));
    }
  });
}
