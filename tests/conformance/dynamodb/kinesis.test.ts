/** Changes of tables on their way to streams of Kinesis. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import {
  type AttributeValue,
  CreateTableCommand,
  DeleteItemCommand,
  DescribeKinesisStreamingDestinationCommand,
  DescribeTableCommand,
  DisableKinesisStreamingDestinationCommand,
  DynamoDBClient,
  EnableKinesisStreamingDestinationCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateKinesisStreamingDestinationCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { DeleteStreamCommand } from '@aws-sdk/client-kinesis';
import { failure, START, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, expectStatus, remove, templateOf, update } from '../cloudformation/stacks.ts';
import { type Bed, makeBed } from '../kinesis/bed.ts';

const TableName = 'pets';
const key = (id: string) => ({ id: { S: id } });

async function started(cloud: TestCloud) {
  const bed = makeBed(cloud);
  const db = cloud.client(DynamoDBClient);
  await db.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  const StreamArn = await bed.create('changes');
  const put = (id: string, more: Record<string, AttributeValue> = {}) =>
    db.send(new PutItemCommand({ TableName, Item: { ...key(id), ...more } }));
  return { bed, db, StreamArn, put, at: { TableName, StreamArn } };
}

/** What the stream has got, once all is sent. */
async function got({ cloud, texts }: Bed) {
  await cloud.server.cloud.settle();
  return (await texts('changes', 0)).map((text) => JSON.parse(text));
}

test('each change is a record: what it is, before and after, and when', async () => {
  await using cloud = await startTestCloud();
  const { bed, db, put, at } = await started(cloud);
  await put('early');
  const { $metadata: _, ...enabled } = await db.send(new EnableKinesisStreamingDestinationCommand(at));
  assert.deepEqual(enabled, {
    ...at,
    DestinationStatus: 'ENABLING',
    EnableKinesisStreamingConfiguration: {},
  });
  await put('a', { b: { B: Buffer.from('hi') }, n: { N: '1' } });
  await put('a', { b: { B: Buffer.from('hi') }, n: { N: '1' } });
  await db.send(
    new UpdateItemCommand({
      TableName,
      Key: key('a'),
      UpdateExpression: 'SET n = :n REMOVE b',
      ExpressionAttributeValues: { ':n': { N: '2' } },
    }),
  );
  await db.send(
    new TransactWriteItemsCommand({
      TransactItems: [{ Delete: { TableName, Key: key('a') } }, { Put: { TableName, Item: key('c') } }],
    }),
  );
  const records = await got(bed);
  const ids = new Set(records.map(({ eventID }) => eventID));
  assert.equal(ids.size, 4);
  const first = { id: { S: 'a' }, b: { B: 'aGk=' }, n: { N: '1' } };
  const second = { id: { S: 'a' }, n: { N: '2' } };
  const record = (eventName: string, dynamodb: object) => ({
    awsRegion: 'us-east-1',
    eventName,
    userIdentity: null,
    recordFormat: 'application/json',
    tableName: TableName,
    dynamodb: { ApproximateCreationDateTime: START, ...dynamodb },
    eventSource: 'aws:dynamodb',
  });
  assert.deepEqual(
    records.map(({ eventID, ...rest }) => rest).sort((a, b) => a.eventName.localeCompare(b.eventName)),
    [
      record('INSERT', { Keys: key('a'), NewImage: first, SizeBytes: 12 }),
      record('INSERT', { Keys: key('c'), NewImage: key('c'), SizeBytes: 6 }),
      record('MODIFY', { Keys: key('a'), NewImage: second, OldImage: first, SizeBytes: 18 }),
      record('REMOVE', { Keys: key('a'), OldImage: second, SizeBytes: 9 }),
    ],
  );
  assert.deepEqual(
    records.filter(({ dynamodb }) => dynamodb.Keys.id.S === 'a').map(({ eventName }) => eventName),
    ['INSERT', 'MODIFY', 'REMOVE'],
  );
});

