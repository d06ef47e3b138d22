/** Logs that services vend: of distributions, to a bucket and to a group. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  CloudWatchLogsClient,
  type ConfigurationTemplate,
  CreateDeliveryCommand,
  CreateLogGroupCommand,
  DeleteDeliveryCommand,
  DeleteDeliveryDestinationCommand,
  DeleteDeliverySourceCommand,
  DescribeConfigurationTemplatesCommand,
  DescribeDeliveriesCommand,
  FilterLogEventsCommand,
  GetDeliveryCommand,
  ListTagsForResourceCommand,
  PutDeliveryDestinationCommand,
  PutDeliverySourceCommand,
  paginateDescribeConfigurationTemplates,
  UpdateDeliveryConfigurationCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { failure, startTestCloud, type TestCloud } from '../../support/cloud.ts';
import { create, physicalIds, remove, templateOf, update } from '../cloudformation/stacks.ts';
import { startOrigin } from '../cloudfront/origin.ts';
import { configOf, customOrigin, distribute } from '../cloudfront/support.ts';

const GROUP = 'arn:aws:logs:us-east-1:123456789012:log-group:web';
const sourceOf = (resourceArn: string) => ({ name: 'web', resourceArn, logType: 'ACCESS_LOGS' });

async function bucket(cloud: TestCloud): Promise<S3Client> {
  const s3 = cloud.client(S3Client, { forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'logs' }));
  const open = {
    Effect: 'Allow',
    Principal: { Service: 'delivery.logs.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: 'arn:aws:s3:::logs/*',
    Condition: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } },
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [open] });
  await s3.send(new PutBucketPolicyCommand({ Bucket: 'logs', Policy }));
  return s3;
}

/** Joins the source to a destination. */
async function deliver(
  cloud: TestCloud,
  name: string,
  target: string,
  outputFormat: 'json' | 'w3c',
  more: object = {},
) {
  const logs = cloud.client(CloudWatchLogsClient);
  const { deliveryDestination } = await logs.send(
    new PutDeliveryDestinationCommand({
      name,
      outputFormat,
      deliveryDestinationConfiguration: { destinationResourceArn: target },
    }),
  );
  const { delivery } = await logs.send(
    new CreateDeliveryCommand({ deliverySourceName: 'web', deliveryDestinationArn: deliveryDestination?.arn, ...more }),
  );
  return delivery?.id ?? '';
}

