/** Refusals as they were measured at AWS in September 2026. Source: badmintoncryer/cdk-preflight. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  EventBridgeClient,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { expectRefusals } from '../cloudformation/stacks.ts';

const RoleArn = 'arn:aws:iam::123456789012:role/r';
const ECS = { Id: 't1', Arn: 'arn:aws:ecs:us-east-1:123456789012:cluster/c', RoleArn };
const BATCH = { Id: 't1', Arn: 'arn:aws:batch:us-east-1:123456789012:job-queue/q', RoleArn };
const ELSEWHERE = 'arn:aws:ecs:us-west-2:123456789012:task-definition/d';
const JOB = { JobDefinition: 'd', JobName: 'j' };

test('targets whose parameters are missing or out of bounds are refused in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  await events.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["a"]}' }));
  const TaskDefinitionArn = 'arn:aws:ecs:us-east-1:123456789012:task-definition/d';
  const named = (count: number, kind: string) => Array.from({ length: count }, (_, at) => `${kind}-${at}`);
  const inside = (subnets: number, groups = 5) => {
    const awsvpcConfiguration = { Subnets: named(subnets, 'subnet'), SecurityGroups: named(groups, 'sg') };
    return { ...ECS, EcsParameters: { TaskDefinitionArn, NetworkConfiguration: { awsvpcConfiguration } } };
  };
  for (const [target, text] of [
    [ECS, 'Parameter(s) EcsParameters must be specified for target: t1.'],
    [BATCH, 'Parameter(s) BatchParameters must be specified for target: t1.'],
    [
      { ...ECS, EcsParameters: { TaskDefinitionArn, TaskCount: 11 } },
      'Parameter(s) TaskCount not valid for target: t1.',
    ],
    [
      { ...BATCH, BatchParameters: { ...JOB, ArrayProperties: { Size: 1 } } },
      'Parameter ArrayProperties is not valid. Reason: Size must be in between 2 and 10000.',
    ],
    [
      { ...BATCH, BatchParameters: { ...JOB, RetryStrategy: { Attempts: 11 } } },
      'Parameter RetryStrategy is not valid. Reason: Attempts must be in between 1 and 10.',
    ],
    [
      { ...ECS, EcsParameters: { TaskDefinitionArn, LaunchType: 'FARGATE' } },
      'Parameter NetworkConfiguration must be specified for target t1 when launch type is FARGATE.',
    ],
    [
      { ...ECS, EcsParameters: { TaskDefinitionArn, LaunchType: 'EC2', PlatformVersion: '1.4.0' } },
      'Parameter PlatformVersion for target t1 is not supported when launch type is EC2.',
    ],
    [inside(17), 'Parameter Subnets is not valid. Reason: size must be in between 1 and 16.'],
    [inside(16, 6), 'Parameter SecurityGroups is not valid. Reason: size must be in between 0 and 5.'],
    [
      { ...ECS, EcsParameters: { TaskDefinitionArn: ELSEWHERE } },
      `Region of ${ECS.Arn} does not match region of ${ELSEWHERE}.`,
    ],
  ] as [Target, string][]) {
    const { name, message } = await failure(events.send(new PutTargetsCommand({ Rule: 'r', Targets: [target] })));
    assert.deepEqual([name, message], ['ValidationException', text]);
  }
});

test('targets are called by a role, but those that have policies or permissions', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  await events.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["a"]}' }));
  const put = (Arn: string, more: Partial<Target> = {}) =>
    events.send(new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 't1', Arn, ...more }] }));
  const arn = (service: string, resource: string, region = 'us-east-1') =>
    `arn:aws:${service}:${region}:123456789012:${resource}`;
  for (const [service, resource] of [
    ['events', 'event-bus/default'],
    ['events', 'api-destination/d/1'],
    ['firehose', 'deliverystream/d'],
    ['states', 'stateMachine:m'],
    ['codepipeline', 'p'],
  ] as const) {
    const { name, message } = await failure(put(arn(service, resource)));
    assert.deepEqual(
      [name, message],
      ['ValidationException', `RoleArn is required for target ${arn(service, resource)}.`],
    );
  }
  const stream = arn('kinesis', 'stream/s');
  const { message } = await failure(put(stream));
  assert.equal(message, `Rule r does not have RoleArn assigned to invoke target ${stream}.`);
  await put(stream, { RoleArn });
  for (const [service, resource] of [
    ['lambda', 'function:f'],
    ['sns', 't'],
    ['sqs', 'q'],
    ['logs', 'log-group:/aws/events/g'],
  ] as const)
    assert.equal((await put(arn(service, resource))).FailedEntryCount, 0);
  const dead = { DeadLetterConfig: { Arn: arn('sqs', 'q', 'us-west-2') } };
  assert.equal((await failure(put(arn('sqs', 'q'), dead))).name, 'ValidationException');
});

test('an archive is of a bus of its Region', async () => {
  await using cloud = await startTestCloud();
  const west = cloud.client(EventBridgeClient, { region: 'us-west-2' });
  const { EventBusArn: EventSourceArn } = await west.send(new CreateEventBusCommand({ Name: 'west' }));
  const archive = new CreateArchiveCommand({ ArchiveName: 'a', EventSourceArn });
  const { name, message } = await failure(cloud.client(EventBridgeClient).send(archive));
  assert.deepEqual([name, message], ['ResourceNotFoundException', 'Event bus west does not exist.']);
});

test('stacks with rules and connections that can not be are refused in the words of AWS', async () => {
  await using cloud = await startTestCloud();
  const EventPattern = { source: ['a'] };
  await expectRefusals(cloud, 'AWS::Events::Rule', {}, [
    [{ EventPattern: {} }, 'Parameter(s) EventPattern or ScheduleExpression must be specified'],
    [
      { EventPattern: { source: 'aws.ec2' } },
      'Event pattern is not valid. Reason: "source" must be an object or an array',
    ],
    [{ EventPattern: { source: [] } }, 'Event pattern is not valid. Reason: Empty arrays are not allowed'],
    [
      { EventPattern: { detail: { x: [{ startsWith: 'a' }] } } },
      'Event pattern is not valid. Reason: Unrecognized match type startsWith',
    ],
    [{ ScheduleExpression: 'cron(75 20 * * ? *)' }, 'Parameter ScheduleExpression is not valid.'],
    [
      { EventPattern, Targets: [{ Id: 't1', Arn: 'arn:aws:sqs:us-east-1:123456789012:q', Input: '{not json' }] },
      'JSON syntax error in input for target t1',
    ],
  ]);
  const ApiKeyAuthParameters = { ApiKeyName: 'k', ApiKeyValue: 'v' };
  await expectRefusals(cloud, 'AWS::Events::Connection', { AuthorizationType: 'BASIC' }, [
    [
      { AuthParameters: { ApiKeyAuthParameters } },
      'Parameter BasicAuthParameters is not valid. Reason: Missing required field(s)',
    ],
  ]);
  await expectRefusals(cloud, 'AWS::Events::EventBus', {}, [
    [{ Name: 'team/bus' }, "Event bus name must not contain '/'."],
    [
      { Name: 'bus', DeadLetterConfig: { Arn: 'arn:aws:sns:us-east-1:123456789012:t' } },
      'sns is not supported as a dead letter resource.',
    ],
  ]);
});

/** Source: radkawar/stackd, measured in 2026. */
test('what log groups may not have, schedules of what CloudTrail tells, and targets of others are refused', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const refusal = async (asked: Promise<unknown>) => {
    const { name, message } = await failure(asked);
    return `${name}: ${message}`;
  };
  await events.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["a"]}' }));
  const logs = { Id: 't', Arn: 'arn:aws:logs:us-east-1:123456789012:log-group:/aws/events/l' };
  const put = (target: Target) => refusal(events.send(new PutTargetsCommand({ Rule: 'r', Targets: [target] })));
  const INPUT =
    'ValidationException: Input and InputPath are not valid forms of input for target t. The only valid form of input is InputTransformer.';
  const scheduled = {
    Name: 's',
    ScheduleExpression: 'rate(1 minute)',
    State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
  } as const;
  assert.deepEqual(
    await Promise.all([
      put({ ...logs, RoleArn }),
      put({ ...logs, Input: '{}' }),
      put({ ...logs, InputPath: '$.detail' }),
      refusal(events.send(new PutRuleCommand(scheduled))),
    ]),
    [
      `ValidationException: RoleArn is not supported for target ${logs.Arn}.`,
      INPUT,
      INPUT,
      'ValidationException: ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS rule state is not supported with scheduled rule expressions.',
    ],
  );
  await events.send(new CreateEventBusCommand({ Name: 'shared' }));
  const EventBusName = 'arn:aws:events:us-east-1:123456789012:event-bus/shared';
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::210987654321:root' },
        Action: ['events:PutRule', 'events:PutTargets'],
        Resource: 'arn:aws:events:us-east-1:123456789012:rule/shared/*',
      },
    ],
  });
  await events.send(new PutPermissionCommand({ EventBusName: 'shared', Policy }));
  const credentials = { accessKeyId: '210987654321', secretAccessKey: 'test' };
  const other = cloud.client(EventBridgeClient, { credentials });
  await other.send(new PutRuleCommand({ Name: 'theirs', EventBusName, EventPattern: '{"source":["a"]}' }));
  const Targets = [{ Id: 't', Arn: 'arn:aws:sqs:us-east-1:210987654321:q' }];
  assert.equal(
    await refusal(other.send(new PutTargetsCommand({ Rule: 'theirs', EventBusName, Targets }))),
    'ValidationException: Only EventBus targets are allowed on cross-account PutTargets calls.',
  );
});
