/** Identities, keys, queues, buckets, tables: each property that can change does, and changes back. */
import { test } from 'node:test';
import { arnOf, changes, policy, tags } from './changes.ts';

const may = (Action: string) => policy({ Action, Resource: '*' });
const trusts = (Service: string) => policy({ Principal: { Service }, Action: 'sts:AssumeRole' });
const everybody = (Action: string, Resource: unknown = '*') => policy({ Principal: '*', Action, Resource });
const READ_ONLY = 'arn:aws:iam::aws:policy/ReadOnlyAccess';

test('IAM', () =>
  changes({
    Managed: [
      'IAM::ManagedPolicy',
      { PolicyDocument: may('sqs:*'), Users: [{ Ref: 'Other' }] },
      { PolicyDocument: may('sns:*'), Users: [{ Ref: 'User' }], Groups: [{ Ref: 'Group' }], Roles: [{ Ref: 'Role' }] },
    ],
    User: [
      'IAM::User',
      { Path: '/a/', LoginProfile: { Password: 'Long-enough-1!' }, Tags: tags('a=1', 'b=2') },
      {
        Path: '/b/',
        LoginProfile: { Password: 'Long-enough-2!', PasswordResetRequired: true },
        PermissionsBoundary: READ_ONLY,
        ManagedPolicyArns: [READ_ONLY],
        Policies: [{ PolicyName: 'own', PolicyDocument: may('s3:*') }],
        Groups: [{ Ref: 'Group' }],
        Tags: tags('a=2'),
      },
      { unseen: ['LoginProfile'] },
    ],
    Other: ['IAM::User', { PermissionsBoundary: READ_ONLY }, {}],
    Group: [
      'IAM::Group',
      { Path: '/a/', Policies: [{ PolicyName: 'one', PolicyDocument: may('s3:*') }] },
      { Path: '/b/', ManagedPolicyArns: [READ_ONLY], Policies: [{ PolicyName: 'two', PolicyDocument: may('s3:*') }] },
    ],
    Members: [
      'IAM::UserToGroupAddition',
      { GroupName: { Ref: 'Group' }, Users: [{ Ref: 'Other' }] },
      { GroupName: { Ref: 'Group' }, Users: [{ Ref: 'User' }] },
    ],
    Role: [
      'IAM::Role',
      { AssumeRolePolicyDocument: trusts('lambda.amazonaws.com'), Description: 'one', Tags: tags('a=1') },
      {
        AssumeRolePolicyDocument: trusts('sns.amazonaws.com'),
        MaxSessionDuration: 7_200,
        PermissionsBoundary: READ_ONLY,
        ManagedPolicyArns: [READ_ONLY],
        Policies: [{ PolicyName: 'own', PolicyDocument: may('s3:*') }],
        Tags: tags('b=1'),
      },
    ],
    Inline: [
      'IAM::Policy',
      { PolicyName: 'inline', PolicyDocument: may('kms:*'), Roles: [{ Ref: 'Role' }] },
      { PolicyName: 'inline', PolicyDocument: may('ssm:*'), Users: [{ Ref: 'User' }], Groups: [{ Ref: 'Group' }] },
    ],
    OfRole: [
      'IAM::RolePolicy',
      { PolicyName: 'more', RoleName: { Ref: 'Role' }, PolicyDocument: may('kms:*') },
      { PolicyName: 'more', RoleName: { Ref: 'Role' }, PolicyDocument: may('ssm:*') },
    ],
    OfUser: [
      'IAM::UserPolicy',
      { PolicyName: 'more', UserName: { Ref: 'User' }, PolicyDocument: may('kms:*') },
      { PolicyName: 'more', UserName: { Ref: 'Other' }, PolicyDocument: may('kms:*') },
    ],
    OfGroup: [
      'IAM::GroupPolicy',
      { PolicyName: 'more', GroupName: { Ref: 'Group' }, PolicyDocument: may('kms:*') },
      { PolicyName: 'rest', GroupName: { Ref: 'Group' }, PolicyDocument: may('kms:*') },
    ],
    Key: [
      'IAM::AccessKey',
      { UserName: { Ref: 'Other' }, Status: 'Inactive' },
      { UserName: { Ref: 'Other' }, Status: 'Active' },
    ],
    Profile: [
      'IAM::InstanceProfile',
      { Path: '/a/', Roles: [{ Ref: 'Role' }] },
      { Path: '/a/', Roles: [{ Ref: 'Second' }] },
    ],
    Second: ['IAM::Role', { AssumeRolePolicyDocument: trusts('ec2.amazonaws.com') }],
    Linked: [
      'IAM::ServiceLinkedRole',
      { AWSServiceName: 'ops.apigateway.amazonaws.com', Description: 'one' },
      { AWSServiceName: 'ops.apigateway.amazonaws.com', Description: 'two' },
    ],
    Oidc: [
      'IAM::OIDCProvider',
      { Url: 'https://id.example.com', ClientIdList: ['a', 'b'], ThumbprintList: ['a'.repeat(40)], Tags: tags('a=1') },
      { Url: 'https://id.example.com', ClientIdList: ['b', 'c'], ThumbprintList: ['b'.repeat(40)], Tags: tags('b=1') },
    ],
    Device: [
      'IAM::VirtualMFADevice',
      { VirtualMfaDeviceName: 'phone', Users: [], Tags: tags('a=1', 'b=2') },
      { VirtualMfaDeviceName: 'phone', Users: [], Tags: tags('a=2') },
    ],
  }));