test('requests to a distribution come to a group at once, to a bucket some minutes later', async () => {
  await using cloud = await startTestCloud();
  await using origin = await startOrigin((_, response) => response.end('body'));
  const s3 = await bucket(cloud);
  const logs = cloud.client(CloudWatchLogsClient);
  const { ask, id, arn } = await distribute(cloud, configOf(customOrigin(origin.port)));
  await ask('/before');
  await logs.send(new PutDeliverySourceCommand(sourceOf(arn)));
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'web' }));
  await deliver(cloud, 'group', GROUP, 'json', { recordFields: ['cs-uri-stem', 'sc-status', 'DistributionId'] });
  const toBucket = await deliver(cloud, 'bucket', 'arn:aws:s3:::logs/all', 'w3c', {
    recordFields: ['date', 'cs-uri-stem', 'cs(User-Agent)'],
    s3DeliveryConfiguration: { suffixPath: '/{DistributionId}/{yyyy}/{MM}', enableHiveCompatiblePath: true },
  });
  await ask('/a', { headers: { 'user-agent': 'two\twords' } });
  await ask('/b', { headers: { 'user-agent': 'x' } });
  await cloud.server.cloud.settle();
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: 'web' }));
  assert.deepEqual(
    events.map(({ message = '', logStreamName }) => [logStreamName, JSON.parse(message)]),
    ['/a', '/b'].map((path) => [`CloudFront_${id}`, { 'cs-uri-stem': path, 'sc-status': '200', DistributionId: id }]),
  );
  const list = () => s3.send(new ListObjectsV2Command({ Bucket: 'logs' }));
  const { faults } = cloud.server.cloud.kernel;
  const effect = { kind: 'error', code: 'SlowDown', message: '', status: 503 } as const;
  faults.put({ id: 'trouble', service: 's3', operation: 'PutObject', probability: 1, effect });
  await cloud.advance(5 * 60_000);
  faults.remove('trouble');
  assert.equal((await list()).KeyCount, 0);
  await cloud.advance(5 * 60_000);
  const [file, ...others] = (await list()).Contents ?? [];
  assert.equal(others.length, 0);
  const folder = `all/AWSLogs/123456789012/CloudFront/DistributionId=${id}/year=2026/month=01`;
  assert.match(file?.Key ?? '', new RegExp(`^${folder}/${id}\\.2026-01-01-00\\.[0-9a-f]{8}\\.gz$`));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'logs', Key: file?.Key }));
  assert.equal(
    gunzipSync((await Body?.transformToByteArray()) ?? '').toString(),
    '#Version: 1.0\n#Fields: date cs-uri-stem cs(User-Agent)\n2026-01-01\t/a\ttwo%09words\n2026-01-01\t/b\tx\n',
  );
  await logs.send(new UpdateDeliveryConfigurationCommand({ id: toBucket, recordFields: ['cs-uri-stem'] }));
  // Source: answer of GetDelivery as recorded in February 2026 by tests of LocalStack.
  const target = { destinationResourceArn: 'arn:aws:s3:::logs/plain' };
  const { deliveryDestination: plain } = await logs.send(
    new PutDeliveryDestinationCommand({ name: 'plain', deliveryDestinationConfiguration: target }),
  );
  assert.equal(plain?.outputFormat, undefined);
  const usual = await logs.send(
    new CreateDeliveryCommand({ deliverySourceName: 'web', deliveryDestinationArn: plain?.arn }),
  );
  assert.deepEqual(usual.delivery?.s3DeliveryConfiguration, {
    suffixPath: 'AWSLogs/{account-id}/CloudFront/',
    enableHiveCompatiblePath: false,
  });
  assert.equal(usual.delivery?.fieldDelimiter, undefined);
  const { delivery } = await logs.send(new GetDeliveryCommand({ id: toBucket }));
  assert.equal(delivery?.tags, undefined);
  assert.deepEqual(delivery?.recordFields, ['cs-uri-stem']);
  await logs.send(new DeleteDeliveryCommand({ id: toBucket }));
  await ask('/c');
  await cloud.advance(5 * 60_000);
  const [, later, ...more] = (await list()).Contents ?? [];
  assert.equal(more.length, 0);
  assert.match(later?.Key ?? '', new RegExp(`^plain/AWSLogs/123456789012/CloudFront/${id}\\.`));
});

test('what can not be delivered is refused', async () => {
  await using cloud = await startTestCloud();
  await using origin = await startOrigin((_, response) => response.end('body'));
  const logs = cloud.client(CloudWatchLogsClient);
  const { arn } = await distribute(cloud, configOf(customOrigin(origin.port)));
  const why = async (call: Promise<unknown>) => {
    const { name, message } = await failure(call);
    return [name, message];
  };
  const abroad = cloud.client(CloudWatchLogsClient, { region: 'eu-west-1' });
  assert.deepEqual(await why(abroad.send(new PutDeliverySourceCommand(sourceOf(arn)))), [
    'ValidationException',
    'Delivery sources of cloudfront can only be created in us-east-1.',
  ]);
  await logs.send(new PutDeliverySourceCommand(sourceOf(arn)));
  assert.deepEqual(await why(logs.send(new PutDeliverySourceCommand({ ...sourceOf(arn), name: 'again' }))), [
    'ConflictException',
    'This ResourceId has already been used in another Delivery Source in this account',
  ]);
  const [name] = await why(
    logs.send(new PutDeliverySourceCommand({ name: 'b', resourceArn: 'arn:aws:bedrock:us-east-1:1:x', logType: 'Y' })),
  );
  assert.equal(name, 'NotImplemented');
  assert.deepEqual(await why(logs.send(new PutDeliverySourceCommand({ ...sourceOf(arn), logType: 'OTHER_LOGS' }))), [
    'ValidationException',
    'The log type OTHER_LOGS is not supported for cloudfront.',
  ]);
  assert.deepEqual(await why(logs.send(new PutDeliverySourceCommand(sourceOf('nothing')))), [
    'ValidationException',
    'The resource ARN is not valid.',
  ]);
  assert.deepEqual(await why(deliver(cloud, 'group', 'nothing', 'json')), [
    'ValidationException',
    'The destination resource ARN is not valid.',
  ]);
  assert.deepEqual(await why(deliver(cloud, 'group', GROUP, 'w3c')), [
    'ValidationException',
    'Invalid output format value provided.',
  ]);
  assert.deepEqual(await why(deliver(cloud, 'group', GROUP, 'json', { recordFields: ['color'] })), [
    'ValidationException',
    'The record field color is not supported for this log source.',
  ]);
  const id = await deliver(cloud, 'group', GROUP, 'json');
  assert.deepEqual(await why(deliver(cloud, 'group', GROUP, 'json')), [
    'ConflictException',
    'Delivery already exists.',
  ]);
  assert.equal((await why(logs.send(new DeleteDeliverySourceCommand({ name: 'web' }))))[0], 'ConflictException');
  assert.equal((await why(logs.send(new DeleteDeliveryDestinationCommand({ name: 'group' }))))[0], 'ConflictException');
  await logs.send(new DeleteDeliveryCommand({ id }));
  await logs.send(new DeleteDeliverySourceCommand({ name: 'web' }));
  await logs.send(new DeleteDeliveryDestinationCommand({ name: 'group' }));
  const { configurationTemplates } = await logs.send(
    new DescribeConfigurationTemplatesCommand({ service: 'cloudfront', deliveryDestinationTypes: ['S3'] }),
  );
  assert.deepEqual(
    configurationTemplates?.map((one) => [one.logType, one.allowedOutputFormats, one.allowedFields?.length]),
    [['ACCESS_LOGS', ['json', 'plain', 'w3c'], 36]],
  );
  const { configurationTemplates: all } = await logs.send(new DescribeConfigurationTemplatesCommand({}));
  const paged: ConfigurationTemplate[] = [];
  for await (const page of paginateDescribeConfigurationTemplates({ client: logs, pageSize: 5 }, {}))
    paged.push(...(page.configurationTemplates ?? []));
  assert.deepEqual(paged, all);
  const forged = new DescribeConfigurationTemplatesCommand({ nextToken: 'abc' });
  assert.equal((await why(logs.send(forged)))[0], 'InvalidParameterException');
});

