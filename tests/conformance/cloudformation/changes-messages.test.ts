/** Topics, streams, buses, secrets: each property that can change does, and changes back. */
import { test } from 'node:test';
import { arnOf, changes, policy, tags } from './changes.ts';

const ACCOUNT = '123456789012';
const own = (Action: string, Resource: unknown) => policy({ Principal: { AWS: ACCOUNT }, Action, Resource });
const role = (Service: string) => ({
  AssumeRolePolicyDocument: policy({ Principal: { Service }, Action: 'sts:AssumeRole' }),
  Policies: [{ PolicyName: 'all', PolicyDocument: policy({ Action: '*', Resource: '*' }) }],
});

test('SNS', () =>
  changes({
    Queue: ['SQS::Queue', {}],
    Other: ['SQS::Queue', {}],
    Topic: [
      'SNS::Topic',
      {
        TopicName: 'news',
        DisplayName: 'one',
        KmsMasterKeyId: 'alias/aws/sns',
        TracingConfig: 'Active',
        Tags: tags('a=1'),
      },
      { TopicName: 'news', DisplayName: 'two', SignatureVersion: '2', TracingConfig: 'PassThrough', Tags: tags('b=1') },
    ],
    Fifo: [
      'SNS::Topic',
      { FifoTopic: true, TopicName: 'ordered.fifo', ContentBasedDeduplication: true },
      {
        FifoTopic: true,
        TopicName: 'ordered.fifo',
        ContentBasedDeduplication: false,
        ArchivePolicy: { MessageRetentionPeriod: 5 },
        FifoThroughputScope: 'MessageGroup',
      },
    ],
    Subscription: [
      'SNS::Subscription',
      {
        TopicArn: { Ref: 'Topic' },
        Protocol: 'sqs',
        Endpoint: arnOf('Queue'),
        RawMessageDelivery: true,
        FilterPolicy: { kind: ['a'] },
      },
      {
        TopicArn: { Ref: 'Topic' },
        Protocol: 'sqs',
        Endpoint: arnOf('Queue'),
        FilterPolicyScope: 'MessageBody',
        FilterPolicy: { order: { kind: ['b'] } },
        RedrivePolicy: { deadLetterTargetArn: arnOf('Other') },
      },
    ],
    Policy: [
      'SNS::TopicPolicy',
      { Topics: [{ Ref: 'Topic' }, { Ref: 'Fifo' }], PolicyDocument: own('sns:Publish', { Ref: 'Topic' }) },
      { Topics: [{ Ref: 'Topic' }], PolicyDocument: own('sns:Subscribe', { Ref: 'Topic' }) },
      { unseen: ['Topics'] },
    ],
    Inline: [
      'SNS::TopicInlinePolicy',
      { TopicArn: { Ref: 'Third' }, PolicyDocument: own('sns:Publish', { Ref: 'Third' }) },
      { TopicArn: { Ref: 'Third' }, PolicyDocument: own('sns:Subscribe', { Ref: 'Third' }) },
    ],
    Third: ['SNS::Topic', {}],
  }));

test('Kinesis and Firehose', () =>
  changes({
    Stream: [
      'Kinesis::Stream',
      { Name: 's', ShardCount: 1, RetentionPeriodHours: 48, Tags: tags('a=1') },
      {
        Name: 's',
        ShardCount: 2,
        StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' },
        Tags: tags('b=1'),
      },
    ],
    Demand: [
      'Kinesis::Stream',
      { StreamModeDetails: { StreamMode: 'ON_DEMAND' }, DesiredShardLevelMetrics: ['IncomingBytes'] },
      { ShardCount: 4, StreamModeDetails: { StreamMode: 'PROVISIONED' }, MaxRecordSizeInKiB: 2_048 },
    ],
    Consumer: ['Kinesis::StreamConsumer', { ConsumerName: 'c', StreamARN: arnOf('Stream') }],
    Shared: [
      'Kinesis::ResourcePolicy',
      { ResourceArn: arnOf('Stream'), ResourcePolicy: own('kinesis:GetRecords', arnOf('Stream')) },
      { ResourceArn: arnOf('Stream'), ResourcePolicy: own('kinesis:PutRecord', arnOf('Stream')) },
    ],
    Bucket: ['S3::Bucket', {}],
    Role: ['IAM::Role', role('firehose.amazonaws.com')],
    Delivery: [
      'KinesisFirehose::DeliveryStream',
      {
        ExtendedS3DestinationConfiguration: {
          BucketARN: arnOf('Bucket'),
          RoleARN: arnOf('Role'),
          Prefix: 'a/',
          BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 1 },
        },
        Tags: tags('a=1'),
      },
      {
        ExtendedS3DestinationConfiguration: {
          BucketARN: arnOf('Bucket'),
          RoleARN: arnOf('Role'),
          Prefix: 'b/',
          ErrorOutputPrefix: 'bad/',
          CompressionFormat: 'GZIP',
          BufferingHints: { IntervalInSeconds: 120, SizeInMBs: 2 },
        },
        DeliveryStreamEncryptionConfigurationInput: { KeyType: 'AWS_OWNED_CMK' },
        Tags: tags('b=1'),
      },
    ],
  }));