test('KMS', () =>
  changes({
    Key: [
      'KMS::Key',
      { Description: 'one', EnableKeyRotation: true, RotationPeriodInDays: 90, Tags: tags('a=1') },
      {
        Description: 'two',
        EnableKeyRotation: true,
        RotationPeriodInDays: 180,
        KeyPolicy: policy({ Principal: { AWS: '123456789012' }, Action: 'kms:*', Resource: '*' }),
        Tags: tags('b=1'),
      },
    ],
    Off: ['KMS::Key', { Enabled: false }, { Enabled: true, EnableKeyRotation: true }],
    Signing: [
      'KMS::Key',
      { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', Description: 'a' },
      { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', Description: 'b', Enabled: false },
    ],
    Alias: [
      'KMS::Alias',
      { AliasName: 'alias/one', TargetKeyId: { Ref: 'Key' } },
      { AliasName: 'alias/one', TargetKeyId: arnOf('Off') },
    ],
  }));

test('SQS', () =>
  changes({
    Dead: [
      'SQS::Queue',
      {},
      {
        RedriveAllowPolicy: {
          redrivePermission: 'byQueue',
          sourceQueueArns: ['arn:aws:sqs:us-east-1:123456789012:jobs'],
        },
      },
    ],
    Queue: [
      'SQS::Queue',
      { QueueName: 'jobs', VisibilityTimeout: 60, DelaySeconds: 5, KmsMasterKeyId: 'alias/aws/sqs', Tags: tags('a=1') },
      {
        QueueName: 'jobs',
        MessageRetentionPeriod: 3_600,
        MaximumMessageSize: 2_048,
        ReceiveMessageWaitTimeSeconds: 20,
        RedrivePolicy: { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount: 3 },
        SqsManagedSseEnabled: false,
        Tags: tags('b=1'),
      },
    ],
    Fifo: [
      'SQS::Queue',
      { FifoQueue: true, ContentBasedDeduplication: true },
      {
        FifoQueue: true,
        ContentBasedDeduplication: false,
        DeduplicationScope: 'messageGroup',
        FifoThroughputLimit: 'perMessageGroupId',
      },
    ],
    Policy: [
      'SQS::QueuePolicy',
      { Queues: [{ Ref: 'Queue' }, { Ref: 'Dead' }], PolicyDocument: everybody('sqs:SendMessage', arnOf('Queue')) },
      { Queues: [{ Ref: 'Dead' }], PolicyDocument: everybody('sqs:ReceiveMessage', arnOf('Dead')) },
    ],
    Inline: [
      'SQS::QueueInlinePolicy',
      { Queue: { Ref: 'Fifo' }, PolicyDocument: everybody('sqs:SendMessage', arnOf('Fifo')) },
      { Queue: { Ref: 'Fifo' }, PolicyDocument: everybody('sqs:ReceiveMessage', arnOf('Fifo')) },
    ],
  }));

test('S3', () =>
  changes({
    Logs: ['S3::Bucket', { OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' }] } }],
    Jobs: ['SQS::Queue', { QueueName: 'jobs' }],
    JobsPolicy: [
      'SQS::QueuePolicy',
      { Queues: [{ Ref: 'Jobs' }], PolicyDocument: everybody('sqs:SendMessage', arnOf('Jobs')) },
    ],
    Key: ['KMS::Key', {}],
    Bucket: [
      'S3::Bucket',
      {
        VersioningConfiguration: { Status: 'Enabled' },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        LifecycleConfiguration: {
          Rules: [
            { Id: 'old', Status: 'Enabled', ExpirationInDays: 30, NoncurrentVersionExpiration: { NoncurrentDays: 3 } },
          ],
        },
        CorsConfiguration: { CorsRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }] },
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true },
        Tags: tags('a=1'),
      },
      {
        VersioningConfiguration: { Status: 'Suspended' },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            {
              BucketKeyEnabled: true,
              ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: arnOf('Key') },
            },
          ],
        },
        LifecycleConfiguration: {
          Rules: [
            {
              Id: 'move',
              Prefix: 'a/',
              Status: 'Enabled',
              Transitions: [{ StorageClass: 'GLACIER', TransitionInDays: 40 }],
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
            },
          ],
        },
        WebsiteConfiguration: { IndexDocument: 'index.html', ErrorDocument: 'error.html' },
        LoggingConfiguration: { DestinationBucketName: { Ref: 'Logs' }, LogFilePrefix: 'log/' },
        NotificationConfiguration: { QueueConfigurations: [{ Event: 's3:ObjectCreated:*', Queue: arnOf('Jobs') }] },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] },
        AccelerateConfiguration: { AccelerationStatus: 'Enabled' },
        InventoryConfigurations: [
          {
            Id: 'all',
            Enabled: true,
            IncludedObjectVersions: 'All',
            ScheduleFrequency: 'Daily',
            Destination: { BucketArn: arnOf('Logs'), Format: 'CSV' },
          },
        ],
        IntelligentTieringConfigurations: [
          { Id: 'cold', Status: 'Enabled', Tierings: [{ AccessTier: 'ARCHIVE_ACCESS', Days: 90 }] },
        ],
        MetricsConfigurations: [{ Id: 'all' }],
        AnalyticsConfigurations: [{ Id: 'all', Prefix: 'in/', StorageClassAnalysis: {} }],
        Tags: tags('b=1'),
      },
    ],
    Policy: [
      'S3::BucketPolicy',
      {
        Bucket: { Ref: 'Bucket' },
        PolicyDocument: policy({ Principal: { AWS: '123456789012' }, Action: 's3:*', Resource: arnOf('Bucket') }),
      },
      {
        Bucket: { Ref: 'Bucket' },
        PolicyDocument: policy({ Principal: { AWS: '123456789012' }, Action: 's3:List*', Resource: arnOf('Bucket') }),
      },
    ],
    Point: [
      'S3::AccessPoint',
      { Bucket: { Ref: 'Bucket' }, Name: 'door' },
      {
        Bucket: { Ref: 'Bucket' },
        Name: 'door',
        Policy: policy({
          Principal: { AWS: '123456789012' },
          Action: 's3:GetObject',
          Resource: 'arn:aws:s3:us-east-1:123456789012:accesspoint/door/object/*',
        }),
      },
    ],
  }));