test('what expires is removed by DynamoDB; times may be told in microseconds', async () => {
  await using cloud = await startTestCloud();
  const { bed, db, put, at } = await started(cloud);
  await db.send(
    new EnableKinesisStreamingDestinationCommand({
      ...at,
      EnableKinesisStreamingConfiguration: { ApproximateCreationDateTimePrecision: 'MICROSECOND' },
    }),
  );
  const TimeToLiveSpecification = { AttributeName: 'end', Enabled: true };
  await db.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  await put('a', { end: { N: String(START / 1_000 + 60) } });
  await cloud.advance(61_000);
  const records = await got(bed);
  assert.deepEqual(
    records.map(({ eventName, userIdentity, dynamodb }) => [
      eventName,
      userIdentity,
      dynamodb.ApproximateCreationDateTime,
      dynamodb.ApproximateCreationDateTimePrecision,
    ]),
    [
      ['INSERT', null, START * 1_000, 'MICROSECOND'],
      ['REMOVE', { type: 'Service', principalId: 'dynamodb.amazonaws.com' }, (START + 60_000) * 1_000, 'MICROSECOND'],
    ],
  );
});

test('destinations come, change and go', async () => {
  await using cloud = await startTestCloud();
  const { bed, db, put, at, StreamArn } = await started(cloud);
  const other = await bed.create('other');
  const status = async () => {
    const { KinesisDataStreamDestinations } = await db.send(
      new DescribeKinesisStreamingDestinationCommand({ TableName }),
    );
    return KinesisDataStreamDestinations;
  };
  const enable = (options: object = {}) => db.send(new EnableKinesisStreamingDestinationCommand({ ...at, ...options }));
  const change = (ApproximateCreationDateTimePrecision?: 'MICROSECOND' | 'MILLISECOND') =>
    db.send(
      new UpdateKinesisStreamingDestinationCommand({
        ...at,
        ...(ApproximateCreationDateTimePrecision !== undefined && {
          UpdateKinesisStreamingConfiguration: { ApproximateCreationDateTimePrecision },
        }),
      }),
    );
  const said = async (promise: Promise<unknown>) => {
    const { name, message } = await failure(promise);
    assert.equal(name, 'ValidationException');
    return message;
  };
  assert.deepEqual(await status(), []);
  const no = 'Table is not in a valid state to';
  assert.equal(
    await said(change('MICROSECOND')),
    `${no} enable Kinesis Streaming Destination: No streaming destination with streamArn: ${StreamArn} found for table with tableName: ${TableName}`,
  );
  assert.equal(
    await said(db.send(new DisableKinesisStreamingDestinationCommand(at))),
    `${no} enable Kinesis Streaming Destination: KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.`,
  );
  await enable();
  assert.deepEqual(await status(), [{ StreamArn, DestinationStatus: 'ACTIVE' }]);
  const taken = `${no} enable Kinesis Streaming Destination: EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation.`;
  assert.equal(await said(enable()), taken);
  assert.equal(await said(enable({ StreamArn: other })), taken);
  const { Table } = await db.send(new DescribeTableCommand({ TableName }));
  assert.equal(
    await said(change('MILLISECOND')),
    `Invalid Request: Precision is already set to the desired value of MILLISECOND for tableId: ${Table?.TableId}, kdsArn: ${StreamArn}`,
  );
  assert.match(await said(change()), /^Streaming destination cannot be updated with given parameters: /);
  assert.equal((await change('MICROSECOND')).DestinationStatus, 'UPDATING');
  assert.equal((await status())?.[0]?.ApproximateCreationDateTimePrecision, 'MICROSECOND');
  await put('a');
  const { DestinationStatus } = await db.send(new DisableKinesisStreamingDestinationCommand(at));
  assert.equal(DestinationStatus, 'DISABLING');
  await put('b');
  assert.deepEqual(
    (await got(bed)).map(({ dynamodb }) => dynamodb.Keys),
    [key('a')],
  );
  assert.deepEqual(await status(), [{ StreamArn, DestinationStatus: 'DISABLED' }]);
  assert.match(
    await said(change('MILLISECOND')),
    /Updates are only allowed in ACTIVE state\. TableName: pets, kdsArn: /,
  );
  await enable({ StreamArn: other });
  assert.deepEqual(
    (await status())?.map((one) => [one.StreamArn, one.DestinationStatus]),
    [
      [other, 'ACTIVE'],
      [StreamArn, 'DISABLED'],
    ],
  );
});