test('EventBridge', () =>
  changes({
    Queue: ['SQS::Queue', {}],
    Topic: ['SNS::Topic', {}],
    Bus: [
      'Events::EventBus',
      { Name: 'own', Description: 'one', Tags: tags('a=1') },
      { Name: 'own', DeadLetterConfig: { Arn: arnOf('Queue') }, Tags: tags('b=1') },
    ],
    BusPolicy: [
      'Events::EventBusPolicy',
      {
        EventBusName: { Ref: 'Bus' },
        StatementId: 'others',
        Statement: { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'events:PutEvents', Resource: arnOf('Bus') },
      },
      {
        EventBusName: { Ref: 'Bus' },
        StatementId: 'others',
        Statement: { Effect: 'Allow', Principal: '*', Action: 'events:PutEvents', Resource: arnOf('Bus') },
      },
    ],
    Rule: [
      'Events::Rule',
      {
        Name: 'r',
        EventBusName: { Ref: 'Bus' },
        Description: 'one',
        EventPattern: { source: ['a'] },
        Targets: [
          { Id: 'a', Arn: arnOf('Queue'), Input: '{"a":1}' },
          { Id: 'b', Arn: { Ref: 'Topic' } },
        ],
      },
      {
        Name: 'r',
        EventBusName: { Ref: 'Bus' },
        EventPattern: { source: ['b'] },
        State: 'DISABLED',
        Targets: [
          {
            Id: 'a',
            Arn: arnOf('Queue'),
            InputTransformer: { InputPathsMap: { who: '$.detail.who' }, InputTemplate: '"<who>"' },
            RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 60 },
            DeadLetterConfig: { Arn: arnOf('Queue') },
          },
        ],
      },
    ],
    Clock: [
      'Events::Rule',
      { ScheduleExpression: 'rate(1 hour)', State: 'ENABLED' },
      { ScheduleExpression: 'cron(0 12 * * ? *)', State: 'DISABLED' },
    ],
    Archive: [
      'Events::Archive',
      { ArchiveName: 'kept', SourceArn: arnOf('Bus'), RetentionDays: 10, Description: 'one' },
      { ArchiveName: 'kept', SourceArn: arnOf('Bus'), RetentionDays: 20, EventPattern: { source: ['a'] } },
    ],
    Connection: [
      'Events::Connection',
      {
        Name: 'c',
        AuthorizationType: 'API_KEY',
        AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'k', ApiKeyValue: 'v' } },
      },
      {
        Name: 'c',
        Description: 'basic',
        AuthorizationType: 'BASIC',
        AuthParameters: { BasicAuthParameters: { Username: 'u', Password: 'p' } },
      },
      { unseen: ['AuthParameters'] },
    ],
    Destination: [
      'Events::ApiDestination',
      {
        Name: 'd',
        ConnectionArn: arnOf('Connection'),
        HttpMethod: 'POST',
        InvocationEndpoint: 'https://a.example.com/',
      },
      {
        Name: 'd',
        ConnectionArn: arnOf('Connection'),
        HttpMethod: 'PUT',
        InvocationEndpoint: 'https://b.example.com/',
        InvocationRateLimitPerSecond: 5,
      },
    ],
  }));

test('secrets, parameters, repositories', () =>
  changes({
    Key: ['KMS::Key', {}],
    Secret: [
      'SecretsManager::Secret',
      { Name: 's', Description: 'one', SecretString: 'a', Tags: tags('a=1') },
      { Name: 's', SecretString: 'b', KmsKeyId: arnOf('Key'), Tags: tags('b=1') },
      { unseen: ['SecretString'] },
    ],
    SecretPolicy: [
      'SecretsManager::ResourcePolicy',
      { SecretId: { Ref: 'Secret' }, ResourcePolicy: own('secretsmanager:GetSecretValue', '*') },
      { SecretId: { Ref: 'Secret' }, ResourcePolicy: own('secretsmanager:DescribeSecret', '*') },
    ],
    Parameter: [
      'SSM::Parameter',
      { Name: '/p', Type: 'String', Value: 'a', Description: 'one', AllowedPattern: '[a-z]', Tags: { a: '1' } },
      { Name: '/p', Type: 'String', Value: 'b', Tier: 'Advanced', Tags: { b: '1' } },
      { unseen: ['Description', 'AllowedPattern'] },
    ],
    List: ['SSM::Parameter', { Type: 'StringList', Value: 'a,b' }, { Type: 'StringList', Value: 'c' }],
    Repository: [
      'ECR::Repository',
      {
        RepositoryName: 'images',
        ImageTagMutability: 'IMMUTABLE',
        LifecyclePolicy: {
          LifecyclePolicyText: JSON.stringify({
            rules: [
              {
                rulePriority: 1,
                selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 3 },
                action: { type: 'expire' },
              },
            ],
          }),
        },
        Tags: tags('a=1'),
      },
      {
        RepositoryName: 'images',
        ImageTagMutability: 'MUTABLE',
        ImageScanningConfiguration: { ScanOnPush: true },
        RepositoryPolicyText: policy({ Principal: '*', Action: 'ecr:BatchGetImage' }),
        Tags: tags('b=1'),
      },
    ],
  }));
