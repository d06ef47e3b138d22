/** The cost of Firehose's operations does not grow with streams, nor with what waits in one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Aws } from '#kernel/contract';
import { compare, FEW, name } from './measured.ts';

const Data = Buffer.from('{"n":1}\n');

async function furnish({ iam, s3 }: Aws) {
  const statement = { Effect: 'Allow', Principal: { Service: 'firehose.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const { Role } = await iam.CreateRole({ RoleName: 'hose', AssumeRolePolicyDocument });
  await s3.CreateBucket({ Bucket: 'lake' });
  return Role.Arn;
}

const configuration = (RoleARN: string) => ({
  RoleARN,
  BucketARN: 'arn:aws:s3:::lake',
  BufferingHints: { SizeInMBs: 128, IntervalInSeconds: 900 },
});

test('Firehose: a stream in which many records wait', async (t) => {
  await compare(
    t,
    async (aws, from, to) => {
      if (from === 0)
        await aws.firehose.CreateDeliveryStream({
          DeliveryStreamName: 's',
          ExtendedS3DestinationConfiguration: configuration(await furnish(aws)),
        });
      for (let sent = from; sent < to; sent += 1)
        await aws.firehose.PutRecord({ DeliveryStreamName: 's', Record: { Data } });
    },
    {
      PutRecord: (aws) => aws.firehose.PutRecord({ DeliveryStreamName: 's', Record: { Data } }),
      PutRecordBatch: (aws) =>
        aws.firehose.PutRecordBatch({ DeliveryStreamName: 's', Records: Array.from({ length: 20 }, () => ({ Data })) }),
      DescribeDeliveryStream: (aws) => aws.firehose.DescribeDeliveryStream({ DeliveryStreamName: 's' }),
    },
  );
});

test('Firehose: many streams', async (t) => {
  let role = '';
  let made = 0;
  await compare(
    t,
    async (aws, from, to) => {
      if (from === 0) role = await furnish(aws);
      for (let index = from; index < to && index < 2_000; index += 1)
        await aws.firehose.CreateDeliveryStream({
          DeliveryStreamName: name(index),
          S3DestinationConfiguration: configuration(role),
        });
    },
    {
      PutRecord: (aws) => aws.firehose.PutRecord({ DeliveryStreamName: name(FEW - 1), Record: { Data } }),
      'ListDeliveryStreams, a page': async (aws) => {
        const { DeliveryStreamNames } = await aws.firehose.ListDeliveryStreams({ Limit: 5 });
        assert.equal(DeliveryStreamNames.length, 5);
      },
      CreateDeliveryStream: (aws) => {
        made += 1;
        const DeliveryStreamName = `z${made}`;
        return aws.firehose.CreateDeliveryStream({
          DeliveryStreamName,
          S3DestinationConfiguration: configuration(role),
        });
      },
      TagDeliveryStream: (aws) =>
        aws.firehose.TagDeliveryStream({ DeliveryStreamName: name(0), Tags: [{ Key: 'a', Value: 'b' }] }),
    },
  );
});
