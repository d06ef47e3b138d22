/**
 * Requests made from the models, for every operation that is built: valid ones are carried out or refused with an error that
 * the service has, forbidden ones are refused, every answer has the model's shape, nothing fails inside. How many pass is
 * kept in passes.json and may only grow: `REQUESTS_KEEP=1` writes it anew.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { SimulatedFunctions } from '#engines/function/simulated';
import { ServiceError, type ServiceName } from '#kernel/contract';
import { rootOf } from '#kernel/identity';
import type { ServiceModel } from '#kernel/wire';
import { builtServices, loadService } from '#main/registry';
import { startServer } from '#main/server';
import { restoreSnapshot, takeSnapshot } from '#main/snapshots';
import { faultOfError, faultsOfOutput, isNotBuilt } from '../support/answers.ts';
import { START } from '../support/cloud.ts';
import { type Case, casesOf } from './cases.ts';
import { withoutUnbuilt } from './world.ts';
import { WORLDS } from './worlds.ts';

const KEPT = join(import.meta.dirname, 'passes.json');
const ACCOUNT = '123456789012';

type Passes = { [service: string]: { requests: number; passed: number } };
type Outcome = { passed: number; requests: number; failures: string[] };

function modelOf(name: string): ServiceModel {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../../models', `${name}.json`), 'utf8'));
}

/** What is wrong with an answer; nothing when it is as it must be. */
function faultOf(model: ServiceModel, one: Case, answer: unknown): string | undefined {
  if (answer instanceof ServiceError) return faultOfError(model, answer);
  return answer instanceof Error ? (answer.stack ?? answer.message) : one.wrong ? 'was carried out' : undefined;
}

async function run(name: ServiceName): Promise<Outcome> {
  const outcome: Outcome = { passed: 0, requests: 0, failures: [] };
  const service = await loadService(name);
  const model = modelOf(name);
  const shapeless: string[] = [];
  const engines = { function: new SimulatedFunctions({ f: () => 1 }) };
  const options = { port: 0, clock: 'virtual', startAt: START, seed: '1', engines } as const;
  const server = await startServer(options, (level, message, fields) => {
    if (level === 'error') shapeless.push(`${message} ${JSON.stringify(fields)}`);
  });
  try {
    const { cloud } = server;
    cloud.kernel.inspect = (seen, operation, output) => shapeless.push(...faultsOfOutput(seen, operation, output));
    const aws = cloud.kernel.aws(() => ({ account: ACCOUNT, region: 'us-east-1', principal: rootOf(ACCOUNT) }));
    const world = { ...(await WORLDS[name]?.(aws)), ...withoutUnbuilt(model, service?.unbuilt) };
    await takeSnapshot(cloud, 'world');
    const client = aws[name] as unknown as Record<string, (input: object) => Promise<object>>;
    for (const [operation, handler] of Object.entries(service?.operations ?? {})) {
      if (typeof handler !== 'function') continue;
      for (const one of casesOf(model, operation, world)) {
        const answer = await client[operation]?.(one.input).catch((error: unknown) => error);
        const faults = [faultOf(model, one, answer), ...shapeless.splice(0)].filter((fault) => fault !== undefined);
        outcome.requests += 1;
        if (faults.length > 0) outcome.failures.push(`${operation}, ${one.what}: ${faults.join('; ')}`);
        else if (!isNotBuilt(answer)) outcome.passed += 1;
        if (!(answer instanceof Error) && model.operations[operation]?.readonly !== true)
          await restoreSnapshot(cloud, 'world');
      }
    }
  } finally {
    await server.close();
  }
  return outcome;
}

const kept: Passes = JSON.parse(readFileSync(KEPT, 'utf8'));
const passes: Passes = {};

describe('requests made from the models', () => {
  const isKept = process.env.REQUESTS_KEEP !== undefined;
  for (const name of builtServices()) {
    it(name, async () => {
      const { requests, passed, failures } = await run(name);
      passes[name] = { requests, passed };
      const found = `${name}: ${passed} of ${requests} passed\n${failures.join('\n')}`;
      if (isKept) process.stderr.write(`${found}\n`);
      assert.deepEqual(failures, []);
      assert.ok(isKept || passed >= (kept[name]?.passed ?? 0), `${found}${kept[name]?.passed} passed before`);
    });
  }
  after(() => {
    if (isKept) writeFileSync(KEPT, `${JSON.stringify(passes, null, 2)}\n`);
  });
});
