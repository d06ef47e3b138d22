/** What services have to bring to others is brought once these are out of trouble. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient, PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SimulatedFunctions } from '#engines/function/simulated';
import { startTestCloud } from '../support/cloud.ts';
import { createFunction, functionRole } from '../support/functions.ts';

const arnOf = (name: string) => `arn:aws:sqs:us-east-1:123456789012:${name}`;
const SECONDS = 1_000;

/** A cloud with queues, and what they have in the end of what is begun while a service answers nothing but errors for ten seconds. */
async function world(service: string, ...names: string[]) {
  const engine = new SimulatedFunctions({ f: () => assert.fail('no') });
  const cloud = await startTestCloud({ engines: { function: engine } });
  const sqs = cloud.client(SQSClient);
  const queues: { QueueUrl?: string | undefined }[] = [];
  for (const QueueName of names) {
    const open = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: arnOf(QueueName) };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
    queues.push(await sqs.send(new CreateQueueCommand({ QueueName, Attributes: { Policy } })));
  }
  const received = () =>
    Promise.all(
      queues.map(async ({ QueueUrl }) => {
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 }));
        return Messages.length;
      }),
    );
  const { faults } = cloud.server.cloud.kernel;
  const during = async (begin: () => Promise<unknown>) => {
    const effect = { kind: 'error', code: 'InternalError', message: '', status: 500 } as const;
    faults.put({ id: 'trouble', service, probability: 1, effect });
    await begin();
    await cloud.advance(10 * SECONDS);
    faults.remove('trouble');
    const before = await received();
    await cloud.advance(30 * SECONDS);
    return [before, await received()];
  };
  return { cloud, during, [Symbol.asyncDispose]: cloud.close };
}

test('a destination and a dead-letter queue of a function', async () => {
  await using given = await world('sqs', 'told', 'dead');
  const { cloud, during } = given;
  const lambda = cloud.client(LambdaClient);
  const role = await functionRole(cloud, ['sqs:*']);
  await createFunction(cloud, role, 'f', '', { DeadLetterConfig: { TargetArn: arnOf('dead') } });
  const OnFailure = { Destination: arnOf('told') };
  const FunctionName = 'f';
  await lambda.send(
    new PutFunctionEventInvokeConfigCommand({
      FunctionName,
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure },
    }),
  );
  const begin = () => lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event' }));
  assert.deepEqual(await during(begin), [
    [0, 0],
    [1, 1],
  ]);
});

test('a dead-letter queue of a rule', async () => {
  await using given = await world('sqs', 'dead');
  const { cloud, during } = given;
  const events = cloud.client(EventBridgeClient);
  await events.send(new PutRuleCommand({ Name: 'orders', EventPattern: '{"source":["shop"]}' }));
  const target = { Id: 'q', Arn: arnOf('nowhere'), DeadLetterConfig: { Arn: arnOf('dead') } };
  const RetryPolicy = { MaximumRetryAttempts: 0 };
  await events.send(new PutTargetsCommand({ Rule: 'orders', Targets: [{ ...target, RetryPolicy }] }));
  const begin = () =>
    events.send(new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 'order', Detail: '{}' }] }));
  assert.deepEqual(await during(begin), [[0], [1]]);
});

test('an action of an alarm', async () => {
  await using given = await world('sns', 'told');
  const { cloud, during } = given;
  const sns = cloud.client(SNSClient);
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'alerts' }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arnOf('told') }));
  const cloudwatch = cloud.client(CloudWatchClient);
  const AlarmName = 'hot';
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName,
      Namespace: 'Kiln',
      MetricName: 'Heat',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      Statistic: 'Sum',
      AlarmActions: [TopicArn],
    }),
  );
  const begin = () =>
    cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'told so' }));
  assert.deepEqual(await during(begin), [[0], [1]]);
});
