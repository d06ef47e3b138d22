/** Queries that are carried out by a schedule. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  CreateScheduledQueryCommand,
  type CreateScheduledQueryCommandInput,
  DeleteScheduledQueryCommand,
  GetScheduledQueryCommand,
  GetScheduledQueryHistoryCommand,
  ListScheduledQueriesCommand,
  ListTagsForResourceCommand,
  PutLogEventsCommand,
  UpdateScheduledQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, remove, templateOf, update } from '../cloudformation/stacks.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const ROLE = 'arn:aws:iam::123456789012:role/reports';

async function world(cloud: TestCloud, actions = ['logs:*', 's3:PutObject']) {
  const [logs, iam] = [cloud.client(CloudWatchLogsClient), cloud.client(IAMClient)];
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  const policy = (statement: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  const AssumeRolePolicyDocument = policy({ Principal: { Service: 'logs.amazonaws.com' }, Action: 'sts:AssumeRole' });
  await iam.send(new CreateRoleCommand({ RoleName: 'reports', AssumeRolePolicyDocument }));
  const PolicyDocument = policy({ Action: actions, Resource: '*' });
  await iam.send(new PutRolePolicyCommand({ RoleName: 'reports', PolicyName: 'p', PolicyDocument }));
  await s3.send(new CreateBucketCommand({ Bucket: 'reports' }));
  const at = { logGroupName: 'app', logStreamName: 'one' };
  await logs.send(new CreateLogGroupCommand(at));
  await logs.send(new CreateLogStreamCommand(at));
  const logEvents = ['a', 'b', 'a'].map((path) => ({ timestamp: START, message: JSON.stringify({ path }) }));
  await logs.send(new PutLogEventsCommand({ ...at, logEvents }));
  const input: CreateScheduledQueryCommandInput = {
    name: 'paths',
    queryLanguage: 'CWLI',
    queryString: 'stats count(*) as hits by path | sort hits desc',
    logGroupIdentifiers: ['app'],
    scheduleExpression: 'rate(5 minutes)',
    startTimeOffset: 600,
    executionRoleArn: ROLE,
    destinationConfiguration: { s3Configuration: { destinationIdentifier: 's3://reports/daily', roleArn: ROLE } },
  };
  const history = async () => {
    const { triggerHistory } = await logs.send(
      new GetScheduledQueryHistoryCommand({
        identifier: 'paths',
        startTime: START,
        endTime: START + 60 * MINUTE,
      }),
    );
    return triggerHistory ?? [];
  };
  return { logs, s3, input, history };
}

test('a query runs by its schedule, and its results come to a bucket', async () => {
  await using cloud = await startTestCloud();
  const { logs, s3, input, history } = await world(cloud);
  const { scheduledQueryArn } = await logs.send(new CreateScheduledQueryCommand(input));
  await cloud.advance(4 * MINUTE);
  assert.deepEqual(await history(), []);
  await cloud.advance(MINUTE);
  const [run, ...others] = await history();
  assert.equal(others.length, 0);
  assert.deepEqual([run?.executionStatus, run?.triggeredTimestamp], ['Complete', START + 5 * MINUTE]);
  const [file] = run?.destinations ?? [];
  assert.deepEqual([file?.status, file?.destinationIdentifier], ['COMPLETE', 's3://reports/daily']);
  const Key = file?.processedIdentifier?.replace('s3://reports/', '');
  assert.equal(Key, `daily/paths/${run?.queryId}.json`);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'reports', Key }));
  assert.deepEqual(JSON.parse((await Body?.transformToString()) ?? ''), [
    { path: 'a', hits: '2' },
    { path: 'b', hits: '1' },
  ]);
  // Later the events are out of the time that it looks at.
  await cloud.advance(10 * MINUTE);
  assert.equal((await history()).length, 3);
  const got = await logs.send(new GetScheduledQueryCommand({ identifier: 'paths' }));
  assert.deepEqual(
    [got.scheduledQueryArn, got.lastExecutionStatus, got.lastTriggeredTime, got.startTimeOffset],
    [scheduledQueryArn, 'Complete', START + 15 * MINUTE, 600],
  );
  const { name: _, ...change } = input;
  await logs.send(new UpdateScheduledQueryCommand({ ...change, identifier: scheduledQueryArn, state: 'DISABLED' }));
  await cloud.advance(20 * MINUTE);
  assert.equal((await history()).length, 3);
  const { scheduledQueries } = await logs.send(new ListScheduledQueriesCommand({ state: 'DISABLED' }));
  assert.deepEqual(
    scheduledQueries?.map(({ name }) => name),
    ['paths'],
  );
  await logs.send(new DeleteScheduledQueryCommand({ identifier: 'paths' }));
  assert.equal(
    (await failure(logs.send(new GetScheduledQueryCommand({ identifier: 'paths' })))).name,
    'ResourceNotFoundException',
  );
});

test('what fails is told in the history', async () => {
  await using cloud = await startTestCloud();
  const { logs, input, history } = await world(cloud, ['logs:StartQuery']);
  await logs.send(new CreateScheduledQueryCommand(input));
  await cloud.advance(5 * MINUTE);
  const [run] = await history();
  assert.deepEqual([run?.executionStatus, run?.destinations?.[0]?.status], ['Complete', 'FAILED']);
  assert.match(run?.destinations?.[0]?.errorMessage ?? '', /not authorized to perform: s3:PutObject/);
  const refused = await failure(logs.send(new CreateScheduledQueryCommand(input)));
  assert.equal(refused.name, 'ConflictException');
  const why = async (changes: Partial<CreateScheduledQueryCommandInput>) =>
    (await failure(logs.send(new CreateScheduledQueryCommand({ ...input, name: 'other', ...changes })))).name;
  assert.equal(await why({ queryString: 'stats' }), 'MalformedQueryException');
  assert.equal(await why({ scheduleExpression: 'often' }), 'ValidationException');
  assert.equal(await why({ queryLanguage: 'PPL' }), 'NotImplemented');
  await logs.send(
    new UpdateScheduledQueryCommand({
      ...input,
      identifier: 'paths',
      executionRoleArn: ROLE.replace('reports', 'gone'),
    }),
  );
  await cloud.advance(5 * MINUTE);
  const [last] = await history();
  assert.equal(last?.executionStatus, 'Failed');
  assert.equal(last?.queryId, undefined);
});

test('a stack makes, changes and removes a scheduled query', async () => {
  await using cloud = await startTestCloud();
  const { logs } = await world(cloud);
  const template = (ScheduleExpression: string, Tags: object[]) =>
    templateOf({
      Query: {
        Type: 'AWS::Logs::ScheduledQuery',
        Properties: {
          Name: 'paths',
          QueryLanguage: 'CWLI',
          QueryString: 'fields path',
          LogGroupIdentifiers: ['app'],
          StartTimeOffset: '300',
          ExecutionRoleArn: ROLE,
          ScheduleExpression,
          Tags,
        },
      },
    });
  const seen = async () => {
    const got = await logs.send(new GetScheduledQueryCommand({ identifier: 'paths' }));
    const { tags } = await logs.send(new ListTagsForResourceCommand({ resourceArn: got.scheduledQueryArn }));
    return [got.scheduleExpression, got.startTimeOffset, tags];
  };
  await create(cloud, 'reports', template('rate(5 minutes)', [{ Key: 'a', Value: '1' }]));
  assert.deepEqual(await seen(), ['rate(5 minutes)', 300, { a: '1' }]);
  await update(cloud, 'reports', template('rate(1 hour)', [{ Key: 'b', Value: '2' }]));
  assert.deepEqual(await seen(), ['rate(1 hour)', 300, { b: '2' }]);
  await remove(cloud, 'reports');
  assert.deepEqual((await logs.send(new ListScheduledQueriesCommand({}))).scheduledQueries, []);
});

test('a schedule follows the clock of its time zone, also when that is put forward', async () => {
  await using cloud = await startTestCloud();
  const { logs, input, history } = await world(cloud);
  const { destinationConfiguration: _, ...plain } = input;
  const zoned = { ...plain, scheduleExpression: 'cron(30 10 * * ? *)', timezone: 'Europe/Zurich' };
  await logs.send(new CreateScheduledQueryCommand(zoned));
  assert.equal((await logs.send(new GetScheduledQueryCommand({ identifier: 'paths' }))).timezone, 'Europe/Zurich');
  await cloud.advance(9 * 60 * MINUTE + 29 * MINUTE);
  const runs = async (from: number) => {
    const { triggerHistory = [] } = await logs.send(
      new GetScheduledQueryHistoryCommand({ identifier: 'paths', startTime: from, endTime: from + DAY }),
    );
    return triggerHistory.map(({ triggeredTimestamp = 0 }) => new Date(triggeredTimestamp).toISOString());
  };
  assert.deepEqual(await history(), []);
  await cloud.advance(MINUTE);
  assert.deepEqual(await runs(START), ['2026-01-01T09:30:00.000Z']);
  const spring = Date.UTC(2026, 2, 29);
  await cloud.advance(spring + DAY - (START + 9 * 60 * MINUTE + 30 * MINUTE));
  assert.deepEqual(await runs(spring - DAY), ['2026-03-28T09:30:00.000Z']);
  assert.deepEqual(await runs(spring), ['2026-03-29T08:30:00.000Z']);
  const unknown = await failure(
    logs.send(new CreateScheduledQueryCommand({ ...zoned, name: 'other', timezone: 'Mars' })),
  );
  assert.deepEqual([unknown.name, unknown.message], ['ValidationException', 'The timezone Mars is not valid.']);
});