const key = (name: string) => ({ KeySchema: [{ AttributeName: name, KeyType: 'HASH' }] });
const text = (...names: string[]) => names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' }));
const index = (name: string) => ({ IndexName: `by-${name}`, ...key(name), Projection: { ProjectionType: 'ALL' } });
const units = (count: number) => ({ ReadCapacityUnits: count, WriteCapacityUnits: count });

test('DynamoDB', () =>
  changes({
    Stream: ['Kinesis::Stream', { ShardCount: 1 }],
    Table: [
      'DynamoDB::Table',
      {
        TableName: 'things',
        ...key('id'),
        AttributeDefinitions: text('id', 'a'),
        ProvisionedThroughput: units(5),
        GlobalSecondaryIndexes: [{ ...index('a'), ProvisionedThroughput: units(2) }],
        StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
        TimeToLiveSpecification: { AttributeName: 'until', Enabled: true },
        Tags: tags('a=1'),
      },
      {
        TableName: 'things',
        ...key('id'),
        AttributeDefinitions: text('id', 'b'),
        BillingMode: 'PAY_PER_REQUEST',
        GlobalSecondaryIndexes: [index('b')],
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
        TableClass: 'STANDARD_INFREQUENT_ACCESS',
        DeletionProtectionEnabled: false,
        ContributorInsightsSpecification: { Enabled: true },
        KinesisStreamSpecification: { StreamArn: arnOf('Stream') },
        ResourcePolicy: {
          PolicyDocument: policy({ Principal: { AWS: '123456789012' }, Action: 'dynamodb:GetItem', Resource: '*' }),
        },
        Tags: tags('b=1'),
      },
    ],
  }));
