import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateEventSourceMappingCommand,
  DeleteFunctionCommand,
  GetDurableExecutionHistoryCommand,
  LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  PublishVersionCommand,
  StopDurableExecutionCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { SimulatedFunctions } from '#engines/function/simulated';
import { failure, START, startTestCloud } from '../../support/cloud.ts';
import { ask, begin, durableFunction, durableRole, historyOf, look } from '../../support/durable.ts';
import { createFunction, functionRole } from '../../support/functions.ts';

test('functions are called and waited for: durable ones, others, and those that are not there', async () => {
  await using cloud = await startTestCloud();
  const role = await durableRole(cloud, ['lambda:InvokeFunction']);
  await createFunction(
    cloud,
    role,
    'plain',
    'export const handler = async (n) => { if (n < 0) throw new RangeError("low"); return n + 1; };',
  );
  await durableFunction(cloud, role, 'child', 'await context.wait({ seconds: 60 }); return event * 2;');
  await durableFunction(
    cloud,
    role,
    'f',
    `const told = async (called) => called.catch((error) => error.message);
     return [
       await context.invoke('plain', 'plain', 1),
       await context.invoke('child', 'child:$LATEST', 21),
       await told(context.invoke('low', 'plain', -1)),
       await told(context.invoke('bare', 'child', 1)),
       await told(context.invoke('none', 'nobody', 1)),
     ];`,
  );
  const arn = await begin(cloud, 'f');
  assert.deepEqual(await look(cloud, arn), ['RUNNING', undefined]);
  await cloud.advance(60_000);
  assert.deepEqual(await look(cloud, arn), [
    'SUCCEEDED',
    [
      2,
      42,
      'low',
      'You cannot invoke a durable function using an unqualified ARN.',
      'Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody:$LATEST',
    ],
  ]);
});

test('an execution pauses, goes on, and is removed', async () => {
  await using cloud = await startTestCloud();
  await durableFunction(cloud, await durableRole(cloud), 'f', `await context.wait({ seconds: 100 }); return 'done';`);
  const arn = await begin(cloud, 'f');
  const early = await ask(cloud, arn, 'DELETE');
  assert.deepEqual([early.status, early.message], [409, 'The durable execution is RUNNING.']);
  const paused = await ask(cloud, arn, 'POST', '/pause', { Reason: 'lunch', ExecutionTimeoutPaused: true });
  assert.deepEqual(paused, { status: 202, message: undefined });
  assert.deepEqual(await look(cloud, arn), ['PAUSED', undefined]);
  await cloud.advance(3_600_000);
  assert.deepEqual(await look(cloud, arn), ['PAUSED', undefined]);
  assert.equal((await ask(cloud, arn, 'POST', '/resume')).status, 202);
  await cloud.server.cloud.settle();
  assert.deepEqual(await look(cloud, arn), ['SUCCEEDED', 'done']);
  assert.equal((await ask(cloud, arn, 'DELETE')).status, 202);
  await cloud.server.cloud.settle();
  assert.equal((await failure(look(cloud, arn))).name, 'ResourceNotFoundException');
});

test('executions are listed by version, status, name and time', async () => {
  await using cloud = await startTestCloud();
  await durableFunction(cloud, await durableRole(cloud), 'f', `if (event.long) await context.wait({ seconds: 500 });`);
  const lambda = cloud.client(LambdaClient);
  for (const name of ['a', 'b', 'c']) {
    await begin(cloud, 'f', { long: name === 'b' }, name);
    await cloud.advance(1_000);
  }
  await lambda.send(new PublishVersionCommand({ FunctionName: 'f' }));
  const names = async (asked: object) => {
    const answer = await lambda.send(new ListDurableExecutionsByFunctionCommand({ FunctionName: 'f', ...asked }));
    return [
      (answer.DurableExecutions ?? []).map((one) => one.DurableExecutionName).join(''),
      answer.NextMarker,
    ] as const;
  };
  assert.equal((await names({}))[0], 'abc');
  assert.equal((await names({ ReverseOrder: true }))[0], 'cba');
  assert.equal((await names({ Statuses: ['SUCCEEDED'] }))[0], 'ac');
  assert.equal((await names({ DurableExecutionName: 'b' }))[0], 'b');
  assert.equal((await names({ StartedAfter: new Date(START), StartedBefore: new Date(START + 2_000) }))[0], 'b');
  assert.equal((await names({ Qualifier: '1' }))[0], '');
  const [page, Marker] = await names({ MaxItems: 2 });
  assert.deepEqual([page, (await names({ MaxItems: 2, Marker }))[0]], ['ab', 'c']);
  const reverse = await names({ MaxItems: 2, ReverseOrder: true });
  assert.deepEqual(
    [reverse[0], (await names({ MaxItems: 2, Marker: reverse[1], ReverseOrder: true }))[0]],
    ['cb', 'a'],
  );
  const many = await failure(names({ Statuses: ['RUNNING', 'FAILED'] }));
  assert.deepEqual(
    [many.name, many.message],
    ['InvalidParameterValueException', 'Cannot filter by more than one status'],
  );
});

