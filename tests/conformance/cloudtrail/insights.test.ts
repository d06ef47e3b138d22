/** Insights of trails: calls, and errors, that come much more often than usual. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CloudTrailClient,
  CreateTrailCommand,
  GetInsightSelectorsCommand,
  GetTrailCommand,
  type InsightSelector,
  ListInsightsDataCommand,
  ListInsightsMetricDataCommand,
  LookupEventsCommand,
  PutEventSelectorsCommand,
  PutInsightSelectorsCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, DeleteTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { HOUR, MINUTE } from '#kernel/base';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';

const [BUCKET, OTHER] = ['trail-of-all', 'of-data'];
const ACCOUNT = '123456789012';
const BOTH: InsightSelector[] = [{ InsightType: 'ApiCallRateInsight' }, { InsightType: 'ApiErrorRateInsight' }];

async function world(cloud: TestCloud) {
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const open = (Service: string, Resource: string, Action: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service }, Action, Resource }],
    });
  const Policy = open('cloudtrail.amazonaws.com', `arn:aws:s3:::${BUCKET}/*`, 's3:PutObject');
  await s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy }));
  const cloudtrail = cloud.client(CloudTrailClient);
  await cloudtrail.send(new CreateTrailCommand({ Name: 'all', S3BucketName: BUCKET }));
  await cloudtrail.send(new StartLoggingCommand({ Name: 'all' }));
  const put = (InsightSelectors: InsightSelector[]) =>
    cloudtrail.send(new PutInsightSelectorsCommand({ TrailName: 'all', InsightSelectors }));
  const [sqs, events] = [cloud.client(SQSClient), cloud.client(EventBridgeClient)];
  const Arn = `arn:aws:sqs:us-east-1:${ACCOUNT}:told`;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'told' }));
  const Attributes = { Policy: open('events.amazonaws.com', Arn, 'sqs:SendMessage') };
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  const EventPattern = JSON.stringify({ 'detail-type': ['AWS Insight via CloudTrail'] });
  await events.send(new PutRuleCommand({ Name: 'insights', EventPattern }));
  await events.send(new PutTargetsCommand({ Rule: 'insights', Targets: [{ Id: 'q', Arn }] }));
  /** Insights that EventBridge told of since the last time. */
  const told = async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 }),
    );
    return Messages.map(({ Body = '' }) => JSON.parse(Body).detail);
  };
  const sns = cloud.client(SNSClient);
  const make = async (times: number) => {
    for (let index = 0; index < times; index += 1) await sns.send(new CreateTopicCommand({ Name: 'one' }));
  };
  return { s3, sns, cloudtrail, put, told, make };
}

test('a rate of writes that is unusual begins and ends an insight', async () => {
  await using cloud = await startTestCloud();
  const { s3, sns, cloudtrail, put, told, make } = await world(cloud);
  await put(BOTH);
  // So soon nothing is unusual.
  await make(40);
  await cloud.advance(36 * HOUR);
  assert.deepEqual(await told(), []);
  await make(45);
  const bad = () => sns.send(new CreateTopicCommand({ Name: '-?-' }));
  for (let index = 0; index < 5; index += 1) assert.equal((await failure(bad())).name, 'InvalidParameterException');
  await cloud.advance(MINUTE);
  const [start, ...others] = await told();
  assert.deepEqual(others, []);
  const { insightDetails, eventID, sharedEventID, eventTime, ...rest } = start;
  assert.deepEqual(rest, {
    eventVersion: '1.11',
    awsRegion: 'us-east-1',
    eventType: 'AwsCloudTrailInsight',
    recipientAccountId: ACCOUNT,
    eventCategory: 'Insight',
  });
  assert.equal(eventTime, new Date(START + 36 * HOUR).toISOString().replace('.000', ''));
  const { insightContext, ...details } = insightDetails;
  assert.deepEqual(details, {
    state: 'Start',
    eventSource: 'sns.amazonaws.com',
    eventName: 'CreateTopic',
    insightType: 'ApiCallRateInsight',
  });
  const { statistics, attributions } = insightContext;
  assert.deepEqual(statistics, {
    baseline: { average: 40 / (36 * 60 + 1) },
    insight: { average: 50 },
    insightDuration: 1,
    baselineDuration: 10_080,
  });
  assert.deepEqual(attributions[0], {
    attribute: 'userIdentityArn',
    insight: [{ value: `arn:aws:iam::${ACCOUNT}:root`, average: 50 }],
    baseline: [],
  });
  const errors = [
    { value: 'null', average: 45 },
    { value: 'InvalidParameterException', average: 5 },
  ];
  assert.deepEqual(attributions[2], { attribute: 'errorCode', insight: errors, baseline: [] });
  await make(30);
  await cloud.advance(MINUTE);
  assert.deepEqual(await told(), []);
  await cloud.advance(MINUTE);
  const [end] = await told();
  assert.deepEqual(
    [end.sharedEventID, end.insightDetails.state, end.insightDetails.insightContext.statistics.insightDuration],
    [sharedEventID, 'End', 2],
  );
  assert.equal(end.insightDetails.insightContext.statistics.insight.average, 40);
  const Prefix = `AWSLogs/${ACCOUNT}/CloudTrail-Insight/us-east-1/2026/01/02/`;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix }));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: Contents[0]?.Key }));
  const text = gunzipSync((await Body?.transformToByteArray()) ?? '').toString();
  assert.deepEqual(
    JSON.parse(text).Records.map((record: { eventID: string }) => record.eventID),
    [eventID],
  );
  assert.match(Contents[0]?.Key ?? '', /_CloudTrail-Insight_us-east-1_20260102T1201Z_[A-Za-z0-9]{16}\.json\.gz$/);
  const look = async (input: object) => {
    const { Events = [], NextToken } = await cloudtrail.send(
      new LookupEventsCommand({ EventCategory: 'insight', ...input }),
    );
    return { found: Events.map(({ EventId, EventName }) => [EventId, EventName]), NextToken };
  };
  const all = [
    [end.eventID, 'CreateTopic'],
    [eventID, 'CreateTopic'],
  ];
  assert.deepEqual(await look({}), { found: all, NextToken: undefined });
  const first = await look({ MaxResults: 1 });
  assert.deepEqual(first.found, all.slice(0, 1));
  assert.deepEqual((await look({ NextToken: first.NextToken })).found, all.slice(1));
  const named = (AttributeKey: 'EventName' | 'EventSource', AttributeValue: string) =>
    look({ LookupAttributes: [{ AttributeKey, AttributeValue }] });
  assert.equal((await named('EventSource', 'sns.amazonaws.com')).found.length, 2);
  assert.equal((await named('EventName', 'Publish')).found.length, 0);
});

