import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeptCall } from '#kernel/events';
import type { AdvancedSelector } from '../state.ts';
import { advancedFault } from './check-selectors.ts';
import { recordOf } from './record.ts';
import { wants } from './select.ts';

const ACCOUNT = '123456789012';
const OTHER = '210987654321';

function call(service: string, operation: string, parameters: object, more: Partial<KeptCall> = {}): KeptCall {
  return {
    requestId: 'r',
    at: 0,
    account: ACCOUNT,
    region: 'us-east-1',
    service,
    operation,
    principal: `arn:aws:iam::${ACCOUNT}:root`,
    principalId: ACCOUNT,
    principalKind: 'root',
    sourceIp: '127.0.0.1',
    userAgent: 'x',
    readonly: false,
    data: true,
    status: 200,
    micros: 1,
    sequence: 1,
    parameters: JSON.stringify(parameters),
    ...more,
  };
}

const bucket = { accountId: ACCOUNT, type: 'AWS::S3::Bucket', ARN: 'arn:aws:s3:::shelf' };
const many = (ARNPrefix: string) => ({ type: 'AWS::S3::Object', ARNPrefix });

test('what is about many objects says how their names begin', () => {
  const listed = recordOf(call('s3', 'ListObjectsV2', { bucket: 'shelf', prefix: 'a/' }));
  assert.deepEqual(listed.resources, [many('arn:aws:s3:::shelf/a/'), bucket]);
  assert.deepEqual(recordOf(call('s3', 'HeadBucket', { bucket: 'shelf' })).resources, [
    many('arn:aws:s3:::shelf/'),
    bucket,
  ]);
  const got = recordOf(call('s3', 'GetObject', { bucket: 'shelf', key: 'a/b' }));
  assert.deepEqual(got.resources, [{ type: 'AWS::S3::Object', ARN: 'arn:aws:s3:::shelf/a/b' }, bucket]);
});

test('which keys are deleted together is not told', () => {
  const given = { bucket: 'shelf', delete: { objects: [{ key: 'secret' }] } };
  const answer = { response: JSON.stringify({ deleted: [{ key: 'secret' }] }) };
  const told = recordOf(call('s3', 'DeleteObjects', given, answer));
  assert.deepEqual(told.requestParameters, { bucketName: 'shelf', delete: '' });
  assert.equal(told.responseElements, null);
  assert.deepEqual(told.resources, [many('arn:aws:s3:::shelf/'), bucket]);
});

test('who is refused is not told whose a bucket is', () => {
  const given = { bucket: 'shelf', key: 'k' };
  const touched = [{ arn: 'arn:aws:s3:::shelf/k', account: OTHER }];
  const ownerOf = (more: Partial<KeptCall>) =>
    (recordOf(call('s3', 'GetObject', given, { touched, ...more })).resources as { accountId?: string }[])[1]
      ?.accountId;
  assert.equal(ownerOf({}), OTHER);
  assert.equal(ownerOf({ error: 'NoSuchKey' }), OTHER);
  assert.equal(ownerOf({ error: 'AccessDenied' }), '');
  assert.equal(ownerOf({ error: 'AccessDenied', account: OTHER, from: ACCOUNT }), OTHER);
});

test('the resources of data events', () => {
  const table = (name: string) => ({
    accountId: ACCOUNT,
    type: 'AWS::DynamoDB::Table',
    ARN: `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/${name}`,
  });
  assert.deepEqual(recordOf(call('dynamodb', 'BatchGetItem', { requestItems: { a: {}, b: {} } })).resources, [
    table('a'),
    table('b'),
  ]);
  const items = [{ put: { tableName: 'a' } }, { delete: { tableName: 'b' } }, { update: { tableName: 'a' } }];
  assert.deepEqual(recordOf(call('dynamodb', 'TransactWriteItems', { transactItems: items })).resources, [
    table('a'),
    table('b'),
  ]);
  const arn = `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s`;
  assert.deepEqual(recordOf(call('kinesis', 'PutRecord', { streamName: 's' })).resources, [
    { accountId: ACCOUNT, type: 'AWS::Kinesis::Stream', ARN: arn },
  ]);
  const consumerARN = `${arn}/consumer/c:1`;
  assert.deepEqual(recordOf(call('kinesis', 'SubscribeToShard', { consumerARN })).resources, [
    { accountId: ACCOUNT, type: 'AWS::Kinesis::StreamConsumer', ARN: consumerARN },
  ]);
  assert.equal(recordOf(call('kinesis', 'GetRecords', { shardIterator: 'x' })).resources, undefined);
});

