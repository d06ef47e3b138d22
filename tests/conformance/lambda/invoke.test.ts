import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchLogsClient, CreateLogGroupCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  AddPermissionCommand,
  GetPolicyCommand,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';
import { listen } from '../../support/headers.ts';

async function call(cloud: TestCloud, name: string, event: unknown = {}, options: Partial<InvokeCommandInput> = {}) {
  const answer = await cloud
    .client(LambdaClient)
    .send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event), ...options }));
  return { ...answer, value: JSON.parse(answer.Payload?.transformToString() || 'null') };
}

test('a call is answered by the function, and its log can be read', async () => {
  await using cloud = await startTestCloud();
  const role = await functionRole(cloud);
  await createFunction(
    cloud,
    role,
    'greet',
    `export const handler = async ({ name }) => { console.log('asked by', name); return { hello: name }; };`,
  );
  const { value, StatusCode, ExecutedVersion, LogResult, FunctionError } = await call(
    cloud,
    'greet',
    { name: 'Ada' },
    { LogType: 'Tail' },
  );
  assert.deepEqual([StatusCode, ExecutedVersion, FunctionError, value], [200, '$LATEST', undefined, { hello: 'Ada' }]);
  assert.match(Buffer.from(LogResult ?? '', 'base64').toString(), /INFO\tasked by Ada/);
  await cloud.server.cloud.settle();
  const { events } = await cloud
    .client(CloudWatchLogsClient)
    .send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/greet' }));
  assert.match(events?.[0]?.message ?? '', /^INIT_START/);
  assert.ok(events?.some(({ message }) => message?.endsWith('INFO\tasked by Ada\n')));
  assert.match(
    events?.at(-1)?.message ?? '',
    /^REPORT RequestId: .*\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms.*\tInit Duration: [\d.]+ ms\t\n$/,
  );
  assert.deepEqual(
    events?.filter(({ message }) => /^(START|END)/.test(message ?? '')).map(({ message }) => message?.slice(-8)),
    ['$LATEST\n', `${events?.at(-1)?.message?.slice(47, 54)}\n`],
  );
});

test('answers tell the trace as the function had it, and a length of 0 from before', async () => {
  await using cloud = await startTestCloud();
  const role = await functionRole(cloud);
  await createFunction(cloud, role, 'traced', 'export const handler = async () => process.env._X_AMZN_TRACE_ID;');
  const lambda = cloud.client(LambdaClient);
  const headers = listen(lambda);
  const FunctionName = 'traced';
  const said = await lambda.send(new InvokeCommand({ FunctionName }));
  const { 'x-amzn-trace-id': trace, ...told } = headers();
  const shape = /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=1:[0-9a-f]{8}:0$/;
  assert.match(trace ?? '', shape);
  assert.equal(JSON.parse(said.Payload?.transformToString() ?? ''), trace);
  assert.deepEqual(
    [told['x-amzn-remapped-content-length'], told['x-amz-executed-version'], told['content-type']],
    ['0', '$LATEST', 'application/json'],
  );
  await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }));
  const { 'x-amzn-trace-id': root = '', ...accepted } = headers();
  assert.match(root, /^Root=1-/);
  assert.deepEqual(
    [accepted['x-amzn-remapped-content-length'], accepted['content-length'], accepted['content-type']],
    ['0', '0', undefined],
  );
});

test('what a function prints is written later where its log group is in trouble', async () => {
  await using cloud = await startTestCloud();
  const role = await functionRole(cloud);
  await createFunction(cloud, role, 'says', `export const handler = async () => console.log('said');`);
  const { kernel, settle } = cloud.server.cloud;
  kernel.faults.put({
    id: 'down',
    service: 'cloudwatch-logs',
    probability: 1,
    until: kernel.clock.now() + 2_500,
    effect: { kind: 'unavailable' },
  });
  await call(cloud, 'says');
  await settle();
  await cloud.advance(3_000);
  const { events = [] } = await cloud
    .client(CloudWatchLogsClient)
    .send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/says' }));
  assert.deepEqual(
    events.map(({ message = '' }) => message.split(/[\s:]/)[0] ?? '').filter((word) => !/^20/.test(word)),
    ['INIT_START', 'START', 'END', 'REPORT'],
  );
  assert.ok(events.some(({ message }) => message?.endsWith('INFO\tsaid\n')));
});