test('errors that are many are an insight of their own', async () => {
  await using cloud = await startTestCloud();
  const { sns, put, told } = await world(cloud);
  await put([{ InsightType: 'ApiErrorRateInsight', EventCategories: ['Management'] }]);
  await cloud.advance(36 * HOUR);
  const TopicArn = `arn:aws:sns:us-east-1:${ACCOUNT}:none`;
  for (let index = 0; index < 25; index += 1) {
    const error = await failure(sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: TopicArn })));
    assert.equal(error.name, 'NotFoundException');
    await sns.send(new DeleteTopicCommand({ TopicArn }));
  }
  await cloud.advance(MINUTE);
  const [start, ...others] = await told();
  assert.deepEqual(others, []);
  const { eventName, insightType, errorCode, insightContext } = start.insightDetails;
  assert.deepEqual([eventName, insightType, errorCode], ['Subscribe', 'ApiErrorRateInsight', 'NotFoundException']);
  assert.deepEqual(insightContext.attributions[2].insight, [{ value: 'NotFoundException', average: 25 }]);
});

test('data events have insights and rates of their own', async () => {
  await using cloud = await startTestCloud();
  const { s3, cloudtrail, put, told } = await world(cloud);
  const values = [{ Type: 'AWS::S3::Object' as const, Values: [`arn:aws:s3:::${OTHER}/`] }];
  const EventSelectors = [{ ReadWriteType: 'All' as const, IncludeManagementEvents: true, DataResources: values }];
  await cloudtrail.send(new PutEventSelectorsCommand({ TrailName: 'all', EventSelectors }));
  const EventCategories = ['Management' as const, 'Data' as const];
  await put(BOTH.map((one) => ({ ...one, EventCategories })));
  await s3.send(new CreateBucketCommand({ Bucket: OTHER }));
  await cloud.advance(36 * HOUR);
  const read = async (times: number) => {
    for (let index = 0; index < times; index += 1)
      await failure(s3.send(new GetObjectCommand({ Bucket: OTHER, Key: 'none' })));
  };
  await read(25);
  await cloud.advance(MINUTE);
  const found = await told();
  const kinds = found.map(({ insightDetails: { eventName, insightType } }) => [eventName, insightType]).toSorted();
  assert.deepEqual(kinds, [
    ['GetObject', 'ApiCallRateInsight'],
    ['GetObject', 'ApiErrorRateInsight'],
  ]);
  const InsightSource = `arn:aws:cloudtrail:us-east-1:${ACCOUNT}:trail/all`;
  const asked = { InsightSource, DataType: 'InsightsEvents' as const };
  const listed = async (more: object) => cloudtrail.send(new ListInsightsDataCommand({ ...asked, ...more }));
  const first = await listed({ MaxResults: 1, Dimensions: { EventName: 'GetObject' } });
  const rest = await listed({ NextToken: first.NextToken, Dimensions: { EventName: 'GetObject' } });
  const ids = [...(first.Events ?? []), ...(rest.Events ?? [])].map(({ EventId }) => EventId);
  assert.deepEqual(ids.toSorted(), found.map(({ eventID }) => eventID).toSorted());
  assert.equal(rest.NextToken, undefined);
  await cloud.advance(MINUTE);
  assert.deepEqual((await listed({ Dimensions: { EventName: 'PutObject' } })).Events, []);
  // LookupEvents has those of management events.
  const { Events } = await cloudtrail.send(new LookupEventsCommand({ EventCategory: 'insight' }));
  assert.deepEqual(Events, []);
});

