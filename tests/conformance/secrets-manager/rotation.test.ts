/** Rotations that are only scheduled, fail, or are asked for again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { createFunction, functionRole } from '../../support/functions.ts';

const HOUR = 3_600_000;
const SecretId = 's';
const RotationLambdaARN = 'arn:aws:lambda:us-east-1:123456789012:function:rotates';

/** Tags the secret with each step that it takes, and the value that it sees pending; a tag `broken` names a step that fails. */
const SOURCE = `
  import { SecretsManagerClient, DescribeSecretCommand, GetSecretValueCommand, PutSecretValueCommand, TagResourceCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
  const manager = new SecretsManagerClient({});
  export const handler = async ({ Step, SecretId, ClientRequestToken, RotationToken }) => {
    console.log('told ' + RotationToken);
    const { Tags = [], VersionIdsToStages } = await manager.send(new DescribeSecretCommand({ SecretId }));
    if (Tags.some(({ Key, Value }) => Key === 'broken' && Value === Step)) throw new Error(Step);
    if (Step === 'createSecret' && (await pending()) === 'none') {
      const { SecretString } = await manager.send(new GetSecretValueCommand({ SecretId }));
      await manager.send(new PutSecretValueCommand({ SecretId, ClientRequestToken, RotationToken, SecretString: SecretString + '+', VersionStages: ['AWSPENDING'] }));
    }
    await manager.send(new TagResourceCommand({ SecretId, Tags: [{ Key: Step, Value: await pending() }] }));
    if (Step !== 'finishSecret') return;
    const current = Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id].includes('AWSCURRENT'));
    await manager.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: ClientRequestToken, RemoveFromVersionId: current }));
    async function pending() {
      try { return (await manager.send(new GetSecretValueCommand({ SecretId, VersionId: ClientRequestToken }))).SecretString; }
      catch { return 'none'; }
    }
  };`;

const manager = (cloud: TestCloud) => cloud.client(SecretsManagerClient);

async function ready(cloud: TestCloud) {
  await createFunction(cloud, await functionRole(cloud, ['secretsmanager:*', 'kms:*', 'logs:*']), 'rotates', SOURCE);
  const grant = { StatementId: 'manager', Action: 'lambda:InvokeFunction', Principal: 'secretsmanager.amazonaws.com' };
  await cloud.client(LambdaClient).send(new AddPermissionCommand({ FunctionName: 'rotates', ...grant }));
  await manager(cloud).send(new CreateSecretCommand({ Name: SecretId, SecretString: 'v' }));
}

async function rotate(cloud: TestCloud, more: object = {}) {
  const input = { SecretId, RotationLambdaARN, RotationRules: { AutomaticallyAfterDays: 10 }, ...more };
  await manager(cloud).send(new RotateSecretCommand(input));
  await cloud.server.cloud.settle();
}

const describe = (cloud: TestCloud) => manager(cloud).send(new DescribeSecretCommand({ SecretId }));
const value = async (cloud: TestCloud) =>
  (await manager(cloud).send(new GetSecretValueCommand({ SecretId }))).SecretString;
const mark = (cloud: TestCloud, Value: string) =>
  manager(cloud).send(new TagResourceCommand({ SecretId, Tags: [{ Key: 'broken', Value }] }));

test('a rotation that is only scheduled is tried out, on a version that goes again', async () => {
  await using cloud = await startTestCloud();
  await ready(cloud);
  await rotate(cloud, { RotateImmediately: false });
  const { Tags, VersionIdsToStages = {}, LastRotatedDate } = await describe(cloud);
  assert.deepEqual(Tags, [{ Key: 'testSecret', Value: 'v' }]);
  assert.deepEqual([Object.values(VersionIdsToStages), LastRotatedDate], [[['AWSCURRENT']], undefined]);
});