test('what a function prints ends as it was written, what it fails with is no status of the platform’s', async () => {
  await using cloud = await startTestCloud();
  const role = await functionRole(cloud);
  const source = `export const handler = async (event) => {
    process.stdout.write('one\\n\\ntwo\\n');
    if (event === 'exit') process.exit(3);
    throw new TypeError('no');
  };`;
  await createFunction(cloud, role, 'fail', source, { LoggingConfig: { LogGroup: '/aws/lambda/shared' } });
  const tails = [];
  for (const event of ['throw', 'exit']) {
    const { LogResult = '' } = await call(cloud, 'fail', event, { LogType: 'Tail' });
    tails.push(Buffer.from(LogResult, 'base64').toString().split('\n').at(-2));
  }
  assert.match(tails[0] ?? '', /\tMax Memory Used: \d+ MB(\tInit Duration: [\d.]+ ms)?\t$/);
  assert.match(tails[1] ?? '', /\tStatus: error\tError Type: Runtime\.ExitError$/);
  await cloud.server.cloud.settle();
  const logs = cloud.client(CloudWatchLogsClient);
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/shared' }));
  assert.match(events[0]?.logStreamName ?? '', /^2026\/01\/01\/fail\[\$LATEST\][0-9a-f]{32}$/);
  const messages = events.map(({ message }) => message);
  const from = messages.indexOf('one\n');
  assert.deepEqual(messages.slice(from, from + 3), ['one\n', '\n', 'two\n']);
});

test('a role that may make no group writes to the one that is there', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient);
  const logGroupName = '/aws/lambda/plain';
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const role = await functionRole(cloud, ['logs:CreateLogStream', 'logs:PutLogEvents']);
  await createFunction(cloud, role, 'plain', `export const handler = async () => 'done';`);
  await call(cloud, 'plain');
  await cloud.server.cloud.settle();
  const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: 'REPORT' }));
  assert.equal(events?.length, 1);
});

test('an error of the function is an answer, with the error told', async () => {
  await using cloud = await startTestCloud();
  await createFunction(
    cloud,
    await functionRole(cloud),
    'fails',
    `export const handler = async () => { throw new RangeError('too far'); };`,
  );
  const { StatusCode, FunctionError, value } = await call(cloud, 'fails');
  assert.deepEqual(
    [StatusCode, FunctionError, value.errorType, value.errorMessage],
    [200, 'Unhandled', 'RangeError', 'too far'],
  );
});

test('a function has the permissions of its role, no more', async () => {
  await using cloud = await startTestCloud();
  const source = `
    import { SQSClient, SendMessageCommand, DeleteQueueCommand } from '@aws-sdk/client-sqs';
    const sqs = new SQSClient({ maxAttempts: 1 });
    export const handler = async ({ QueueUrl }) => {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'from a function' }));
      return sqs.send(new DeleteQueueCommand({ QueueUrl })).then(() => 'deleted', (error) => error.name);
    };`;
  await createFunction(cloud, await functionRole(cloud, ['sqs:SendMessage']), 'sends', source);
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'inbox' }));
  const { value } = await call(cloud, 'sends', { QueueUrl });
  assert.equal(value, 'AccessDeniedException');
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  assert.equal(Messages?.[0]?.Body, 'from a function');
});

test('events are taken at once and carried out; a function that fails has them twice more', async () => {
  await using cloud = await startTestCloud();
  const sqs = cloud.client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'seen' }));
  const source = `
    import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
    const sqs = new SQSClient({});
    export const handler = async ({ QueueUrl, fail }, { awsRequestId }) => {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: awsRequestId }));
      if (fail) throw new Error('again');
    };`;
  await createFunction(cloud, await functionRole(cloud, ['sqs:*']), 'takes', source);
  const seen = async () => {
    await cloud.server.cloud.settle();
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 43_000 }),
    );
    return Messages?.map(({ Body }) => Body) ?? [];
  };
  const good = await call(cloud, 'takes', { QueueUrl }, { InvocationType: 'Event' });
  assert.equal(good.StatusCode, 202);
  assert.deepEqual(await seen(), [good.$metadata.requestId]);
  const bad = await call(cloud, 'takes', { QueueUrl, fail: true }, { InvocationType: 'Event' });
  assert.deepEqual(await seen(), [bad.$metadata.requestId]);
  await cloud.advance(59_000);
  assert.deepEqual(await seen(), []);
  await cloud.advance(1_000);
  assert.deepEqual(await seen(), [bad.$metadata.requestId]);
  await cloud.advance(120_000);
  assert.deepEqual(await seen(), [bad.$metadata.requestId]);
  await cloud.advance(6 * 3_600_000);
  assert.deepEqual(await seen(), []);
});

