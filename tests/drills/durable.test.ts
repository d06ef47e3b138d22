/** A durable execution whose cloud is killed by SIGKILL in the middle of a step, and again in the middle of a wait: it goes on, and what was done is not done again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type RunningBinary, sandbox } from '../support/binary.ts';
import { durableFunction, durableRole, historyOf, look } from '../support/durable.ts';
import type { HasClients } from '../support/functions.ts';

function clientsOf({ url }: RunningBinary): HasClients {
  const credentials = { accessKeyId: '123456789012', secretAccessKey: 'test' };
  return {
    client: (Class, config = {}) =>
      new Class({ endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1, ...config }),
  };
}

/** Looks until an execution has come to an event. */
async function reached(cloud: HasClients, arn: string, type: string): Promise<void> {
  while (!(await historyOf(cloud, arn)).some(({ EventType }) => EventType === type));
}

test('a durable execution outlives the cloud', async () => {
  await using box = sandbox();
  const virtual = ['--clock', 'virtual'];
  const first = await box.start(...virtual);
  const begun = clientsOf(first);
  await durableFunction(
    begun,
    await durableRole(begun),
    'f',
    `const one = await context.step('slow', async () => {
       await new Promise((done) => setTimeout(done, 700));
       return Math.random();
     });
     await context.wait({ seconds: 500 });
     return [one, await context.step(async () => one)];`,
  );
  const asked = { FunctionName: 'f', Qualifier: '$LATEST', InvocationType: 'Event' } as const;
  const { DurableExecutionArn: arn = '' } = await begun.client(LambdaClient).send(new InvokeCommand(asked));
  await reached(begun, arn, 'StepStarted');
  await first.end('SIGKILL');
  const second = await box.start(...virtual);
  await reached(clientsOf(second), arn, 'WaitStarted');
  const before = await historyOf(clientsOf(second), arn);
  await second.end('SIGKILL');
  const third = await box.start(...virtual);
  const cloud = clientsOf(third);
  await fetch(`${third.url}/_cloudyard/v1/clock`, {
    method: 'POST',
    body: JSON.stringify({ action: 'advance', millis: 500_000 }),
  });
  await reached(cloud, arn, 'ExecutionSucceeded');
  const [, [one, same]] = await look(cloud, arn);
  assert.equal(one, same);
  const kept = before.find(({ EventType }) => EventType === 'StepSucceeded')?.StepSucceededDetails?.Result?.Payload;
  assert.equal(kept, String(one));
});