test('EventBridge hears when executions begin and end', async () => {
  await using cloud = await startTestCloud();
  await durableFunction(cloud, await durableRole(cloud), 'f', `return 1;`);
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'heard' }));
  const bridge = cloud.client(EventBridgeClient);
  const EventPattern = JSON.stringify({ source: ['aws.lambda'], 'detail-type': ['Durable Execution Status Change'] });
  await bridge.send(new PutRuleCommand({ Name: 'r', EventPattern }));
  const Arn = 'arn:aws:sqs:us-east-1:123456789012:heard';
  await bridge.send(new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 'q', Arn }] }));
  await sqs.send(allowed(QueueUrl ?? '', Arn));
  const durableExecutionArn = await begin(cloud, 'f', {}, 'named');
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  const details = Messages.map(({ Body }) => JSON.parse(Body ?? '').detail);
  const common = {
    durableExecutionArn,
    durableExecutionName: 'named',
    functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST',
    startTimestamp: '2026-01-01T00:00:00.000Z',
  };
  assert.deepEqual(details, [
    { ...common, status: 'RUNNING' },
    { ...common, status: 'SUCCEEDED', endTimestamp: '2026-01-01T00:00:00.000Z' },
  ]);
});

test('an invocation that fails is repeated, and in the end the execution fails', async () => {
  let calls = 0;
  const f = () => {
    calls += 1;
    throw new RangeError('broken');
  };
  await using cloud = await startTestCloud({ engines: { function: new SimulatedFunctions({ f }) } });
  await durableFunction(cloud, await durableRole(cloud), 'f', '');
  const arn = await begin(cloud, 'f');
  assert.deepEqual([calls, await look(cloud, arn)], [1, ['RUNNING', undefined]]);
  await cloud.advance(5_000);
  await cloud.advance(70_000);
  assert.deepEqual(
    [calls, await look(cloud, arn)],
    [5, ['FAILED', { ErrorType: 'RangeError', ErrorMessage: 'broken', StackTrace: [] }]],
  );
});

test('an answer that is none ends the execution', async () => {
  const answers: unknown[] = [
    { Status: 'PENDING' },
    { Status: 'DONE' },
    { Status: 'SUCCEEDED', Error: {} },
    { Status: 'FAILED', Result: 'x' },
  ];
  await using cloud = await startTestCloud({
    engines: { function: new SimulatedFunctions({ f: () => answers.shift() }) },
  });
  await durableFunction(cloud, await durableRole(cloud), 'f', '');
  const said = [];
  while (answers.length > 0) said.push((await look(cloud, await begin(cloud, 'f')))[1].ErrorMessage);
  assert.deepEqual(said, [
    'Cannot return PENDING status with no pending operations.',
    'Invalid Status in invocation output.',
    'Cannot provide an Error for SUCCEEDED status.',
    'Cannot provide a Result for FAILED status.',
  ]);
});