test('a stream that is not there gets its changes when it is there again, for a day', async () => {
  await using cloud = await startTestCloud();
  const { bed, db, put, at } = await started(cloud);
  await db.send(new EnableKinesisStreamingDestinationCommand(at));
  await put('a');
  assert.equal((await got(bed)).length, 1);
  await bed.kinesis.send(new DeleteStreamCommand({ StreamName: 'changes' }));
  await cloud.server.cloud.settle();
  await put('lost');
  await cloud.advance(25 * 3_600_000);
  await put('b');
  await put('b', { n: { N: '1' } });
  await db.send(new DeleteItemCommand({ TableName, Key: key('b') }));
  await bed.create('changes');
  await cloud.advance(60_000);
  assert.deepEqual(
    (await got(bed)).map(({ eventName, dynamodb }) => [eventName, dynamodb.Keys.id.S]),
    [
      ['INSERT', 'b'],
      ['MODIFY', 'b'],
      ['REMOVE', 'b'],
    ],
  );
});

test('a change too large for a record of Kinesis is passed over, others follow; units are of the larger image', async () => {
  await using cloud = await startTestCloud();
  const { bed, db, put, at } = await started(cloud);
  await db.send(new EnableKinesisStreamingDestinationCommand(at));
  await put('a');
  // As JSON each of these takes 13 bytes, in DynamoDB two.
  await put('large', { list: { L: Array.from({ length: 100_000 }, () => ({ BOOL: true })) } });
  await put('b', { text: { S: 'x'.repeat(3_000) } });
  await put('b');
  assert.deepEqual(
    (await got(bed)).map(({ eventName, dynamodb }) => [eventName, dynamodb.Keys.id.S]),
    [
      ['INSERT', 'a'],
      ['INSERT', 'b'],
      ['MODIFY', 'b'],
    ],
  );
  const watch = cloud.client(CloudWatchClient);
  const sumOf = async (MetricName: string) => {
    const { Datapoints = [] } = await watch.send(
      new GetMetricStatisticsCommand({
        Namespace: 'AWS/DynamoDB',
        MetricName,
        Dimensions: [
          { Name: 'TableName', Value: TableName },
          { Name: 'DelegatedOperation', Value: 'PutRecord' },
        ],
        StartTime: new Date(START),
        EndTime: new Date(START + 60_000),
        Period: 60,
        Statistics: ['Sum'],
      }),
    );
    return Datapoints[0]?.Sum;
  };
  assert.equal(await sumOf('FailedToReplicateRecordCount'), 1);
  assert.equal(await sumOf('ConsumedChangeDataCaptureUnits'), 1 + 3 + 3);
});

test('who enables a destination must be allowed to use its stream', async () => {
  await using cloud = await startTestCloud();
  const { at } = await started(cloud);
  const iam = cloud.client(IAMClient);
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
  const ann = cloud.client(DynamoDBClient, { credentials });
  const allow = (...Action: string[]) =>
    iam.send(
      new PutUserPolicyCommand({
        UserName: 'ann',
        PolicyName: 'p',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
        }),
      }),
    );
  const enable = () => ann.send(new EnableKinesisStreamingDestinationCommand(at));
  const own = 'dynamodb:EnableKinesisStreamingDestination';
  await allow('kinesis:*');
  assert.equal((await failure(enable())).name, 'AccessDeniedException');
  for (const some of [[own], [own, 'kinesis:DescribeStream'], [own, 'kinesis:PutRecords']]) {
    await allow(...some);
    assert.equal((await failure(enable())).message, 'User does not have a permission to use kinesis stream');
  }
  await allow(own, 'kinesis:DescribeStream', 'kinesis:PutRecords');
  assert.equal((await enable()).DestinationStatus, 'ENABLING');
});