test('a step that fails leaves its version pending, to be tried again', async () => {
  await using cloud = await startTestCloud();
  await ready(cloud);
  await mark(cloud, 'setSecret');
  await rotate(cloud);
  const stages = async () => Object.values((await describe(cloud)).VersionIdsToStages ?? {}).flat();
  assert.deepEqual([await value(cloud), (await stages()).toSorted()], ['v', ['AWSCURRENT', 'AWSPENDING']]);
  await mark(cloud, 'none');
  await cloud.advance(HOUR);
  assert.equal(await value(cloud), 'v+');
  // The next one is pending alone.
  await mark(cloud, 'setSecret');
  await cloud.advance(240 * HOUR);
  assert.equal((await stages()).filter((stage) => stage === 'AWSPENDING').length, 1);
});

test('a rotation that was asked for by the id of a version is none of another; each step has a token of its own', async () => {
  await using cloud = await startTestCloud();
  await ready(cloud);
  const ClientRequestToken = '11111111-1111-1111-1111-111111111111';
  for (const _ of [1, 2]) await rotate(cloud, { ClientRequestToken });
  assert.equal(await value(cloud), 'v+');
  const logs = cloud.client(CloudWatchLogsClient);
  const { events = [] } = await logs.send(
    new FilterLogEventsCommand({ logGroupName: '/aws/lambda/rotates', filterPattern: 'told' }),
  );
  const tokens = events.map(({ message = '' }) => /told ([0-9a-f-]{36})$/.exec(message.trim())?.[1]);
  assert.deepEqual([new Set(tokens).size, tokens.includes(undefined)], [4, false]);
});

test('a schedule tells how many days lie between rotations once it has been kept, and is told when it is turned off, too', async () => {
  await using cloud = await startTestCloud();
  await ready(cloud);
  const wrong = ['rate(10 minutes)', 'cron(30 8 * * ? *)', 'cron(0 8 * * ? 2027)', 'cron(0 /3 * * ? *)'];
  for (const [ScheduleExpression, Duration, message] of [
    ...wrong.map((one) => [one, undefined, 'Invalid schedule expression.'] as const),
    ['rate(3 hours)', undefined, 'Rate in hour should be least 4 and less than 24.'],
    ['rate(24 hours)', undefined, 'Rate in hour should be least 4 and less than 24.'],
    ['rate(1001 days)', undefined, 'Rate in day should be greater than 0 and less than 1000.'],
    ['rate(4 hours)', '5h', 'Duration cannot be greater than Rate in hour.'],
    ['cron(0 22 * * ? *)', '3h', 'Starting hour and duration must be within a day.'],
    ['cron(0 22 * * ? *)', '25h', 'Duration must be at least 1 hour, at most 24 hour.'],
  ] as const) {
    const refused = await failure(rotate(cloud, { RotationRules: { ScheduleExpression, Duration } }));
    assert.deepEqual([refused.name, refused.message], ['InvalidParameterException', message]);
  }
  // Source: Secrets Manager User Guide, "Rotation schedules", the examples.
  for (const ScheduleExpression of ['cron(0 /8 * * ? *)', 'cron(0 1 ? 1/3 SUN#1 *)', 'cron(0 22 * * ? *)'])
    await rotate(cloud, { RotationRules: { ScheduleExpression, Duration: '2h' }, RotateImmediately: false });
  const RotationRules = { ScheduleExpression: 'rate(10 days)', Duration: '2h' };
  await rotate(cloud, { RotationRules, RotateImmediately: false });
  assert.deepEqual((await describe(cloud)).RotationRules, RotationRules);
  await rotate(cloud, { RotationRules });
  assert.deepEqual((await describe(cloud)).RotationRules, { AutomaticallyAfterDays: 10, ...RotationRules });
  await manager(cloud).send(new CancelRotateSecretCommand({ SecretId }));
  const off = await describe(cloud);
  assert.deepEqual([off.RotationEnabled, off.RotationRules], [false, { AutomaticallyAfterDays: 10, ...RotationRules }]);
});

