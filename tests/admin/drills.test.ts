/** Drills by the admin API: what they see of harm, and what they judge. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SimulatedFunctions } from '#engines/function/simulated';
import type { DrillProgress } from '#main/drill/drill';
import type { DrillReport } from '#main/drill/report';
import { fisClient } from '../conformance/fis/client.ts';
import { startTestCloud } from '../support/cloud.ts';
import { createFunction, functionRole } from '../support/functions.ts';
import { ACCOUNT, adminOf } from './admin.ts';

const MINUTE = 60_000;

const promised = ({ promises }: DrillReport) =>
  Object.fromEntries(promises.map(({ promise, measured, kept }) => [promise, [kept, measured]]));

test('functions that failed, alarms that went off, messages in dead-letter queues', async () => {
  const engine = new SimulatedFunctions({ shop: () => 1, quiet: () => 1 });
  await using cloud = await startTestCloud({ engines: { function: engine } });
  const admin = adminOf(cloud.url);
  const role = await functionRole(cloud);
  for (const name of ['shop', 'quiet']) await createFunction(cloud, role, name, 'export const handler = () => 1');
  const sqs = cloud.client(SQSClient);
  const { QueueUrl: dead } = await sqs.send(new CreateQueueCommand({ QueueName: 'dead' }));
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: `arn:aws:sqs:us-east-1:${ACCOUNT}:dead`,
    maxReceiveCount: 1,
  });
  await sqs.send(new CreateQueueCommand({ QueueName: 'orders', Attributes: { RedrivePolicy } }));
  await sqs.send(new SendMessageCommand({ QueueUrl: dead, MessageBody: 'from before' }));
  const cloudwatch = cloud.client(CloudWatchClient);
  const metric = {
    Namespace: 'Shop',
    MetricName: 'Errors',
    Statistic: 'Sum' as const,
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 0,
  };
  for (const AlarmName of ['left', 'over'])
    await cloudwatch.send(
      new PutMetricAlarmCommand({ AlarmName, ComparisonOperator: 'GreaterThanThreshold', ...metric }),
    );
  const set = (AlarmName: string, StateValue: 'OK' | 'ALARM') =>
    cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'test' }));
  const template = {
    targets: {
      shop: {
        resourceType: 'aws:lambda:function',
        resourceArns: [`arn:aws:lambda:us-east-1:${ACCOUNT}:function:shop`],
        selectionMode: 'ALL',
      },
    },
    actions: {
      fail: {
        actionId: 'aws:lambda:invocation-error',
        parameters: { duration: 'PT1M', preventExecution: 'true' },
        targets: { Functions: 'shop' },
      },
    },
  };
  const { id } = await admin.post<DrillProgress>('drills', { account: ACCOUNT, template });
  await cloud.advance(1);
  const lambda = cloud.client(LambdaClient);
  for (const FunctionName of ['shop', 'shop', 'quiet']) await lambda.send(new InvokeCommand({ FunctionName }));
  await set('over', 'ALARM');
  await cloud.advance(1);
  await set('over', 'OK');
  await sqs.send(new SendMessageCommand({ QueueUrl: dead, MessageBody: 'lost' }));
  const during = await admin.get<DrillProgress>(`drills/${id}`);
  assert.deepEqual([during.status, during.actions, during.endedAt], ['running', { fail: 'running' }, null]);
  const early = promised(await admin.get<DrillReport>(`drills/${id}/report`));
  assert.deepEqual(early['No fault of it is left'], [false, '1 in force']);
  await cloud.advance(MINUTE);
  await set('left', 'ALARM');
  await lambda.send(new InvokeCommand({ FunctionName: 'shop' }));
  const report = await admin.get<DrillReport>(`drills/${id}/report`);
  assert.deepEqual(report.functions, [{ function: 'shop', region: 'us-east-1', invocations: 3, errors: 2 }]);
  assert.deepEqual(report.deadLetters, [{ queue: 'dead (us-east-1)', before: 1, after: 2 }]);
  assert.deepEqual(promised(report), {
    'The experiment runs to its end': [true, 'completed: Experiment completed.'],
    'No fault of it is left': [true, 'none'],
    'What was refused is answered again': [true, 'nothing was refused'],
    'No alarm is left that went off': [false, 'still in ALARM: left (us-east-1)'],
    'No message ends in a dead-letter queue': [false, '1 in dead (us-east-1)'],
  });
  assert.equal(report.kept, false);
  assert.deepEqual(
    report.timeline.map(({ text }) => text),
    [
      'the experiment begins',
      'fail begins (aws:lambda:invocation-error)',
      'alarm over is ALARM',
      'alarm over is OK',
      'fail is completed',
      'alarm over is INSUFFICIENT_DATA',
      'the experiment is completed: Experiment completed.',
      'alarm left is ALARM',
    ],
  );
  assert.deepEqual(await admin.delete(`drills/${id}`), { ended: id, stopped: false });
  assert.equal((await admin.refused('GET', `drills/${id}`)).code, 'not-found');
});

test('what can’t be is refused', async () => {
  await using cloud = await startTestCloud();
  const admin = adminOf(cloud.url);
  for (const [body, message] of [
    [{}, 'Name one of template, templateId and experimentId.'],
    [{ template: {}, templateId: 'EXT1' }, 'Name one of template, templateId and experimentId.'],
    [
      { templateID: 'x' },
      "There is no field 'templateID'; there are template, templateId, experimentId, account, region.",
    ],
    [{ templateId: 7 }, "templateId should be a template's id."],
    [{ template: 'x' }, 'template should be an object.'],
    [{ template: {}, account: '12' }, 'account should be a text of 12 digits.'],
    [{ template: {}, region: 'moon' }, "There is no Region 'moon'."],
    [{ template: { actions: { a: { actionId: 'x' } } } }, 'FIS refuses it: Action x not found.'],
    [{ template: { actions: 7 } }, 'template.actions should be an object.'],
    [{ template: { roleArn: 7 } }, 'template.roleArn should be a text.'],
    [{ template: { stopConditions: {} } }, 'template.stopConditions should be a list.'],
    [
      { template: { actions: { a: { action: 'x' } } } },
      "template.actions.a has no 'action'; it has actionId, description, parameters, targets, startAfter.",
    ],
  ] as const) {
    const said = await admin.refused('POST', 'drills', body);
    assert.deepEqual([said.status, said.code, said.message], [400, 'bad-request', message]);
  }
});

test('what was there before is seen before it begins, and a template is not left of one that can’t begin', async () => {
  await using cloud = await startTestCloud();
  const admin = adminOf(cloud.url);
  const sqs = cloud.client(SQSClient, { region: 'eu-west-1' });
  const { QueueUrl: dead } = await sqs.send(new CreateQueueCommand({ QueueName: 'dead' }));
  const deadLetterTargetArn = `arn:aws:sqs:eu-west-1:${ACCOUNT}:dead`;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
  await sqs.send(new CreateQueueCommand({ QueueName: 'orders', Attributes: { RedrivePolicy } }));
  await sqs.send(new SendMessageCommand({ QueueUrl: dead, MessageBody: 'from before' }));
  const fis = fisClient(cloud);
  const left = async () => (await fis.ListExperimentTemplates({})).experimentTemplates.length;
  const actions = {
    dark: { actionId: 'cloudyard:region:dark', parameters: { region: 'eu-west-1', duration: 'PT1M' } },
  };
  const { id } = await admin.post<DrillProgress>('drills', { account: ACCOUNT, template: { actions } });
  assert.equal(await left(), 1);
  await cloud.advance(2 * MINUTE);
  const report = await admin.get<DrillReport>(`drills/${id}/report`);
  assert.deepEqual(report.deadLetters, [{ queue: 'dead (eu-west-1)', before: 1, after: 1 }]);
  await admin.delete(`drills/${id}`);
  assert.equal(await left(), 0);
  for (let i = 0; i < 5; i++) await admin.post('drills', { account: ACCOUNT, template: { actions } });
  const said = await admin.refused('POST', 'drills', { account: ACCOUNT, template: { actions } });
  assert.match(said.message, /^FIS refuses it: .*active experiments/);
  assert.equal(await left(), 5);
});