test('how often a call and its errors came can be asked for', async () => {
  await using cloud = await startTestCloud();
  const { sns, cloudtrail, put, make } = await world(cloud);
  await put(BOTH);
  await make(3);
  await cloud.advance(2 * MINUTE);
  await make(4);
  const TopicArn = `arn:aws:sns:us-east-1:${ACCOUNT}:none`;
  await failure(sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: TopicArn })));
  await cloud.advance(8 * MINUTE);
  const rates = async (more: object) => {
    const {
      Timestamps = [],
      Values = [],
      NextToken,
    } = await cloudtrail.send(
      new ListInsightsMetricDataCommand({
        EventSource: 'sns.amazonaws.com',
        EventName: 'CreateTopic',
        InsightType: 'ApiCallRateInsight',
        Period: 60,
        StartTime: new Date(START),
        ...more,
      }),
    );
    return { rates: Timestamps.map((at, index) => [(at.getTime() - START) / MINUTE, Values[index]]), NextToken };
  };
  const both = [
    [0, 3],
    [2, 4],
  ];
  assert.deepEqual(await rates({}), { rates: both, NextToken: undefined });
  const { NextToken, ...first } = await rates({ MaxResults: 1 });
  assert.deepEqual(first, { rates: both.slice(0, 1) });
  assert.deepEqual((await rates({ NextToken })).rates, both.slice(1));
  const filled = await rates({ DataType: 'FillWithZeros', EndTime: new Date(START + 3 * MINUTE) });
  assert.deepEqual(filled.rates, [
    [0, 3],
    [1, 0],
    [2, 4],
  ]);
  assert.deepEqual((await rates({ Period: 300 })).rates, [[0, 7]]);
  const errors = { EventName: 'Subscribe', InsightType: 'ApiErrorRateInsight' };
  assert.deepEqual((await rates({ ...errors, ErrorCode: 'NotFoundException' })).rates, [[2, 1]]);
  // Those of data events are asked for by the name of a trail.
  assert.deepEqual((await rates({ TrailName: 'all', EventName: 'PutObject' })).rates, []);
  for (const [more, message] of [
    [errors, 'ErrorCode is required when InsightType is ApiErrorRateInsight.'],
    [{ Period: 120 }, 'Period must be 60, 300 or 3600.'],
  ] as const) {
    const refused = await failure(rates(more));
    assert.deepEqual([refused.name, refused.message], ['InvalidParameterException', message]);
  }
});

test('Insights are switched on and off', async () => {
  await using cloud = await startTestCloud();
  const { cloudtrail, put } = await world(cloud);
  const get = () => cloudtrail.send(new GetInsightSelectorsCommand({ TrailName: 'all' }));
  const has = async () => (await cloudtrail.send(new GetTrailCommand({ Name: 'all' }))).Trail?.HasInsightSelectors;
  const off = await failure(get());
  assert.deepEqual(
    [off.name, off.message, await has()],
    [
      'InsightNotEnabledException',
      `Trail arn:aws:cloudtrail:us-east-1:${ACCOUNT}:trail/all does not have Insights enabled.`,
      false,
    ],
  );
  const shown = BOTH.map((one) => ({ ...one, EventCategories: ['Management'] }));
  assert.deepEqual((await put(BOTH)).InsightSelectors, shown);
  assert.deepEqual((await get()).InsightSelectors, shown);
  assert.equal(await has(), true);
  assert.deepEqual((await put([])).InsightSelectors, []);
  assert.equal(await has(), false);
  const nameless = await failure(put([{}]));
  assert.equal(nameless.message, 'An Insights selector must have an InsightType.');
  // Categories that are given take the place of those before.
  const data: InsightSelector[] = [{ InsightType: 'ApiCallRateInsight', EventCategories: ['Data'] }];
  assert.deepEqual((await put(data)).InsightSelectors, data);
  assert.deepEqual((await get()).InsightSelectors, data);
  const both = await failure(
    cloudtrail.send(new GetInsightSelectorsCommand({ TrailName: 'all', EventDataStore: 'store' })),
  );
  assert.equal(both.message, 'TrailName and EventDataStore cannot be specified together.');
});