test('requests that no function sees', async () => {
  await using cloud = await startTestCloud();
  await createFunction(cloud, await functionRole(cloud), 'f', `export const handler = async () => 1;`);
  const lambda = cloud.client(LambdaClient);
  const refused = async (options: Partial<InvokeCommandInput>) => {
    const error = await failure(lambda.send(new InvokeCommand({ FunctionName: 'f', ...options })));
    return [error.name, error.message];
  };
  const arn = 'arn:aws:lambda:us-east-1:123456789012:function:nope';
  assert.deepEqual(await refused({ FunctionName: 'nope' }), [
    'ResourceNotFoundException',
    `Function not found: ${arn}:$LATEST`,
  ]);
  assert.equal((await refused({ Payload: '{' }))[0], 'InvalidRequestContentException');
  assert.deepEqual(await refused({ Payload: JSON.stringify('x'.repeat(6_291_456)) }), [
    'RequestEntityTooLargeException',
    'Request must be smaller than 6291456 bytes for the InvokeFunction operation',
  ]);
  assert.deepEqual(await refused({ InvocationType: 'Event', Payload: JSON.stringify('x'.repeat(1_048_576)) }), [
    'RequestEntityTooLargeException',
    '1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)',
  ]);
  assert.deepEqual(await refused({ Qualifier: '7' }), [
    'ResourceNotFoundException',
    'Function not found: arn:aws:lambda:us-east-1:123456789012:function:f:7',
  ]);
  assert.equal((await call(cloud, 'f', {}, { InvocationType: 'DryRun' })).StatusCode, 204);
});

test('another account calls by the function’s policy alone', async () => {
  await using cloud = await startTestCloud();
  await createFunction(cloud, await functionRole(cloud), 'shared', `export const handler = async () => 'shared';`);
  const lambda = cloud.client(LambdaClient);
  const theirs = cloud.client(LambdaClient, { credentials: { accessKeyId: '999999999999', secretAccessKey: 'test' } });
  const FunctionName = 'arn:aws:lambda:us-east-1:123456789012:function:shared';
  const denied = await failure(theirs.send(new InvokeCommand({ FunctionName })));
  assert.equal(denied.name, 'AccessDeniedException');
  await lambda.send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: 'theirs',
      Action: 'lambda:InvokeFunction',
      Principal: '999999999999',
    }),
  );
  const { Policy } = await lambda.send(new GetPolicyCommand({ FunctionName }));
  assert.deepEqual(JSON.parse(Policy ?? ''), {
    Version: '2012-10-17',
    Id: 'default',
    Statement: [
      {
        Sid: 'theirs',
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::999999999999:root' },
        Action: 'lambda:InvokeFunction',
        Resource: FunctionName,
      },
    ],
  });
  const answer = await theirs.send(new InvokeCommand({ FunctionName }));
  assert.equal(answer.Payload?.transformToString(), '"shared"');
  await lambda.send(new RemovePermissionCommand({ FunctionName, StatementId: 'theirs' }));
  assert.equal((await failure(theirs.send(new InvokeCommand({ FunctionName })))).name, 'AccessDeniedException');
  const gone = await failure(lambda.send(new GetPolicyCommand({ FunctionName })));
  assert.equal(gone.message, 'The resource you requested does not exist.');
});

test('who may do nothing may not call', async () => {
  await using cloud = await startTestCloud();
  await createFunction(cloud, await functionRole(cloud), 'f', `export const handler = async () => 1;`);
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'bob' }));
  const bob = cloud.client(LambdaClient, {
    credentials: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  });
  const error = await failure(bob.send(new InvokeCommand({ FunctionName: 'f' })));
  assert.deepEqual(
    [error.name, error.message],
    [
      'AccessDeniedException',
      'User: arn:aws:iam::123456789012:user/bob is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:123456789012:function:f because no identity-based policy allows the lambda:InvokeFunction action',
    ],
  );
});

test('a client’s context is a document, else the call is refused', async () => {
  await using cloud = await startTestCloud();
  const source = `export const handler = async (_event, { clientContext }) => clientContext.custom.colour;`;
  await createFunction(cloud, await functionRole(cloud), 'f', source);
  const encoded = (text: string) => ({ ClientContext: Buffer.from(text).toString('base64') });
  const { value } = await call(cloud, 'f', {}, encoded('{"custom":{"colour":"blue"}}'));
  assert.equal(value, 'blue');
  // A header could carry neither line ends nor such letters.
  const lines = await call(cloud, 'f', {}, encoded('{\n  "custom": { "colour": "\u9752\u{1f535}" }\n}\n'));
  assert.equal(lines.value, '\u9752\u{1f535}');
  for (const text of ['{"custom":', '[1]', 'null', 'none']) {
    const error = await failure(call(cloud, 'f', {}, encoded(text)));
    assert.deepEqual(
      [error.name, error.message],
      ['InvalidRequestContentException', 'Client context must be a valid Base64-encoded JSON object.'],
    );
  }
});
