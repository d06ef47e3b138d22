import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateEventBusCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { failure, startTestCloud } from '../../support/cloud.ts';

const queueArn = (name: string) => `arn:aws:sqs:us-east-1:123456789012:${name}`;

test('a template of a target may use its own variables and those that every event has', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  await events.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"source": ["shop"]}' }));
  const put = (InputTemplate: string) => {
    const InputTransformer = { InputPathsMap: { id: '$.detail.id' }, InputTemplate };
    return events.send(
      new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 'q', Arn: queueArn('q'), InputTransformer }] }),
    );
  };
  await put('{"id": <id>, "rule": "<aws.events.rule-name>", "all": <aws.events.event.json>}');
  const refused = await failure(put('"<id> of <whom>"'));
  assert.deepEqual(
    [refused.name, refused.message],
    ['ValidationException', 'InputTemplate for target q contains invalid placeholder whom.'],
  );
});

test('patterns are tried, and those that are none refused', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const event = {
    id: '1',
    account: '1',
    source: 'a',
    time: '2026-01-01T00:00:00Z',
    region: 'r',
    resources: [],
    'detail-type': 't',
    detail: { n: 5 },
  };
  const tried = async (pattern: object, given: object = event) =>
    (
      await events.send(
        new TestEventPatternCommand({ EventPattern: JSON.stringify(pattern), Event: JSON.stringify(given) }),
      )
    ).Result;
  assert.equal(await tried({ detail: { n: [{ numeric: ['<', 6] }] } }), true);
  assert.equal(await tried({ source: [{ 'anything-but': 'a' }] }), false);
  const error = await failure(tried({ source: 'a' }));
  assert.equal(error.name, 'InvalidEventPatternException');
  const { resources: _, ...without } = event;
  assert.equal(await tried({ source: ['a'] }, without), true);
  const { time: __, ...timeless } = event;
  const incomplete = await failure(tried({ source: ['a'] }, timeless));
  assert.deepEqual(
    [incomplete.name, incomplete.message],
    [
      'ValidationException',
      'Parameter Event is not valid. Reason: Event must contain the following fields: id, account, source, time, region, resources, detail-type.',
    ],
  );
});

test('an empty schedule beside a pattern is none, on the default bus', async () => {
  await using cloud = await startTestCloud();
  const events = cloud.client(EventBridgeClient);
  const both = { Name: 'r', EventPattern: '{"source": ["shop"]}', ScheduleExpression: '' };
  await events.send(new PutRuleCommand(both));
  const rule = await events.send(new DescribeRuleCommand({ Name: 'r' }));
  assert.deepEqual([rule.EventPattern, rule.ScheduleExpression], [both.EventPattern, undefined]);
  await events.send(new CreateEventBusCommand({ Name: 'own' }));
  const refused = await failure(events.send(new PutRuleCommand({ ...both, EventBusName: 'own' })));
  assert.equal(refused.message, 'ScheduleExpression is supported only on the default event bus.');
  const alone = await failure(events.send(new PutRuleCommand({ Name: 'x', ScheduleExpression: '' })));
  assert.equal(alone.message, 'Parameter ScheduleExpression is not valid.');
});