test('what an execution was given that failed goes to the dead letters, where nobody waited for it', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'dead' }));
  await durableFunction(cloud, await durableRole(cloud, ['sqs:*']), 'f', `throw new RangeError('too far');`, {
    DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead' },
  });
  await begin(cloud, 'f', { n: 1 });
  const asked = { QueueUrl, MessageAttributeNames: ['All'] };
  const { Messages: [letter] = [] } = await sqs.send(new ReceiveMessageCommand(asked));
  assert.deepEqual([letter?.Body, letter?.MessageAttributes?.ErrorMessage?.StringValue], ['{"n":1}', 'too far']);
});

test('a history is read in pages, without what was given where that is asked', async () => {
  await using cloud = await startTestCloud();
  await durableFunction(cloud, await durableRole(cloud), 'f', `return context.step('s', async () => event);`);
  const DurableExecutionArn = await begin(cloud, 'f', { secret: 1 });
  const lambda = cloud.client(LambdaClient);
  const read = (more: object) => lambda.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn, ...more }));
  const all = await historyOf(cloud, DurableExecutionArn);
  assert.deepEqual(all[0]?.ExecutionStartedDetails?.Input, { Payload: '{"secret":1}', Truncated: false });
  const { Events: [bare] = [] } = await read({ IncludeExecutionData: false });
  assert.deepEqual(bare?.ExecutionStartedDetails, { Input: { Truncated: true }, ExecutionTimeout: 600 });
  const first = await read({ MaxItems: 3, ReverseOrder: true });
  const rest = await read({ MaxItems: 3, ReverseOrder: true, Marker: first.NextMarker });
  const ids = [...(first.Events ?? []), ...(rest.Events ?? [])].map(({ EventId }) => EventId);
  assert.deepEqual(
    ids,
    all
      .map(({ EventId }) => EventId)
      .toReversed()
      .slice(0, 6),
  );
});

test('a role has to be allowed to keep progress; a function that is gone fails what runs of it', async () => {
  await using cloud = await startTestCloud();
  await durableFunction(cloud, await functionRole(cloud), 'f', `await context.wait({ seconds: 10 });`);
  const refused = await look(cloud, await begin(cloud, 'f'));
  assert.equal(refused[0], 'FAILED');
  assert.match(refused[1].ErrorMessage, /lambda:CheckpointDurableExecution/);
  const role = await functionRole(cloud, ['lambda:*'], 'more');
  await durableFunction(cloud, role, 'g', `await context.wait({ seconds: 10 });`);
  const arn = await begin(cloud, 'g');
  await cloud.client(LambdaClient).send(new DeleteFunctionCommand({ FunctionName: 'g' }));
  await cloud.advance(10_000);
  assert.deepEqual(await look(cloud, arn), [
    'FAILED',
    {
      ErrorType: 'ResourceNotFoundException',
      ErrorMessage: 'Function not found: arn:aws:lambda:us-east-1:123456789012:function:g:$LATEST',
    },
  ]);
});

test('messages of a queue are given to executions; one that is stopped has not taken them', async () => {
  await using cloud = await startTestCloud();
  const role = await durableRole(cloud, ['sqs:*']);
  await durableFunction(cloud, role, 'f', `await context.wait({ seconds: 20 }); return event.Records[0].body;`);
  const lambda = cloud.client(LambdaClient);
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: 'jobs', Attributes: { VisibilityTimeout: '100' } }),
  );
  await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: 'f:$LATEST',
      EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:jobs',
    }),
  );
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'first' }));
  await cloud.server.cloud.settle();
  const running = async () => {
    const asked = { FunctionName: 'f', Statuses: ['RUNNING' as const] };
    const { DurableExecutions = [] } = await lambda.send(new ListDurableExecutionsByFunctionCommand(asked));
    return DurableExecutions[0]?.DurableExecutionArn ?? '';
  };
  const one = await running();
  await lambda.send(new StopDurableExecutionCommand({ DurableExecutionArn: one }));
  await cloud.advance(100_000);
  const two = await running();
  assert.notEqual(two, one);
  await cloud.advance(20_000);
  assert.deepEqual(await look(cloud, two), ['SUCCEEDED', 'first']);
});

function allowed(QueueUrl: string, Resource: string) {
  const Statement = [
    { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource },
  ];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  return new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } });
}