test('event buses are sources of three kinds of logs, in every Region', async () => {
  await using cloud = await startTestCloud();
  const logs = cloud.client(CloudWatchLogsClient, { region: 'eu-west-1' });
  const resourceArn = 'arn:aws:events:eu-west-1:123456789012:event-bus/app';
  for (const logType of ['ERROR_LOGS', 'INFO_LOGS', 'TRACE_LOGS']) {
    const { deliverySource } = await logs.send(new PutDeliverySourceCommand({ name: logType, resourceArn, logType }));
    assert.deepEqual(
      [deliverySource?.service, deliverySource?.resourceArns, deliverySource?.logType],
      ['events', [resourceArn], logType],
    );
  }
  const other = new PutDeliverySourceCommand({ name: 'other', resourceArn, logType: 'ACCESS_LOGS' });
  assert.equal((await failure(logs.send(other))).message, 'The log type ACCESS_LOGS is not supported for events.');
});

test('a stack makes, changes and removes deliveries', async () => {
  await using cloud = await startTestCloud();
  await using origin = await startOrigin((_, response) => response.end('body'));
  const logs = cloud.client(CloudWatchLogsClient);
  const { arn } = await distribute(cloud, configOf(customOrigin(origin.port)));
  const template = (field: string, tag: string) =>
    templateOf({
      Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'web' } },
      Source: {
        Type: 'AWS::Logs::DeliverySource',
        Properties: { Name: 'web', ResourceArn: arn, LogType: 'ACCESS_LOGS' },
      },
      Destination: {
        Type: 'AWS::Logs::DeliveryDestination',
        Properties: {
          Name: 'group',
          DestinationResourceArn: { 'Fn::GetAtt': ['Group', 'Arn'] },
          OutputFormat: 'json',
        },
      },
      Delivery: {
        Type: 'AWS::Logs::Delivery',
        Properties: {
          DeliverySourceName: { Ref: 'Source' },
          DeliveryDestinationArn: { 'Fn::GetAtt': ['Destination', 'Arn'] },
          RecordFields: [field],
          Tags: [{ Key: tag, Value: 'x' }],
        },
      },
    });
  const seen = async () => {
    const { Delivery: id = '' } = await physicalIds(cloud, 'web');
    const { delivery } = await logs.send(new GetDeliveryCommand({ id }));
    const { tags } = await logs.send(new ListTagsForResourceCommand({ resourceArn: delivery?.arn }));
    return [delivery?.recordFields, Object.keys(tags ?? {})];
  };
  await create(cloud, 'web', template('date', 'a'));
  assert.deepEqual(await seen(), [['date'], ['a']]);
  await update(cloud, 'web', template('time', 'b'));
  assert.deepEqual(await seen(), [['time'], ['b']]);
  await remove(cloud, 'web');
  assert.deepEqual((await logs.send(new DescribeDeliveriesCommand({}))).deliveries, []);
});
