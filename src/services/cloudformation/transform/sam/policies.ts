/** SAM's policy templates: permissions by name. Source: SAM Developer Guide, "AWS SAM policy templates"; those that are used most. */
import type { Json, JsonObject } from '../../domain/parse.ts';

type Statement = { actions: string[]; resources: (string | Json)[] };
type Make = (parameters: JsonObject) => Statement[];

const arn = (service: string, rest: string, parameters: JsonObject): Json => ({
  'Fn::Sub': [`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${rest}`, parameters],
});
const bucket = (parameters: JsonObject): Json[] => [
  { 'Fn::Sub': [`arn:\${AWS::Partition}:s3:::\${BucketName}`, parameters] },
  { 'Fn::Sub': [`arn:\${AWS::Partition}:s3:::\${BucketName}/*`, parameters] },
];
const table = (parameters: JsonObject): Json[] => [
  arn('dynamodb', `table/\${TableName}`, parameters),
  arn('dynamodb', `table/\${TableName}/index/*`, parameters),
];
const READ_ITEMS = ['GetItem', 'Scan', 'Query', 'BatchGetItem', 'DescribeTable'];
const WRITE_ITEMS = ['PutItem', 'UpdateItem', 'BatchWriteItem'];
const of = (service: string, names: readonly string[]) => names.map((name) => `${service}:${name}`);
const one = (actions: string[], ...resources: Json[]): Statement[] => [{ actions, resources }];

const TEMPLATES: { readonly [name: string]: Make } = {
  AWSSecretsManagerGetSecretValuePolicy: ({ SecretArn = '' }) => one(['secretsmanager:GetSecretValue'], SecretArn),
  CloudWatchPutMetricPolicy: () => one(['cloudwatch:PutMetricData'], '*'),
  DynamoDBCrudPolicy: (p) =>
    one(of('dynamodb', [...READ_ITEMS, ...WRITE_ITEMS, 'DeleteItem', 'ConditionCheckItem']), ...table(p)),
  DynamoDBReadPolicy: (p) => one(of('dynamodb', READ_ITEMS), ...table(p)),
  DynamoDBStreamReadPolicy: (p) => [
    {
      actions: of('dynamodb', ['DescribeStream', 'GetRecords', 'GetShardIterator']),
      resources: [arn('dynamodb', `table/\${TableName}/stream/\${StreamName}`, p)],
    },
    { actions: ['dynamodb:ListStreams'], resources: [arn('dynamodb', `table/\${TableName}/stream/*`, p)] },
  ],
  DynamoDBWritePolicy: (p) => one(of('dynamodb', WRITE_ITEMS), ...table(p)),
  EventBridgePutEventsPolicy: (p) => one(['events:PutEvents'], arn('events', `event-bus/\${EventBusName}`, p)),
  FirehoseWritePolicy: (p) =>
    one(of('firehose', ['PutRecord', 'PutRecordBatch']), arn('firehose', `deliverystream/\${DeliveryStreamName}`, p)),
  KinesisStreamReadPolicy: (p) =>
    one(
      of('kinesis', ['DescribeStream', 'DescribeStreamSummary', 'GetRecords', 'GetShardIterator', 'ListShards']),
      arn('kinesis', `stream/\${StreamName}`, p),
    ),
  KMSDecryptPolicy: (p) => one(['kms:Decrypt'], arn('kms', `key/\${KeyId}`, p)),
  KMSEncryptPolicy: (p) => one(['kms:Encrypt'], arn('kms', `key/\${KeyId}`, p)),
  LambdaInvokePolicy: (p) => one(['lambda:InvokeFunction'], arn('lambda', `function:\${FunctionName}*`, p)),
  S3CrudPolicy: (p) =>
    one(
      of('s3', [
        'GetObject',
        'ListBucket',
        'GetBucketLocation',
        'GetObjectVersion',
        'PutObject',
        'PutObjectAcl',
        'GetLifecycleConfiguration',
        'PutLifecycleConfiguration',
        'DeleteObject',
      ]),
      ...bucket(p),
    ),
  S3ReadPolicy: (p) =>
    one(
      of('s3', ['GetObject', 'ListBucket', 'GetBucketLocation', 'GetObjectVersion', 'GetLifecycleConfiguration']),
      ...bucket(p),
    ),
  S3WritePolicy: (p) => one(of('s3', ['PutObject', 'PutObjectAcl', 'PutLifecycleConfiguration']), ...bucket(p)),
  SNSCrudPolicy: (p) =>
    one(
      of('sns', ['ListSubscriptionsByTopic', 'CreateTopic', 'SetTopicAttributes', 'Subscribe', 'Publish']),
      arn('sns', `\${TopicName}*`, p),
    ),
  SNSPublishMessagePolicy: (p) => one(['sns:Publish'], arn('sns', `\${TopicName}`, p)),
  SQSPollerPolicy: (p) =>
    one(
      of('sqs', [
        'ChangeMessageVisibility',
        'ChangeMessageVisibilityBatch',
        'DeleteMessage',
        'DeleteMessageBatch',
        'GetQueueAttributes',
        'ReceiveMessage',
      ]),
      arn('sqs', `\${QueueName}`, p),
    ),
  SQSSendMessagePolicy: (p) => one(['sqs:SendMessage*'], arn('sqs', `\${QueueName}`, p)),
  SSMParameterReadPolicy: (p) => [
    { actions: ['ssm:DescribeParameters'], resources: ['*'] },
    {
      actions: of('ssm', ['GetParameters', 'GetParameter', 'GetParametersByPath']),
      resources: [arn('ssm', `parameter/\${ParameterName}`, p)],
    },
  ],
  StepFunctionsExecutionPolicy: (p) =>
    one(['states:StartExecution'], arn('states', `stateMachine:\${StateMachineName}`, p)),
  VPCAccessPolicy: () =>
    one(
      of('ec2', [
        'CreateNetworkInterface',
        'DeleteNetworkInterface',
        'DescribeNetworkInterfaces',
        'DetachNetworkInterface',
      ]),
      '*',
    ),
};

/** The statements of a policy template; undefined where there is none of this name. */
export function policyTemplate(name: string, parameters: JsonObject): JsonObject | undefined {
  const statements = TEMPLATES[name]?.(parameters);
  return (
    statements && {
      Statement: statements.map(({ actions, resources }) => ({
        Effect: 'Allow',
        Action: actions,
        Resource: resources.length === 1 ? (resources[0] ?? '*') : resources,
      })),
    }
  );
}