test('a value that is set by hand puts the next rotation off', async () => {
  await using cloud = await startTestCloud();
  await ready(cloud);
  await rotate(cloud);
  await cloud.advance(9 * 24 * HOUR);
  await manager(cloud).send(new PutSecretValueCommand({ SecretId, SecretString: 'mine' }));
  await cloud.advance(5 * 24 * HOUR);
  assert.equal(await value(cloud), 'mine');
  await cloud.advance(5 * 24 * HOUR);
  assert.equal(await value(cloud), 'mine+');
});

test('a value that is set by hand ends the rotation that is under way, and each step of that is told', async () => {
  await using cloud = await startTestCloud();
  await ready(cloud);
  const [events, sqs] = [cloud.client(EventBridgeClient), cloud.client(SQSClient)];
  const Arn = 'arn:aws:sqs:us-east-1:123456789012:told';
  const open = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: Arn };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'told', Attributes: { Policy } }));
  await events.send(new PutRuleCommand({ Name: 'told', EventPattern: '{"source":["aws.secretsmanager"]}' }));
  await events.send(new PutTargetsCommand({ Rule: 'told', Targets: [{ Id: 'q', Arn }] }));
  const told = async () => {
    await cloud.server.cloud.settle();
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    return Messages.map(({ Body = '' }) => JSON.parse(Body).detail);
  };
  await mark(cloud, 'setSecret');
  await rotate(cloud);
  const [started, failed] = (await told()).toSorted((a, b) => (a.eventName > b.eventName ? -1 : 1));
  assert.deepEqual([started.eventName, failed.eventName], ['RotationStarted', 'RotationFailed']);
  assert.equal(failed.errorMessage, `Error when executing lambda ${RotationLambdaARN} during setSecret step`);

  await manager(cloud).send(new PutSecretValueCommand({ SecretId, SecretString: 'mine' }));
  const { VersionIdsToStages = {} } = await describe(cloud);
  assert.deepEqual(Object.values(VersionIdsToStages).flat().toSorted(), ['AWSCURRENT', 'AWSPREVIOUS']);
  assert.deepEqual(
    (await told()).map(({ eventName }) => eventName),
    ['RotationAbandoned'],
  );
  await mark(cloud, 'none');
  await rotate(cloud);
  assert.equal(await value(cloud), 'mine+');
  await told();

  await manager(cloud).send(new DeleteSecretCommand({ SecretId }));
  await manager(cloud).send(new RestoreSecretCommand({ SecretId }));
  await manager(cloud).send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
  const names = [...(await told()), ...(await told())].map(({ eventName }) => eventName);
  for (const name of ['StartSecretVersionDelete', 'CancelSecretVersionDelete', 'EndSecretVersionDelete'])
    assert.ok(names.includes(name), name);
});

test('versions without labels stay for a day, however many there are', async () => {
  await using cloud = await startTestCloud();
  await manager(cloud).send(new CreateSecretCommand({ Name: SecretId, SecretString: '0' }));
  const change = (number: number) =>
    manager(cloud).send(new PutSecretValueCommand({ SecretId, SecretString: String(number) }));
  for (let number = 1; number <= 104; number += 1) await change(number);
  const count = async () => {
    const asked = { SecretId, IncludeDeprecated: true, MaxResults: 100 };
    const { Versions = [], NextToken } = await manager(cloud).send(new ListSecretVersionIdsCommand(asked));
    const rest = await manager(cloud).send(new ListSecretVersionIdsCommand({ ...asked, NextToken }));
    return Versions.length + (rest.Versions?.length ?? 0);
  };
  assert.equal(await count(), 105);
  await cloud.advance(24 * HOUR);
  await change(105);
  assert.equal(await count(), 102);
});

test('a version that has no value yet is not listed', async () => {
  await using cloud = await startTestCloud();
  await ready(cloud);
  await mark(cloud, 'createSecret');
  await rotate(cloud);
  const { Versions } = await manager(cloud).send(new ListSecretVersionIdsCommand({ SecretId }));
  assert.deepEqual(
    Versions?.map(({ VersionStages }) => VersionStages),
    [['AWSCURRENT']],
  );
  assert.equal(Object.keys((await describe(cloud)).VersionIdsToStages ?? {}).length, 2);
});
