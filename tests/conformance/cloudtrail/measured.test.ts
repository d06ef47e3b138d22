/** Refusals in the words in which AWS was measured to answer. Source: badmintoncryer/cdk-preflight, September 2026. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AdvancedEventSelector,
  CloudTrailClient,
  CreateTrailCommand,
  type CreateTrailCommandInput,
  type EventSelector,
  PutEventSelectorsCommand,
  type PutEventSelectorsCommandInput,
} from '@aws-sdk/client-cloudtrail';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { BUCKET, makeBucket } from './trail-bucket.ts';

type Fields = AdvancedEventSelector['FieldSelectors'];

test('selectors that can’t be', async () => {
  await using cloud = await startTestCloud();
  await makeBucket(cloud);
  const trail = cloud.client(CloudTrailClient);
  await trail.send(new CreateTrailCommand({ Name: 'all', S3BucketName: BUCKET }));
  const put = (more: Partial<PutEventSelectorsCommandInput>) =>
    trail.send(new PutEventSelectorsCommand({ TrailName: 'all', ...more }));
  const advanced = (...FieldSelectors: NonNullable<Fields>) => put({ AdvancedEventSelectors: [{ FieldSelectors }] });
  const basic = (...DataResources: NonNullable<EventSelector['DataResources']>) =>
    put({ EventSelectors: [{ DataResources }] });
  const is = (Field: string, ...Equals: string[]) => ({ Field, Equals });
  const data = is('eventCategory', 'Data');
  const network = [is('eventCategory', 'NetworkActivity'), is('eventSource', 's3.amazonaws.com')];
  const type = is('resources.type', 'AWS::S3::Object');
  const names = Array.from({ length: 499 }, (_, index) => `Name${index}`);
  const buckets = Array.from({ length: 251 }, (_, index) => `arn:aws:s3:::b/${index}`);
  const cases: [Promise<unknown>, string][] = [
    [
      advanced(data, type, is('eventName', ...names)),
      'There are too many filters applied. The maximum allowed number of filters is 500.',
    ],
    [
      advanced(data),
      'The following selectors are required when the eventCategory field value equals Data: [resources.type].',
    ],
    [
      advanced(is('eventCategory', 'NetworkActivity')),
      'The following selectors are required when the eventCategory field value equals NetworkActivity: [eventSource].',
    ],
    [advanced(...network, is('errorCode', 'AccessDenied')), 'The errorCode field value is not valid.'],
    [
      advanced({ Field: 'eventCategory', StartsWith: ['Man'] }),
      'Only the following operators are valid with the eventCategory field: [Equals].',
    ],
    [advanced(is('readOnly', 'true')), 'The following fields are required: [eventCategory].'],
    [advanced(is('eventCategory', 'Insight')), 'The eventCategory field value is not valid.'],
    [
      advanced(is('eventCategory', 'Management'), is('noSuchField', 'a')),
      'The following field is not allowed when the eventCategory field value equals Management: noSuchField.',
    ],
    [
      advanced(data, type, is('resources.type', 'AWS::Lambda::Function')),
      'A duplicate event selector was found for at least one field. Only one selector is allowed per field.',
    ],
    [basic({ Type: 'AWS::SQS::Queue', Values: ['a'] }), 'Value AWS::SQS::Queue for DataResources.Type is invalid.'],
    [
      basic({ Type: 'AWS::S3::Object', Values: buckets }),
      'Specify a valid number of DataResources.Values (0 to 250) for all your selectors',
    ],
    [
      basic({ Type: 'AWS::S3::Object', Values: ['arn:aws:s3:::b'] }),
      'Value arn:aws:s3:::b for DataResources.Values is invalid.',
    ],
    [
      put({ EventSelectors: [{}], AdvancedEventSelectors: [{ FieldSelectors: [data, type] }] }),
      'You can select events by using either EventSelectors or AdvancedEventSelectors, but not both.',
    ],
  ];
  const told = await Promise.all(cases.map(([answer]) => failure(answer)));
  assert.deepEqual(
    told.map(({ name, message }) => [name, message]),
    cases.map(([, text]) => ['InvalidEventSelectorsException', text]),
  );
  await advanced(...network, is('errorCode', 'VpceAccessDenied'), is('vpcEndpointId', 'vpce-1'));
});

test('trails that can’t be', async () => {
  await using cloud = await startTestCloud();
  await makeBucket(cloud);
  const trail = cloud.client(CloudTrailClient);
  const create = (more: Partial<CreateTrailCommandInput>) =>
    trail.send(new CreateTrailCommand({ Name: 'all', S3BucketName: BUCKET, ...more }));
  const CloudWatchLogsRoleArn = 'arn:aws:iam::123456789012:role/logs';
  const group = (region: string) => `arn:aws:logs:${region}:123456789012:log-group:g:*`;
  const key = (region: string) => `arn:aws:kms:${region}:123456789012:key/11111111-2222-3333-4444-555555555555`;
  const cases: [Promise<unknown>, string, string][] = [
    [
      create({ Name: 'a--b' }),
      'InvalidTrailNameException',
      'Trail name or ARN cannot have adjacent periods (.), hyphens (-), or underscores (_).',
    ],
    [
      create({ Name: '192.168.5.4' }),
      'InvalidTrailNameException',
      'Trail names must not be formatted as an IP address.',
    ],
    [
      create({ CloudWatchLogsLogGroupArn: group('us-west-2'), CloudWatchLogsRoleArn }),
      'InvalidCloudWatchLogsLogGroupArnException',
      'You must specify a log group that is in the current region.',
    ],
    [
      create({ CloudWatchLogsLogGroupArn: group('us-east-1') }),
      'InvalidCloudWatchLogsRoleArnException',
      'You must specify a log group and a role ARN.',
    ],
    [
      create({ KmsKeyId: key('us-west-2') }),
      'KmsKeyNotFoundException',
      `KMS key ID ${key('us-west-2')} does not exist, or s3 bucket ${BUCKET} and key are not in the same region.`,
    ],
    [
      create({ KmsKeyId: key('us-east-1') }),
      'InsufficientEncryptionPolicyException',
      `Insufficient permissions to access S3 bucket ${BUCKET} or KMS key ${key('us-east-1')}.`,
    ],
  ];
  const told = await Promise.all(cases.map(([answer]) => failure(answer)));
  assert.deepEqual(
    told.map(({ name, message }) => [name, message]),
    cases.map(([, code, text]) => [code, text]),
  );
});
