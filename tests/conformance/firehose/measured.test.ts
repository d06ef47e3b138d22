/** Refusals in the words in which AWS was measured to answer. Source: badmintoncryer/cdk-preflight, September 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateDeliveryStreamCommand } from '@aws-sdk/client-firehose';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { BUCKET_ARN, makeBed } from './bed.ts';

const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555';

test('roles of other accounts, keys of other Regions, collectors without TLS', async () => {
  await using cloud = await startTestCloud();
  const { create, firehose, role } = await makeBed(cloud);
  const cases: [Promise<unknown>, string, string][] = [
    [
      create('a', { RoleARN: 'arn:aws:iam::111122223333:role/hose' }),
      'AccessDeniedException',
      'User: arn:aws:iam::123456789012:root is not authorized to access this resource',
    ],
    [
      create('b', { EncryptionConfiguration: { KMSEncryptionConfig: { AWSKMSKeyARN: KEY } } }),
      'InvalidArgumentException',
      `KMS Key ${KEY} does not exist in the same region as the S3 bucket. KMS Key region: eu-west-1. S3 Bucket Region: us-east-1`,
    ],
    [
      create('c', {}, { DeliveryStreamEncryptionConfigurationInput: { KeyType: 'CUSTOMER_MANAGED_CMK', KeyARN: KEY } }),
      'InvalidArgumentException',
      'Cross-region keys are not allowed for SSE. Please provide CMKs in the same region as firehose',
    ],
    [
      firehose.send(
        new CreateDeliveryStreamCommand({
          DeliveryStreamName: 'd',
          SplunkDestinationConfiguration: {
            HECEndpoint: 'http://splunk.example.com:8088',
            HECEndpointType: 'Raw',
            HECToken: 'token',
            S3Configuration: { RoleARN: role, BucketARN: BUCKET_ARN },
          },
        }),
      ),
      'InvalidArgumentException',
      'Invalid HECEndpoint. Supported endpoint format is https://<domain>:<port>.',
    ],
  ];
  const told = await Promise.all(cases.map(([answer]) => failure(answer)));
  assert.deepEqual(
    told.map(({ name, message }) => [name, message]),
    cases.map(([, code, text]) => [code, text]),
  );
});

test('formats that no conversion could have, and prefixes that are no expressions', async () => {
  await using cloud = await startTestCloud();
  const { create, role } = await makeBed(cloud);
  const InputFormatConfiguration = { Deserializer: { OpenXJsonSerDe: {} } };
  const OutputFormatConfiguration = { Serializer: { ParquetSerDe: {} } };
  const SchemaConfiguration = { RoleARN: role, DatabaseName: 'd', TableName: 't' };
  const whole = { InputFormatConfiguration, OutputFormatConfiguration, SchemaConfiguration };
  const convert = (given: object, more: object = {}) =>
    create('f', { DataFormatConversionConfiguration: { Enabled: true, ...given }, ...more });
  const cases: [Promise<unknown>, string][] = [
    [convert({}), 'InputFormatConfiguration must not be null'],
    [convert({ InputFormatConfiguration }), 'OutputFormatConfiguration must not be null'],
    [convert({ InputFormatConfiguration, OutputFormatConfiguration }), 'SchemaConfiguration must not be null'],
    [convert({ ...whole, InputFormatConfiguration: { Deserializer: {} } }), 'Deserializer must not be null'],
    [
      convert({
        ...whole,
        InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {}, HiveJsonSerDe: {} } },
      }),
      'More than one deserializer specified. Only one may be chosen.',
    ],
    [convert({ ...whole, OutputFormatConfiguration: { Serializer: {} } }), 'Serializer must not be null'],
    [
      convert({ ...whole, OutputFormatConfiguration: { Serializer: { ParquetSerDe: {}, OrcSerDe: {} } } }),
      'More than one serializer specified. Only one may be chosen.',
    ],
    [
      convert(whole, { CompressionFormat: 'GZIP' }),
      "The S3 destination's compression format must be set to UNCOMPRESSED when data format conversion is enabled. To enable compression within the converted output format, set the appropriate serialization option in the output format configuration.",
    ],
    [
      create('g', { Prefix: 'my!{prefix/' }),
      'The supplied prefix(es) do not satisfy the following constraint: Invalid expression usage: my!{prefix/.Must be of the form !{<namespace>:<value>}',
    ],
  ];
  const told = await Promise.all(cases.map(([answer]) => failure(answer)));
  assert.deepEqual(
    told.map(({ name, message }) => [name, message]),
    cases.map(([, text]) => ['InvalidArgumentException', text]),
  );
  assert.match((await failure(convert(whole))).message, /has not built conversion of records to Parquet/);
});
