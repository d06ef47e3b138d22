import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  GetDurableExecutionCommand,
  GetFunctionConfigurationCommand,
  InvokeAsyncCommand,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  SendDurableExecutionCallbackFailureCommand,
  SendDurableExecutionCallbackHeartbeatCommand,
  SendDurableExecutionCallbackSuccessCommand,
  StopDurableExecutionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { begin, durableFunction, durableRole, historyOf, look } from '../../support/durable.ts';
import { createFunction } from '../../support/functions.ts';

const HOUR = 3_600_000;

test('steps, and a wait that the clock ends: what is done is not done again', async () => {
  await using cloud = await startTestCloud();
  await durableFunction(
    cloud,
    await durableRole(cloud),
    'f',
    `const one = await context.step('one', async () => Math.random());
     await context.wait('a while', { seconds: 300 });
     const two = await context.step('two', async () => one);
     return { same: one === two, event };`,
  );
  const arn = await begin(cloud, 'f', { n: 1 });
  assert.match(
    arn,
    /^arn:aws:lambda:us-east-1:123456789012:function:f:\$LATEST\/durable-execution\/[\w-]{36}\/[\w-]{36}$/,
  );
  assert.deepEqual(await look(cloud, arn), ['RUNNING', undefined]);
  await cloud.advance(299_000);
  assert.deepEqual(await look(cloud, arn), ['RUNNING', undefined]);
  await cloud.advance(1_000);
  assert.deepEqual(await look(cloud, arn), ['SUCCEEDED', { same: true, event: { n: 1 } }]);
  assert.deepEqual(
    (await historyOf(cloud, arn)).map(({ EventType, Name, EventTimestamp }) => [
      EventType,
      Name,
      Number(EventTimestamp) - START,
    ]),
    [
      ['ExecutionStarted', arn.split('/')[2], 0],
      ['StepStarted', 'one', 0],
      ['StepSucceeded', 'one', 0],
      ['WaitStarted', 'a while', 0],
      ['InvocationCompleted', undefined, 0],
      ['WaitSucceeded', 'a while', 300_000],
      ['StepStarted', 'two', 300_000],
      ['StepSucceeded', 'two', 300_000],
      ['InvocationCompleted', undefined, 300_000],
      ['ExecutionSucceeded', arn.split('/')[2], 300_000],
    ],
  );
});

test('a step is tried again, with the delays of its strategy', async () => {
  await using cloud = await startTestCloud();
  await durableFunction(
    cloud,
    await durableRole(cloud),
    'f',
    `globalThis.tries ??= 0;
     return context.step('flaky', async () => {
       if (event.fails > globalThis.tries) { globalThis.tries += 1; throw new RangeError('not yet'); }
       return globalThis.tries;
     }, { retryStrategy: (error, attempt) => ({ shouldRetry: attempt < 3, delay: { seconds: 60 * attempt } }) });`,
  );
  const arn = await begin(cloud, 'f', { fails: 2 });
  assert.deepEqual(await look(cloud, arn), ['RUNNING', undefined]);
  await cloud.advance(60_000);
  assert.deepEqual(await look(cloud, arn), ['RUNNING', undefined]);
  await cloud.advance(120_000);
  assert.deepEqual(await look(cloud, arn), ['SUCCEEDED', 2]);
  const details = (await historyOf(cloud, arn)).flatMap(({ StepFailedDetails: failed, StepSucceededDetails: done }) =>
    failed === undefined && done === undefined ? [] : [(failed ?? done)?.RetryDetails],
  );
  assert.deepEqual(details, [
    { CurrentAttempt: 1, NextAttemptDelaySeconds: 60 },
    { CurrentAttempt: 2, NextAttemptDelaySeconds: 120 },
    { CurrentAttempt: 3 },
  ]);
});