test('repositories are named without a type', () => {
  const management = { data: false };
  const resourcesOf = (given: object) => recordOf(call('ecr', 'PutImage', given, management)).resources;
  const ARN = (account: string) => `arn:aws:ecr:us-east-1:${account}:repository/app`;
  assert.deepEqual(resourcesOf({ repositoryName: 'app' }), [{ ARN: ARN(ACCOUNT), accountId: ACCOUNT }]);
  assert.deepEqual(resourcesOf({ repositoryName: 'app', registryId: OTHER }), [{ ARN: ARN(OTHER), accountId: OTHER }]);
  assert.equal(resourcesOf({}), undefined);
});

test('account-wide settings of S3 have names of their own', () => {
  assert.equal(recordOf(call('s3-control', 'PutPublicAccessBlock', {})).eventName, 'PutAccountPublicAccessBlock');
});

test('lists are of a prefix, batches of each of their tables', () => {
  const trail = { global: true, multiRegion: true };
  const basic = (Type: string, value: string) => ({
    ...trail,
    selectors: [{ DataResources: [{ Type, Values: [value] }], IncludeManagementEvents: false }],
  });
  const shared = basic('AWS::S3::Object', 'arn:aws:s3:::shelf/shared/');
  const list = (prefix?: string) => call('s3', 'ListObjectsV2', { bucket: 'shelf', prefix });
  assert.deepEqual(
    [list('shared/'), list('other/'), list()].map((one) => wants(shared, one, 'us-east-1')),
    [true, false, false],
  );
  const ARN = `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/b`;
  const batch = call('dynamodb', 'BatchWriteItem', { requestItems: { a: [], b: [] } });
  assert.ok(wants(basic('AWS::DynamoDB::Table', ARN), batch, 'us-east-1'));
  const advanced = (field: AdvancedSelector['FieldSelectors'][number]) => ({
    ...trail,
    advanced: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Data'] }, field] }],
  });
  assert.ok(wants(advanced({ Field: 'resources.ARN', EndsWith: ['/b'] }), batch, 'us-east-1'));
  assert.ok(!wants(advanced({ Field: 'resources.ARN', EndsWith: ['/c'] }), batch, 'us-east-1'));
});

test('selectors may ask for what other services record', () => {
  const fault = (...more: AdvancedSelector['FieldSelectors']) =>
    advancedFault([{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Data'] }, ...more] }], 'trail');
  const type = (name: string) => ({ Field: 'resources.type', Equals: [name] });
  for (const name of ['AWS::S3::AccessPoint', 'AWS::S3Outposts::Object', 'AWS::EC2::Snapshot', 'AWS::Kinesis::Stream'])
    assert.equal(fault(type(name)), undefined);
  for (const name of ['AWS::S3::Objects', 'AWS::Lambda', 'S3'])
    assert.equal(fault(type(name)), 'The resources.type field value is not valid.');
  assert.equal(
    fault(type('AWS::S3::Object'), { Field: 'readOnly', NotEquals: ['true'] }),
    'Only the following operators are valid with the readOnly field: [Equals].',
  );
  assert.equal(
    fault(type('AWS::S3::Object'), { Field: 'readOnly', Equals: ['maybe'] }),
    'The readOnly field value is not valid.',
  );
});
