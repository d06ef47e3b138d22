/** Streams, and what leads to them, made by CloudFormation. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloudWatchClient, GetMetricStreamCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeDeliveryStreamCommand,
  FirehoseClient,
  ListDeliveryStreamsCommand,
  ListTagsForDeliveryStreamCommand,
} from '@aws-sdk/client-firehose';
import { DeleteObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { START, startTestCloud } from '../../support/cloud.ts';
import { create, outputs, physicalIds, remove, templateOf, update } from '../cloudformation/stacks.ts';

const MINUTE = 60_000;
const get = (logical: string, attribute: string) => ({ 'Fn::GetAtt': [logical, attribute] });

const role = (services: string[], actions: string[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: services }, Action: 'sts:AssumeRole' }],
    },
    Policies: [
      {
        PolicyName: 'p',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
        },
      },
    ],
  },
});

const bucket = (more: object = {}) => ({
  RoleARN: get('Role', 'Arn'),
  BucketARN: get('Bucket', 'Arn'),
  BufferingHints: { SizeInMBs: 1, IntervalInSeconds: '60' },
  ...more,
});

function template(version: number, name?: string) {
  return templateOf(
    {
      Bucket: { Type: 'AWS::S3::Bucket' },
      Role: role(['firehose.amazonaws.com'], ['s3:*']),
      Source: role(['sns.amazonaws.com', 'streams.metrics.cloudwatch.amazonaws.com'], ['firehose:*']),
      Stream: {
        Type: 'AWS::KinesisFirehose::DeliveryStream',
        Properties: {
          ...(name !== undefined && { DeliveryStreamName: name }),
          ExtendedS3DestinationConfiguration: bucket({
            Prefix: `v${version}/`,
            ...(version === 1 && { CompressionFormat: 'GZIP' }),
            ProcessingConfiguration: {
              Enabled: 'true',
              Processors: [
                {
                  Type: 'AppendDelimiterToRecord',
                  Parameters: [{ ParameterName: 'Delimiter', ParameterValue: '\\n' }],
                },
              ],
            },
          }),
          ...(version === 1 && { DeliveryStreamEncryptionConfigurationInput: { KeyType: 'AWS_OWNED_CMK' } }),
          Tags: [{ Key: `v${version}`, Value: 'yes' }],
        },
      },
      Hook: {
        Type: 'AWS::KinesisFirehose::DeliveryStream',
        Properties: {
          HttpEndpointDestinationConfiguration: {
            EndpointConfiguration: { Url: `https://localhost:1/v${version}`, AccessKey: 'hush' },
            S3Configuration: bucket(),
            RetryOptions: { DurationInSeconds: version },
          },
        },
      },
      Metrics: {
        Type: 'AWS::CloudWatch::MetricStream',
        Properties: {
          FirehoseArn: get('Stream', 'Arn'),
          RoleArn: get('Source', 'Arn'),
          OutputFormat: 'json',
          IncludeFilters: [{ Namespace: 'Shop', ...(version === 2 && { MetricNames: ['Sales'] }) }],
        },
      },
      Topic: { Type: 'AWS::SNS::Topic' },
      Subscription: {
        Type: 'AWS::SNS::Subscription',
        Properties: {
          TopicArn: { Ref: 'Topic' },
          Protocol: 'firehose',
          Endpoint: get('Stream', 'Arn'),
          RawMessageDelivery: true,
          SubscriptionRoleArn: get('Source', 'Arn'),
        },
      },
    },
    {
      Outputs: {
        Name: { Value: { Ref: 'Stream' } },
        Arn: { Value: get('Stream', 'Arn') },
        Bucket: { Value: { Ref: 'Bucket' } },
        Topic: { Value: { Ref: 'Topic' } },
        State: { Value: get('Metrics', 'State') },
        Created: { Value: get('Metrics', 'CreationDate') },
      },
    },
  );
}

test('a stack brings messages and metrics to a bucket, changes where it is, and goes', async () => {
  await using cloud = await startTestCloud();
  const [firehose, s3] = [cloud.client(FirehoseClient), cloud.client(S3Client, { forcePathStyle: true })];
  const StackName = 'flow';
  await create(cloud, StackName, template(1));
  const made = await outputs(cloud, StackName);
  const { Name: DeliveryStreamName = '', Bucket, Topic: TopicArn, ...rest } = made;
  assert.match(DeliveryStreamName, /^flow-Stream-[A-Za-z0-9]{12}$/);
  assert.deepEqual(rest, {
    Arn: `arn:aws:firehose:us-east-1:123456789012:deliverystream/${DeliveryStreamName}`,
    State: 'running',
    Created: new Date(START).toISOString().replace('Z', '+0000'),
  });
  const shown = async (name = DeliveryStreamName) => {
    const answer = await firehose.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: name }));
    return answer.DeliveryStreamDescription;
  };
  const settings = async () => (await shown())?.Destinations?.[0]?.ExtendedS3DestinationDescription;
  assert.equal((await settings())?.CompressionFormat, 'GZIP');
  assert.equal((await shown())?.DeliveryStreamEncryptionConfiguration?.Status, 'ENABLED');
  await update(cloud, StackName, template(2));
  assert.equal((await settings())?.CompressionFormat, 'UNCOMPRESSED');
  assert.equal((await settings())?.Prefix, 'v2/');
  assert.equal((await shown())?.VersionId, '2');
  assert.equal((await shown())?.DeliveryStreamEncryptionConfiguration?.Status, 'DISABLED');
  const { Tags = [] } = await firehose.send(new ListTagsForDeliveryStreamCommand({ DeliveryStreamName }));
  assert.deepEqual(
    Tags.map(({ Key }) => Key),
    ['v2'],
  );
  const ids = await physicalIds(cloud, StackName);
  const hook = (await shown(ids.Hook))?.Destinations?.[0]?.HttpEndpointDestinationDescription;
  assert.deepEqual(
    [hook?.EndpointConfiguration?.Url, hook?.RetryOptions],
    ['https://localhost:1/v2', { DurationInSeconds: 2 }],
  );
  const cloudwatch = cloud.client(CloudWatchClient);
  const { IncludeFilters } = await cloudwatch.send(new GetMetricStreamCommand({ Name: ids.Metrics }));
  assert.deepEqual(IncludeFilters, [{ Namespace: 'Shop', MetricNames: ['Sales'] }]);
  await cloud.client(SNSClient).send(new PublishCommand({ TopicArn, Message: 'sold' }));
  await cloudwatch.send(
    new PutMetricDataCommand({ Namespace: 'Shop', MetricData: [{ MetricName: 'Sales', Value: 1 }] }),
  );
  await cloud.advance(6 * MINUTE);
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'v2/' }));
  assert.equal(Contents.length, 2, 'the message, and later the metric');
  await update(cloud, StackName, template(2, 'named'));
  const { DeliveryStreamNames = [] } = await firehose.send(new ListDeliveryStreamsCommand({}));
  assert.ok(DeliveryStreamNames.includes('named'), 'another name is another stream');
  assert.ok(!DeliveryStreamNames.includes(DeliveryStreamName));
  for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  await remove(cloud, StackName);
  assert.deepEqual((await firehose.send(new ListDeliveryStreamsCommand({}))).DeliveryStreamNames, []);
});