test('branches side by side, children, and a map over items', async () => {
  await using cloud = await startTestCloud();
  await durableFunction(
    cloud,
    await durableRole(cloud),
    'f',
    `const both = await context.parallel('both', [
       async (one) => { await one.wait({ seconds: 30 }); return one.step(async () => 'slow'); },
       async (other) => other.step(async () => 'quick'),
     ]);
     const mapped = await context.map('items', [1, 2, 3], async (item, n) => item.step(async () => n * 10));
     const child = await context.runInChildContext('child', async (inner) => {
       await inner.wait({ seconds: 10 });
       return inner.step(async () => 'grown');
     });
     return [both.getResults(), mapped.getResults(), child];`,
  );
  const arn = await begin(cloud, 'f');
  await cloud.advance(30_000);
  await cloud.advance(10_000);
  assert.deepEqual(await look(cloud, arn), ['SUCCEEDED', [['slow', 'quick'], [10, 20, 30], 'grown']]);
});

test('a callback is answered, refused, given up, or kept alive', async () => {
  await using cloud = await startTestCloud();
  await durableFunction(
    cloud,
    await durableRole(cloud),
    'f',
    `const options = { timeout: { seconds: 120 }, heartbeatTimeout: { seconds: 50 } };
     const [answer] = await context.createCallback('asked', options);
     try { return await answer; } catch (error) { return [error.name, error.message]; }`,
  );
  const lambda = cloud.client(LambdaClient);
  const asked = async () => {
    const arn = await begin(cloud, 'f');
    const events = await historyOf(cloud, arn);
    const id = events.find((one) => one.EventType === 'CallbackStarted')?.CallbackStartedDetails?.CallbackId ?? '';
    return { arn, CallbackId: id };
  };
  const [answered, refused, unheard, kept] = [await asked(), await asked(), await asked(), await asked()];
  const [emptied, bare] = [await asked(), await asked()];
  await lambda.send(
    new SendDurableExecutionCallbackSuccessCommand({ CallbackId: emptied.CallbackId, Result: Buffer.alloc(0) }),
  );
  await lambda.send(new SendDurableExecutionCallbackFailureCommand({ CallbackId: bare.CallbackId }));
  await lambda.send(
    new SendDurableExecutionCallbackSuccessCommand({ CallbackId: answered.CallbackId, Result: Buffer.from('"yes"') }),
  );
  await lambda.send(
    new SendDurableExecutionCallbackFailureCommand({
      CallbackId: refused.CallbackId,
      Error: { ErrorType: 'No', ErrorMessage: 'never' },
    }),
  );
  await cloud.server.cloud.settle();
  assert.deepEqual(await look(cloud, answered.arn), ['SUCCEEDED', '"yes"']);
  assert.deepEqual(await look(cloud, emptied.arn), ['SUCCEEDED', undefined]);
  const failed = (await historyOf(cloud, bare.arn)).find((one) => one.EventType === 'CallbackFailed');
  assert.deepEqual(failed?.CallbackFailedDetails?.Error, { Payload: {}, Truncated: false });
  assert.equal((await look(cloud, bare.arn))[1]?.[0], 'CallbackExternalError');
  const [, why] = await look(cloud, refused.arn);
  assert.deepEqual(why, ['CallbackExternalError', 'never']);
  const again = await failure(
    lambda.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId: answered.CallbackId })),
  );
  assert.deepEqual(
    [again.name, again.message],
    ['CallbackTimeoutException', 'The callback is either timed out or already completed'],
  );
  await cloud.advance(40_000);
  await lambda.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId: kept.CallbackId }));
  await cloud.advance(10_000);
  assert.deepEqual((await look(cloud, unheard.arn))[1]?.[1], 'Callback timed out on heartbeat');
  assert.deepEqual(await look(cloud, kept.arn), ['RUNNING', undefined]);
  await cloud.advance(40_000);
  assert.deepEqual((await look(cloud, kept.arn))[0], 'SUCCEEDED');
  const wrong = await failure(lambda.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId: 'abcd' })));
  assert.deepEqual([wrong.name, wrong.message], ['InvalidParameterValueException', 'Invalid callback id']);
});

