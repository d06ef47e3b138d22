/** Requests as clients really send them, at least one per protocol and kind of body: what the fuzzer starts from. */
import { createHash } from 'node:crypto';
import { Encoder } from 'cbor-x';
import type { ProtocolName } from '#kernel/wire';

export type Request = {
  service: string;
  protocol: ProtocolName;
  method: string;
  /** With the query. */
  target: string;
  headers: Record<string, string>;
  body: Buffer;
};

const ACCOUNT = '123456789012';
const QUEUE = `http://localhost/${ACCOUNT}/jobs`;
const IDENTITY_POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}';
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }],
});

const QUEUE_POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sqs:SendMessage', Resource: '*' }],
});
const BUCKET_POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'a',
      Effect: 'Allow',
      Principal: '*',
      Action: ['s3:GetObject'],
      Resource: 'arn:aws:s3:::photos-2026/*',
      Condition: { IpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] } },
    },
  ],
});
const REDRIVE_POLICY = JSON.stringify({
  deadLetterTargetArn: `arn:aws:sqs:us-east-1:${ACCOUNT}:dead.fifo`,
  maxReceiveCount: 3,
});
const SIGNATURE = '0'.repeat(64);
const PRESIGNED = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${ACCOUNT}%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=${SIGNATURE}`;

const signed = (service: string) => ({
  host: 'localhost',
  'x-amz-date': '20260101T000000Z',
  authorization: `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/us-east-1/${SIGNING[service] ?? service}/aws4_request, SignedHeaders=host, Signature=${SIGNATURE}`,
});

/** How a service signs, where that is not its name. */
const SIGNING: Record<string, string> = {
  'route-53': 'route53',
  'cloudwatch-logs': 'logs',
  cloudwatch: 'monitoring',
  'api-gateway': 'apigateway',
};

function json(service: string, version: string, target: string, body: object): Request {
  const headers = { ...signed(service), 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target };
  return { service, protocol: 'json', method: 'POST', target: '/', headers, body: Buffer.from(JSON.stringify(body)) };
}

function form(
  service: string,
  protocol: 'query' | 'ec2',
  version: string,
  action: string,
  fields: Record<string, string>,
): Request {
  const body = new URLSearchParams({ Action: action, Version: version, ...fields }).toString();
  const headers = { ...signed(service), 'content-type': 'application/x-www-form-urlencoded' };
  return { service, protocol, method: 'POST', target: '/', headers, body: Buffer.from(body) };
}

function rest(
  service: string,
  protocol: 'rest-json' | 'rest-xml',
  method: string,
  target: string,
  body = '',
  headers: Record<string, string> = {},
): Request {
  const type: Record<string, string> =
    body === '' ? {} : { 'content-type': protocol === 'rest-json' ? 'application/json' : 'application/xml' };
  return {
    service,
    protocol,
    method,
    target,
    headers: { ...signed(service), ...type, ...headers },
    body: Buffer.from(body),
  };
}

function cbor(service: string, target: string, operation: string, body: object): Request {
  const headers = {
    ...signed(service),
    'content-type': 'application/cbor',
    accept: 'application/cbor',
    'smithy-protocol': 'rpc-v2-cbor',
  };
  const encoder = new Encoder({ useRecords: false, mapsAsObjects: true, variableMapSize: true });
  return {
    service,
    protocol: 'cbor',
    method: 'POST',
    target: `/service/${target}/operation/${operation}`,
    headers,
    body: Buffer.from(encoder.encode(body)),
  };
}

const sqs = (operation: string, body: object) => json('sqs', '1.0', `AmazonSQS.${operation}`, body);
const dynamodb = (operation: string, body: object) => json('dynamodb', '1.0', `DynamoDB_20120810.${operation}`, body);
const logs = (operation: string, body: object) => json('cloudwatch-logs', '1.1', `Logs_20140328.${operation}`, body);
const iam = (action: string, fields: Record<string, string>) => form('iam', 'query', '2010-05-08', action, fields);
const s3 = (method: string, target: string, body = '', headers: Record<string, string> = {}) =>
  rest('s3', 'rest-xml', method, target, body, headers);
/** Documents that S3 takes with a digest only. */
const digested = (method: string, target: string, body: string) =>
  s3(method, target, body, { 'content-md5': createHash('md5').update(body).digest('base64') });

const ITEM = {
  id: { S: '1' },
  n: { N: '42' },
  b: { B: 'AQID' },
  l: { L: [{ BOOL: true }, { NULL: true }] },
  s: { SS: ['a', 'b'] },
};
const CHUNKED = '5;chunk-signature=0\r\nhello\r\n0;chunk-signature=0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n';

/** Requests that make what the others need. They must succeed. */
export const FURNITURE: readonly Request[] = [
  sqs('CreateQueue', { QueueName: 'jobs', Attributes: { VisibilityTimeout: '30' }, tags: { team: 'a' } }),
  sqs('CreateQueue', { QueueName: 'dead.fifo', Attributes: { FifoQueue: 'true' } }),
  dynamodb('CreateTable', {
    TableName: 'items',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  }),
  s3('PUT', '/photos-2026'),
  s3('PUT', '/photos-2026/a/b.txt', 'hello', { 'content-type': 'text/plain' }),
  iam('CreateRole', { RoleName: 'worker', AssumeRolePolicyDocument: POLICY }),
  logs('CreateLogGroup', { logGroupName: 'app' }),
  logs('CreateLogStream', { logGroupName: 'app', logStreamName: 's' }),
];

/** Requests of services that are built, all of them answered with success at first. */
const BUILT: readonly Request[] = [
  sqs('SendMessage', {
    QueueUrl: QUEUE,
    MessageBody: 'a é 😀',
    DelaySeconds: 1,
    MessageAttributes: { a: { DataType: 'Binary', BinaryValue: 'AQID' } },
  }),
  sqs('SendMessageBatch', {
    QueueUrl: QUEUE,
    Entries: [
      { Id: '1', MessageBody: 'x' },
      { Id: '2', MessageBody: 'y' },
    ],
  }),
  sqs('ReceiveMessage', { QueueUrl: QUEUE, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
  sqs('SetQueueAttributes', { QueueUrl: QUEUE, Attributes: { VisibilityTimeout: '10' } }),
  sqs('CreateQueue', {
    QueueName: 'orders.fifo',
    Attributes: { FifoQueue: 'true', Policy: QUEUE_POLICY, RedrivePolicy: REDRIVE_POLICY },
  }),
  sqs('ChangeMessageVisibilityBatch', {
    QueueUrl: QUEUE,
    Entries: [{ Id: '1', ReceiptHandle: 'none', VisibilityTimeout: 5 }],
  }),
  form('sqs', 'query', '2012-11-05', 'SendMessageBatch', {
    QueueUrl: QUEUE,
    'SendMessageBatchRequestEntry.1.Id': '1',
    'SendMessageBatchRequestEntry.1.MessageBody': 'x & y',
  }),
  dynamodb('PutItem', { TableName: 'items', Item: ITEM, ConditionExpression: 'attribute_not_exists(zz)' }),
  dynamodb('UpdateItem', {
    TableName: 'items',
    Key: { id: { S: '1' } },
    UpdateExpression: 'SET #a = if_not_exists(#a, :v) + :v REMOVE q',
    ExpressionAttributeNames: { '#a': 'counter' },
    ExpressionAttributeValues: { ':v': { N: '1' } },
  }),
  dynamodb('Query', {
    TableName: 'items',
    KeyConditionExpression: 'id = :i',
    ExpressionAttributeValues: { ':i': { S: '1' } },
  }),
  dynamodb('BatchWriteItem', { RequestItems: { items: [{ PutRequest: { Item: { id: { S: '2' } } } }] } }),
  dynamodb('TransactWriteItems', { TransactItems: [{ Put: { TableName: 'items', Item: { id: { S: '3' } } } }] }),
  dynamodb('Scan', {
    TableName: 'items',
    FilterExpression: 'size(#b) > :n AND (NOT contains(l[0].#b, :s) OR n BETWEEN :n AND :n OR id IN (:s, :s))',
    ProjectionExpression: 'id, l[0], #b.c',
    ExpressionAttributeNames: { '#b': 'b' },
    ExpressionAttributeValues: { ':n': { N: '1' }, ':s': { S: 'x' } },
  }),
  dynamodb('BatchGetItem', { RequestItems: { items: { Keys: [{ id: { S: '1' } }], ConsistentRead: true } } }),
  dynamodb('UpdateTable', {
    TableName: 'items',
    AttributeDefinitions: [{ AttributeName: 'n', AttributeType: 'N' }],
    GlobalSecondaryIndexUpdates: [
      {
        Create: {
          IndexName: 'by-n',
          KeySchema: [{ AttributeName: 'n', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['l'] },
        },
      },
    ],
  }),
  logs('PutLogEvents', {
    logGroupName: 'app',
    logStreamName: 's',
    logEvents: [{ timestamp: Date.UTC(2026, 0, 1), message: '{"level":"ERROR"}' }],
  }),
  logs('FilterLogEvents', { logGroupName: 'app', filterPattern: '{ $.level = "ERR*" || $.a[0] IS NULL }' }),
  logs('TestMetricFilter', { filterPattern: '[a, b = %[45]\\d+%, ...]', logEventMessages: ['x 404 y'] }),
  logs('GetLogEvents', { logGroupName: 'app', logStreamName: 's', limit: 5, startFromHead: true }),
  logs('StartQuery', {
    logGroupName: 'app',
    startTime: 0,
    endTime: 4_000_000_000,
    queryString:
      'parse @message /(?<a>\\w+)/ | filter a like "E" and strlen(a) > 1 | stats count(*) by bin(5m), a | sort a',
  }),
  logs('DescribeLogStreams', { logGroupIdentifier: 'app', orderBy: 'LastEventTime', descending: true }),
  iam('ListRoles', { PathPrefix: '/', MaxItems: '10' }),
  iam('UpdateAssumeRolePolicy', { RoleName: 'worker', PolicyDocument: POLICY }),
  iam('TagRole', { RoleName: 'worker', 'Tags.member.1.Key': 'team', 'Tags.member.1.Value': 'a' }),
  iam('SimulateCustomPolicy', { 'PolicyInputList.member.1': IDENTITY_POLICY, 'ActionNames.member.1': 's3:GetObject' }),
  iam('PutRolePolicy', { RoleName: 'worker', PolicyName: 'p', PolicyDocument: IDENTITY_POLICY }),
  form('sts', 'query', '2011-06-15', 'GetCallerIdentity', {}),
  form('sts', 'query', '2011-06-15', 'GetFederationToken', {
    Name: 'me',
    DurationSeconds: '900',
    Policy: IDENTITY_POLICY,
    'Tags.member.1.Key': 'team',
    'Tags.member.1.Value': 'a',
  }),
  s3('GET', '/?x-id=ListBuckets'),
  s3('PUT', '/photos-2026/c%20%C3%A9.txt', 'hello', { 'x-amz-meta-a': 'b', 'cache-control': 'no-cache' }),
  s3('PUT', '/photos-2026/chunked', CHUNKED, {
    'content-encoding': 'aws-chunked',
    'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'x-amz-decoded-content-length': '5',
    'x-amz-trailer': 'x-amz-checksum-crc32',
  }),
  s3(
    'PUT',
    '/photos-2026/signed',
    `5;chunk-signature=${SIGNATURE}\r\nhello\r\n0;chunk-signature=${SIGNATURE}\r\n\r\n`,
    {
      'content-encoding': 'aws-chunked',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'x-amz-decoded-content-length': '5',
    },
  ),
  s3('GET', '/photos-2026/a/b.txt', '', { range: 'bytes=1-3' }),
  { ...s3('GET', `/photos-2026/a/b.txt?${PRESIGNED}`), headers: { host: 'localhost' } },
  s3('HEAD', '/photos-2026/a/b.txt'),
  s3('GET', '/photos-2026?list-type=2&prefix=a&delimiter=%2F&max-keys=10&encoding-type=url'),
  s3('PUT', '/photos-2026/copy', '', { 'x-amz-copy-source': '/photos-2026/a/b.txt' }),
  digested(
    'PUT',
    '/photos-2026?tagging',
    '<Tagging><TagSet><Tag><Key>a</Key><Value>b c</Value></Tag></TagSet></Tagging>',
  ),
  digested(
    'PUT',
    '/photos-2026?cors',
    '<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>',
  ),
  s3('PUT', '/photos-2026?policy', BUCKET_POLICY),
  s3('PUT', '/photos-2026?versioning', '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>'),
  s3('POST', '/photos-2026/large?uploads', '', { 'x-amz-tagging': 'a=b&c=d', 'x-amz-storage-class': 'STANDARD_IA' }),
  s3('GET', '/photos-2026?versions&key-marker=a&encoding-type=url'),
  digested('POST', '/photos-2026?delete', '<Delete><Object><Key>nothing</Key></Object><Quiet>true</Quiet></Delete>'),
];

/** Requests of services whose world is empty, or that are not built yet: read by the wire, then refused. The first four are answered by event streams. */
const UNBUILT: readonly Request[] = [
  s3(
    'POST',
    '/photos-2026/a/b.txt?select&select-type=2',
    '<SelectObjectContentRequest xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Expression>SELECT * FROM S3Object</Expression><ExpressionType>SQL</ExpressionType><InputSerialization><CSV><FileHeaderInfo>USE</FileHeaderInfo></CSV></InputSerialization><OutputSerialization><JSON/></OutputSerialization></SelectObjectContentRequest>',
  ),
  rest('lambda', 'rest-json', 'POST', '/2021-11-15/functions/f/response-streaming-invocations', '{"a":1}'),
  json('kinesis', '1.1', 'Kinesis_20131202.SubscribeToShard', {
    ConsumerARN: `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/s/consumer/c:1`,
    ShardId: 'shardId-0',
    StartingPosition: { Type: 'AT_TIMESTAMP', Timestamp: 1.5 },
  }),
  logs('PutTransformer', { logGroupIdentifier: 'app', transformerConfig: [{ parseJSON: { source: '@message' } }] }),
  rest('glacier', 'rest-json', 'POST', '/-/vaults/v/archives', 'bytes', {
    'x-amz-glacier-version': '2012-06-01',
    'x-amz-archive-description': 'a',
  }),
  rest(
    'api-gateway',
    'rest-json',
    'PATCH',
    '/restapis/a',
    '{"patchOperations":[{"op":"replace","path":"/name","value":"b"}]}',
  ),
  cbor('shield', 'AWSShield_20160616', 'TagResource', {
    ResourceARN: `arn:aws:shield::${ACCOUNT}:protection/1`,
    Tags: [{ Key: 'a', Value: 'b' }],
  }),
  json('cloudwatch', '1.0', 'GraniteServiceVersion20100801.PutMetricData', {
    Namespace: 'a',
    MetricData: [{ MetricName: 'm', Value: 1.5, Timestamp: 1, StatisticValues: null }],
  }),
  form('cloudwatch', 'query', '2010-08-01', 'PutMetricData', {
    Namespace: 'a',
    'MetricData.member.1.MetricName': 'm',
    'MetricData.member.1.Values.member.1': '1.5',
    'MetricData.member.1.Timestamp': '2026-01-01T00:00:00Z',
  }),
  cbor('cloudwatch', 'GraniteServiceVersion20100801', 'PutMetricData', {
    Namespace: 'a',
    MetricData: [{ MetricName: 'm', Value: 1.5, Timestamp: new Date(0), Dimensions: [{ Name: 'a', Value: 'b' }] }],
  }),
  rest(
    'lambda',
    'rest-json',
    'POST',
    '/2015-03-31/functions',
    JSON.stringify({
      FunctionName: 'f',
      Role: 'arn:aws:iam::123456789012:role/r',
      Code: { ZipFile: 'AQID' },
      Environment: { Variables: { A: 'b' } },
    }),
  ),
  rest('lambda', 'rest-json', 'POST', '/2015-03-31/functions/f/invocations?Qualifier=1', '{"a":1}', {
    'x-amz-invocation-type': 'Event',
  }),
  rest('lambda', 'rest-json', 'GET', '/2015-03-31/functions?MaxItems=10&Marker=a'),
  form('ec2', 'ec2', '2016-11-15', 'RunInstances', {
    ImageId: 'ami-1',
    MinCount: '1',
    MaxCount: '1',
    'TagSpecification.1.ResourceType': 'instance',
    'TagSpecification.1.Tag.1.Key': 'a',
    'BlockDeviceMapping.1.Ebs.VolumeSize': '8',
  }),
  rest(
    'route-53',
    'rest-xml',
    'POST',
    '/2013-04-01/hostedzone/Z1/rrset',
    '<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes><Change><Action>CREATE</Action><ResourceRecordSet><Name>a.</Name><Type>A</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>',
  ),
  json('cloudwatch-logs', '1.1', 'Logs_20140328.PutLogEvents', {
    logGroupName: 'a',
    logStreamName: 'b',
    logEvents: [{ timestamp: 1, message: 'x' }],
  }),
];

export const SEEDS = { built: BUILT, unbuilt: UNBUILT } as const;
