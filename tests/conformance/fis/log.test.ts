/** What an experiment tells: its log, events of its states. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchLogsClient, CreateLogGroupCommand, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud } from '../../support/cloud.ts';
import { ACCOUNT, fisClient } from './client.ts';
import { begin, fisRole, MINUTE, ROLE, stateOf, WAIT } from './world.ts';

const logConfiguration = {
  cloudWatchLogsConfiguration: { logGroupArn: `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:drills:*` },
  logSchemaVersion: 2,
};
const targets = { roles: { resourceType: 'aws:iam:role', resourceArns: [ROLE], selectionMode: 'ALL' } };
const parameters = { service: 'sqs', operations: 'SendMessage', percentage: '1', duration: 'PT1M' };
const strike = { actionId: 'aws:fis:inject-api-internal-error', parameters, targets: { Roles: 'roles' } };

test('the log of an experiment, record by record, in CloudWatch Logs', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  const logs = cloud.client(CloudWatchLogsClient);
  await fisRole(cloud, ['fis:*', 'logs:*']);
  const lost = await begin(cloud, fis, { logConfiguration });
  assert.equal(lost.state?.reason, 'Log group drills does not exist.');
  assert.deepEqual(lost.state?.error, {
    code: 'ConfigurationFailure',
    location: 'logConfiguration',
    accountId: ACCOUNT,
  });
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'drills' }));
  const { id, experimentTemplateId } = await begin(cloud, fis, { logConfiguration, targets, actions: { strike } });
  await cloud.advance(MINUTE);
  const { events = [] } = await logs.send(
    new GetLogEventsCommand({ logGroupName: 'drills', logStreamName: `/aws/fis/${id}`, startFromHead: true }),
  );
  const [start, end] = ['2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z'];
  const named = { action_name: 'strike', action_id: strike.actionId };
  const resolved = { target_resolution_end_time: start, target_name: 'roles', target_type: 'aws:iam:role' };
  assert.deepEqual(
    events.map(({ message }) => JSON.parse(message ?? '')),
    [
      ['experiment-start', start, { experiment_template_id: experimentTemplateId, experiment_start_time: start }],
      ['target-resolution-start', start, { target_resolution_start_time: start, target_name: 'roles' }],
      [
        'target-resolution-detail',
        start,
        { ...resolved, account_id: ACCOUNT, resolved_targets_count: 1, status: 'completed' },
      ],
      ['target-resolution-end', start, { ...resolved, resolved_targets: [{ arn: ROLE }], page: 1, total_pages: 1 }],
      ['action-start', start, { ...named, action_start_time: start, parameters, action_targets: { Roles: 'roles' } }],
      [
        'action-end',
        end,
        { ...named, action_end_time: end, action_state: { status: 'completed', reason: 'Action was completed.' } },
      ],
      [
        'experiment-end',
        end,
        { experiment_end_time: end, experiment_state: { status: 'completed', reason: 'Experiment completed.' } },
      ],
    ].map(([log_type, event_timestamp, details]) => ({ id, log_type, event_timestamp, version: '2', details })),
  );
});

test('a target that is not found, in the log', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  const logs = cloud.client(CloudWatchLogsClient);
  await fisRole(cloud);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'drills' }));
  const none = { roles: { ...targets.roles, resourceArns: [`${ROLE}-gone`] } };
  const { id } = await begin(cloud, fis, { logConfiguration, targets: none, actions: { strike } });
  const { events = [] } = await logs.send(
    new GetLogEventsCommand({ logGroupName: 'drills', logStreamName: `/aws/fis/${id}`, startFromHead: true }),
  );
  const records = events.map(({ message }) => JSON.parse(message ?? ''));
  assert.deepEqual(
    records.map(({ log_type }) => log_type),
    ['experiment-start', 'target-resolution-start', 'target-resolution-detail', 'experiment-end'],
  );
  assert.equal(records[2].details.error_information, `Target roles was not found: ${ROLE}-gone.`);
  assert.equal(records[3].details.experiment_state.status, 'failed');
});

test('the log in a bucket, which the role opens for it', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'drill-logs' }));
  await fisRole(cloud, ['logs:CreateLogDelivery', 's3:GetBucketPolicy', 's3:PutBucketPolicy']);
  const s3Configuration = { bucketName: 'drill-logs', prefix: 'fis' };
  const { id } = await begin(cloud, fis, { logConfiguration: { s3Configuration, logSchemaVersion: 2 } });
  await cloud.advance(MINUTE);
  assert.equal(await stateOf(fis, id), 'completed wait=completed');
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'drill-logs' }));
  const [{ Key = '' } = {}] = Contents;
  assert.match(
    Key,
    new RegExp(
      `^fis/AWSLogs/${ACCOUNT}/fis/us-east-1/${id}/2026/01/01/${ACCOUNT}_awsfislogs_us-east-1_${id}_202601010001Z_[0-9a-f]{8}\\.log$`,
    ),
  );
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'drill-logs', Key }));
  const lines = ((await Body?.transformToString()) ?? '').trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).log_type),
    ['experiment-start', 'action-start', 'action-end', 'experiment-end'],
  );
});

test('without permission to deliver logs the experiment does not begin', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await cloud.client(CloudWatchLogsClient).send(new CreateLogGroupCommand({ logGroupName: 'drills' }));
  await fisRole(cloud, ['fis:*']);
  const denied = await begin(cloud, fis, { logConfiguration });
  assert.equal(denied.state?.error?.code, 'AuthorizationFailure');
  assert.match(
    denied.state?.reason ?? '',
    /^Unable to deliver logs: .* not authorized to perform: logs:CreateLogDelivery/,
  );
});

test('EventBridge hears of each state', async () => {
  await using cloud = await startTestCloud();
  const fis = fisClient(cloud);
  await fisRole(cloud);
  const sqs = cloud.client(SQSClient);
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: '*' },
    ],
  });
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q', Attributes: { Policy } }));
  const events = cloud.client(EventBridgeClient);
  await events.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source":["aws.fis"]}' }));
  const Arn = `arn:aws:sqs:us-east-1:${ACCOUNT}:q`;
  await events.send(new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 'q', Arn }] }));
  const { id, arn, experimentTemplateId } = await begin(cloud, fis, { actions: { wait: WAIT } });
  await cloud.advance(MINUTE);
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  const told = Messages.map(({ Body }) => JSON.parse(Body ?? '')).filter(
    (one) => one['detail-type'] === 'FIS Experiment State Change',
  );
  assert.deepEqual(
    told.map(({ detail }) => `${detail['old-state'].status} ${detail['new-state'].status}`),
    ['pending initiating', 'initiating running', 'running completed'],
  );
  assert.deepEqual(told[0].resources, [arn]);
  assert.deepEqual(told[2].detail, {
    'experiment-id': id,
    'experiment-template-id': experimentTemplateId,
    'new-state': { status: 'completed', reason: 'Experiment completed.' },
    'old-state': { status: 'running', reason: 'Experiment is running.' },
  });
});