test('an execution fails with what its function throws, is stopped, and times out', async () => {
  await using cloud = await startTestCloud();
  const role = await durableRole(cloud);
  await durableFunction(
    cloud,
    role,
    'f',
    `if (event.fail) throw new RangeError('too far');
     await context.wait({ seconds: 3600 });`,
  );
  const failed = await look(cloud, await begin(cloud, 'f', { fail: true }));
  assert.equal(failed[0], 'FAILED');
  assert.deepEqual([failed[1].ErrorType, failed[1].ErrorMessage], ['RangeError', 'too far']);
  const lambda = cloud.client(LambdaClient);
  const arn = await begin(cloud, 'f');
  const wanted = { ErrorType: 'Ours', ErrorMessage: 'no more' };
  const stopped = await lambda.send(new StopDurableExecutionCommand({ DurableExecutionArn: arn, Error: wanted }));
  assert.equal(Number(stopped.StopTimestamp), START);
  assert.deepEqual(await look(cloud, arn), ['STOPPED', wanted]);
  const late = await begin(cloud, 'f');
  await cloud.advance(600_000);
  assert.deepEqual(await look(cloud, late), ['TIMED_OUT', { ErrorMessage: 'Execution timed out after 600 seconds.' }]);
  const last = (await historyOf(cloud, late)).at(-1);
  assert.deepEqual([last?.EventType, last?.ExecutionTimedOutDetails], ['ExecutionTimedOut', {}]);
  await cloud.advance(48 * HOUR);
  const gone = await failure(look(cloud, late));
  assert.deepEqual([gone.name, gone.message], ['ResourceNotFoundException', 'Durable Execution does not exist']);
});

test('the SDK that a function does not bring along is found beside the cloud, as Lambda has it', async () => {
  await using cloud = await startTestCloud();
  const source = `import { withDurableExecution } from '@aws/durable-execution-sdk-js';
    export const handler = withDurableExecution(async (event, context) => context.step(async () => 'done'));`;
  const DurableConfig = { ExecutionTimeout: 60 };
  await createFunction(cloud, await durableRole(cloud), 'f', source, { DurableConfig });
  assert.deepEqual(await look(cloud, await begin(cloud, 'f')), ['SUCCEEDED', 'done']);
});

