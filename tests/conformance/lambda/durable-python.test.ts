import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LambdaClient, SendDurableExecutionCallbackSuccessCommand } from '@aws-sdk/client-lambda';
import { startTestCloud } from '../../support/cloud.ts';
import { begin, durableRole, historyOf, look } from '../../support/durable.ts';
import { createFunction, zip } from '../../support/functions.ts';

const SDK = 'aws_durable_execution_sdk_python';
/** Where this machine's Python has AWS's SDK, and a boto3 that knows durable executions; empty where it has not. */
const probe = `import boto3, os, ${SDK} as sdk
boto3.client("lambda", region_name="us-east-1").checkpoint_durable_execution
print(os.path.dirname(sdk.__file__))`;
const folder = spawnSync('python3', ['-c', probe], { encoding: 'utf8' }).stdout?.trim();

const SOURCE = `
from ${SDK} import durable_execution, durable_step
from ${SDK}.config import CallbackConfig, Duration

@durable_step
def double(step_context, n):
    return n * 2

@durable_execution
def handler(event, context):
    doubled = context.step(double(event["n"]))
    context.wait(Duration.from_minutes(5))
    callback = context.create_callback(name="asked", config=CallbackConfig(timeout=Duration.from_hours(1)))
    mapped = context.map([1, 2], lambda ctx, item, index, items: ctx.step(double(item)))
    return [doubled, mapped.get_results(), callback.result()]
`;

test('AWS’s SDK for Python: steps, a wait, a map, a callback', {
  skip: folder === undefined || folder === '' ? `needs Python’s ${SDK}` : false,
}, async () => {
  await using cloud = await startTestCloud();
  const files = (readdirSync(folder ?? '', { recursive: true }) as string[])
    .filter((name) => name.endsWith('.py'))
    .map((name) => [`${SDK}/${name}`, readFileSync(join(folder ?? '', name), 'utf8')] as const);
  await createFunction(cloud, await durableRole(cloud), 'f', '', {
    Runtime: 'python3.13',
    Handler: 'index.handler',
    Code: { ZipFile: zip({ ...Object.fromEntries(files), 'index.py': SOURCE }) },
    DurableConfig: { ExecutionTimeout: 7200 },
    Timeout: 60,
  });
  const arn = await begin(cloud, 'f', { n: 21 });
  await cloud.advance(300_000);
  const started = (await historyOf(cloud, arn)).find(({ EventType }) => EventType === 'CallbackStarted');
  const CallbackId = started?.CallbackStartedDetails?.CallbackId ?? '';
  await cloud
    .client(LambdaClient)
    .send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: Buffer.from('"yes"') }));
  await cloud.server.cloud.settle();
  assert.deepEqual(await look(cloud, arn), ['SUCCEEDED', [42, [2, 4], '"yes"']]);
});