test('a stream that can not be used is told of where destinations are listed', async () => {
  await using cloud = await startTestCloud();
  const { db, StreamArn } = await started(cloud);
  const enable = (arn: string) => db.send(new EnableKinesisStreamingDestinationCommand({ TableName, StreamArn: arn }));
  const notIn = 'The kinesis Arn used to enable kinesis replication belongs to a stream which is not in';
  const faults = [
    [`${StreamArn}s`, 'User does not have a permission to use kinesis stream'],
    [StreamArn.replace('us-east-1', 'eu-west-1'), `${notIn} the current region`],
    [StreamArn.replace(/\d{12}/, '222222222222'), `${notIn} Active state`],
  ] as const;
  for (const [arn] of faults) assert.equal((await enable(arn)).DestinationStatus, 'ENABLING');
  await enable(faults[2][0]);
  const failed = faults.toReversed().map(([arn, why]) => ({
    StreamArn: arn,
    DestinationStatus: 'ENABLE_FAILED',
    DestinationStatusDescription: why,
  }));
  const status = async () =>
    (await db.send(new DescribeKinesisStreamingDestinationCommand({ TableName }))).KinesisDataStreamDestinations;
  assert.deepEqual(await status(), failed);
  const first = { TableName, StreamArn: faults[0][0] };
  assert.match(
    (await failure(db.send(new DisableKinesisStreamingDestinationCommand(first)))).message,
    /must be ACTIVE to perform DISABLE operation\.$/,
  );
  await enable(StreamArn);
  assert.deepEqual(await status(), [{ StreamArn, DestinationStatus: 'ACTIVE' }, ...failed]);
});

test('a stack gives a table its stream, another one, and none', async () => {
  await using cloud = await startTestCloud();
  const bed = makeBed(cloud);
  const db = cloud.client(DynamoDBClient);
  const template = (specification: object | undefined) =>
    templateOf({
      First: { Type: 'AWS::Kinesis::Stream', Properties: { Name: 'first', ShardCount: 1 } },
      Second: { Type: 'AWS::Kinesis::Stream', Properties: { Name: 'second', ShardCount: 1 } },
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          TableName,
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          BillingMode: 'PAY_PER_REQUEST',
          ...(specification !== undefined && { KinesisStreamSpecification: specification }),
        },
      },
    });
  const arn = (name: string) => ({ StreamArn: { 'Fn::GetAtt': [name, 'Arn'] } });
  const shown = async () => {
    await db.send(new PutItemCommand({ TableName, Item: { ...key('a'), at: { N: String(Math.random()) } } }));
    await cloud.server.cloud.settle();
    const { KinesisDataStreamDestinations = [] } = await db.send(
      new DescribeKinesisStreamingDestinationCommand({ TableName }),
    );
    const active = KinesisDataStreamDestinations.find(({ DestinationStatus }) => DestinationStatus === 'ACTIVE');
    const counts = [(await bed.texts('first', 0)).length, (await bed.texts('second', 0)).length];
    return [active?.StreamArn?.split('/')[1], active?.ApproximateCreationDateTimePrecision, ...counts];
  };
  await create(cloud, 's', template(arn('First')));
  assert.deepEqual(await shown(), ['first', undefined, 1, 0]);
  const fine = { ApproximateCreationDateTimePrecision: 'MICROSECOND' };
  await update(cloud, 's', template({ ...arn('First'), ...fine }));
  assert.deepEqual(await shown(), ['first', 'MICROSECOND', 2, 0]);
  await update(cloud, 's', template({ ...arn('Second'), ...fine }));
  assert.deepEqual(await shown(), ['second', 'MICROSECOND', 2, 1]);
  await update(cloud, 's', template(undefined));
  assert.deepEqual(await shown(), [undefined, undefined, 2, 1]);
  await remove(cloud, 's');
  const lost = template({ StreamArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/lost' });
  await cloud.client(CloudFormationClient).send(new CreateStackCommand({ StackName: 'lost', TemplateBody: lost }));
  await expectStatus(cloud, 'lost', 'ROLLBACK_COMPLETE');
});