test('who waits for an execution gets its result; a name names one execution', async () => {
  await using cloud = await startTestCloud();
  const role = await durableRole(cloud);
  await durableFunction(
    cloud,
    role,
    'f',
    `if (event.fail) throw new RangeError('too far');
     return context.step(async () => ({ got: event.n }));`,
  );
  await createFunction(cloud, role, 'plain', 'export const handler = async () => 1;');
  const lambda = cloud.client(LambdaClient);
  const call = (event: object, more: Partial<InvokeCommandInput> = {}) =>
    lambda.send(
      new InvokeCommand({ FunctionName: 'f', Qualifier: '$LATEST', Payload: JSON.stringify(event), ...more }),
    );
  const first = await call({ n: 1 }, { DurableExecutionName: 'order-1' });
  assert.deepEqual(JSON.parse(first.Payload?.transformToString() ?? ''), { got: 1 });
  assert.match(first.DurableExecutionArn ?? '', /\/durable-execution\/order-1\//);
  const same = await call({ n: 1 }, { DurableExecutionName: 'order-1' });
  assert.deepEqual(
    [same.DurableExecutionArn, same.Payload?.transformToString()],
    [first.DurableExecutionArn, '{"got":1}'],
  );
  const other = await failure(call({ n: 2 }, { DurableExecutionName: 'order-1' }));
  assert.deepEqual(
    [other.name, other.message],
    ['DurableExecutionAlreadyStartedException', `Execution already started: ${first.DurableExecutionArn}`],
  );
  const thrown = await call({ fail: true });
  const { errorType, errorMessage } = JSON.parse(thrown.Payload?.transformToString() ?? '');
  assert.deepEqual([thrown.FunctionError, errorType, errorMessage], ['Unhandled', 'RangeError', 'too far']);
  const bare = await failure(lambda.send(new InvokeCommand({ FunctionName: 'f' })));
  assert.deepEqual(
    [bare.name, bare.message],
    ['InvalidParameterValueException', 'You cannot invoke a durable function using an unqualified ARN.'],
  );
  const named = await failure(
    lambda.send(new InvokeCommand({ FunctionName: 'plain', DurableExecutionName: 'order-1' })),
  );
  assert.equal(named.name, 'InvalidParameterValueException');
});

test('durable functions are made so, with defaults of their own', async () => {
  await using cloud = await startTestCloud();
  const role = await durableRole(cloud);
  const lambda = cloud.client(LambdaClient);
  const { DurableConfig, Timeout, LoggingConfig } = await durableFunction(cloud, role, 'f', '', {
    Timeout: undefined,
    DurableConfig: { ExecutionTimeout: 3600 },
  });
  assert.deepEqual(
    [DurableConfig, Timeout, LoggingConfig?.LogFormat],
    [{ ExecutionTimeout: 3600, RetentionPeriodInDays: 14 }, 900, 'JSON'],
  );
  await lambda.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: 'f', DurableConfig: { RetentionPeriodInDays: 3 } }),
  );
  const changed = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'f' }));
  assert.deepEqual(changed.DurableConfig, { ExecutionTimeout: 3600, RetentionPeriodInDays: 3 });
  const refusals = [
    await failure(durableFunction(cloud, role, 'g', '', { DurableConfig: { RetentionPeriodInDays: 3 } })),
    await failure(lambda.send(new InvokeCommand({ FunctionName: 'f', Qualifier: '$LATEST' }))),
  ];
  await createFunction(cloud, role, 'plain', '');
  const config = { FunctionName: 'plain', DurableConfig: { ExecutionTimeout: 60 } };
  refusals.push(await failure(lambda.send(new UpdateFunctionConfigurationCommand(config))));
  for (const Runtime of ['python3.12', 'provided.al2023'] as const)
    refusals.push(await failure(durableFunction(cloud, role, 'h', '', { Runtime })));
  const older = { FunctionName: 'f', Runtime: 'nodejs20.x' } as const;
  refusals.push(await failure(lambda.send(new UpdateFunctionConfigurationCommand(older))));
  assert.deepEqual(
    refusals.map(({ message }) => message),
    [
      'You cannot create a function with a durable configuration without an executionTimeout',
      'You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.',
      'You cannot add a durable configuration to a function that was originally created with no durable configuration',
      ...Array(3).fill('You cannot use a managed runtime that does not support a durable configuration'),
    ],
  );
  const dry = { FunctionName: 'f', Qualifier: '$LATEST', InvocationType: 'DryRun' } as const;
  assert.equal((await lambda.send(new InvokeCommand(dry))).StatusCode, 204);
  const unknown = 'arn:aws:lambda:us-east-1:123456789012:function:f:1/durable-execution/a/b';
  const missing = await failure(lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn: unknown })));
  assert.equal(missing.message, 'Durable Execution does not exist');
});

test('InvokeAsync begins an execution, too, and names a version as Invoke does', async () => {
  await using cloud = await startTestCloud();
  await durableFunction(cloud, await durableRole(cloud), 'f', 'return 1;');
  const lambda = cloud.client(LambdaClient);
  const send = (FunctionName: string) => lambda.send(new InvokeAsyncCommand({ FunctionName, InvokeArgs: '{}' }));
  assert.equal((await failure(send('f'))).message, 'You cannot invoke a durable function using an unqualified ARN.');
  assert.equal((await send('f:$LATEST')).Status, 202);
  const { DurableExecutions } = await lambda.send(new ListDurableExecutionsByFunctionCommand({ FunctionName: 'f' }));
  assert.equal(DurableExecutions?.length, 1);
});
