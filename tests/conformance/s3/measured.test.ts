/** Refusals as they were measured at AWS in 2026. Source: badmintoncryer/cdk-preflight, radkawar/stackd. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  PutBucketAccelerateConfigurationCommand,
  PutBucketAnalyticsConfigurationCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketIntelligentTieringConfigurationCommand,
  PutBucketInventoryConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketMetricsConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketReplicationCommand,
  type ReplicationRule,
  type Tiering,
  type Transition,
} from '@aws-sdk/client-s3';
import { CreateAccessPointCommand } from '@aws-sdk/client-s3-control';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { failure, startTestCloud } from '../../support/cloud.ts';
import { expectRefusals } from '../cloudformation/stacks.ts';
import { controlOf } from '../s3-control/setup.ts';
import { makeBucket } from './replications.ts';
import { clientOf, startS3 } from './setup.ts';

const Bucket = 'measured-2026';
const ACCOUNT = '123456789012';
const Role = `arn:aws:iam::${ACCOUNT}:role/replicator`;
const MINUTES = { Minutes: 15 };
const ON = { Status: 'Enabled' } as const;

const lifecycle = (rule: object) =>
  new PutBucketLifecycleConfigurationCommand({
    Bucket,
    LifecycleConfiguration: { Rules: [{ Filter: { Prefix: '' }, Status: 'Enabled', ...rule }] },
  });
const moves = (...Transitions: Transition[]) => lifecycle({ Transitions });
const replication = (more: Partial<ReplicationRule>, role = Role, ...others: ReplicationRule[]) =>
  new PutBucketReplicationCommand({
    Bucket,
    ReplicationConfiguration: { Role: role, Rules: [{ ...RULE, ...more }, ...others] },
  });
const RULE: ReplicationRule = {
  Status: 'Enabled',
  Priority: 1,
  Filter: {},
  DeleteMarkerReplication: { Status: 'Disabled' },
  Destination: { Bucket: 'arn:aws:s3:::copies-2026' },
};
const destination = (more: object) => replication({ Destination: { Bucket: 'arn:aws:s3:::copies-2026', ...more } });
const tiering = (Tierings: Tiering[], Filter?: object, Id = 'a') =>
  new PutBucketIntelligentTieringConfigurationCommand({
    Bucket,
    Id,
    IntelligentTieringConfiguration: { Id, Status: 'Enabled', Tierings, ...(Filter !== undefined && { Filter }) },
  });
const archive = (Days: number): Tiering => ({ AccessTier: 'ARCHIVE_ACCESS', Days });
const analytics = (Filter?: object, Id = 'a') =>
  new PutBucketAnalyticsConfigurationCommand({
    Bucket,
    Id,
    AnalyticsConfiguration: { Id, StorageClassAnalysis: {}, ...(Filter !== undefined && { Filter: Filter as never }) },
  });
const metrics = (Filter: object) =>
  new PutBucketMetricsConfigurationCommand({
    Bucket,
    Id: 'a',
    MetricsConfiguration: { Id: 'a', Filter: Filter as never },
  });
const inventory = (place: object, Id = 'a') =>
  new PutBucketInventoryConfigurationCommand({
    Bucket,
    Id: 'a',
    InventoryConfiguration: {
      Id,
      IsEnabled: true,
      IncludedObjectVersions: 'All',
      Schedule: { Frequency: 'Daily' },
      Destination: { S3BucketDestination: { Bucket: 'arn:aws:s3:::copies-2026', Format: 'CSV', ...place } },
    },
  });
const queues = (...asked: { QueueArn: string; Filter?: object; Id?: string }[]) =>
  new PutBucketNotificationConfigurationCommand({
    Bucket,
    NotificationConfiguration: {
      QueueConfigurations: asked.map((one) => ({ ...one, Events: ['s3:ObjectCreated:*'] })),
    },
  });
const QueueArn = `arn:aws:sqs:us-east-1:${ACCOUNT}:jobs`;
const keys = (...FilterRules: { Name: string; Value: string }[]) => ({ Filter: { Key: { FilterRules } } });
const preset = (SSEAlgorithm: 'AES256', KMSMasterKeyID: string) =>
  new PutBucketEncryptionCommand({
    Bucket,
    ServerSideEncryptionConfiguration: {
      Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm, KMSMasterKeyID } }],
    },
  });

const LIFECYCLES = [
  [
    moves({ Days: 90, StorageClass: 'STANDARD_IA' }, { Days: 89, StorageClass: 'GLACIER' }),
    "InvalidArgument: 'Days' in the 'Transition' action for StorageClass 'GLACIER' for filter '(prefix=)' must be greater than 'Days' in the 'Transition' action for StorageClass 'STANDARD_IA'",
  ],
  [
    moves({ Days: 30, StorageClass: 'GLACIER_IR' }, { Days: 119, StorageClass: 'DEEP_ARCHIVE' }),
    "InvalidArgument: 'Days' in the 'Transition' action for StorageClass 'DEEP_ARCHIVE' for filter '(prefix=)' must be 90 days more than 'filter '(prefix=)'' in the 'Transition' action for StorageClass 'GLACIER_IR'",
  ],
  [
    lifecycle({
      Filter: {},
      Transitions: [
        { Days: 1, StorageClass: 'GLACIER' },
        { Days: 2, StorageClass: 'DEEP_ARCHIVE' },
      ],
    }),
    "InvalidArgument: 'Days' in the 'Transition' action for StorageClass 'DEEP_ARCHIVE' for filter '()' must be 90 days more than 'filter '()'' in the 'Transition' action for StorageClass 'GLACIER'",
  ],
  [
    lifecycle({ Expiration: { Days: 1 }, Filter: { Tag: { Key: 'k'.repeat(129), Value: '' } } }),
    "InvalidRequest: A Tag's Key must be a length between 1 and 128.",
  ],
  [
    lifecycle({ Expiration: { Days: 1 }, Filter: { Tag: { Key: 'k', Value: 'v'.repeat(257) } } }),
    "InvalidRequest: A Tag's Value must be a length between 0 and 256.",
  ],
] as const;

const REPLICATIONS = [
  [replication({}, 'replicator'), 'InvalidArgument: Invalid Role specified in replication configuration'],
  [
    replication({}, `arn:aws:iam::${ACCOUNT}:user/replicator`),
    'InvalidArgument: The relative id should start with role',
  ],
  [replication({ ID: 'x'.repeat(256) }), 'InvalidArgument: Rule Id cannot be greater than 255'],
  [replication({ ID: 'one' }, Role, { ...RULE, ID: 'one', Priority: 2 }), 'InvalidArgument: Rule Id must be unique'],
  [replication({}, Role, RULE), 'InvalidRequest: Found duplicate priority 1.'],
  [replication({ Priority: -1 }), 'InvalidRequest: Priority must be between 0 and 2147483647.'],
  [replication({ SourceSelectionCriteria: {} }), 'InvalidRequest: SourceSelectionCriteria cannot be empty.'],
  [
    replication({ SourceSelectionCriteria: { SseKmsEncryptedObjects: ON } }),
    'InvalidRequest: ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.',
  ],
  [
    replication({
      SourceSelectionCriteria: { SseKmsEncryptedObjects: ON },
      Destination: {
        ...RULE.Destination,
        Bucket: 'arn:aws:s3:::copies-2026',
        EncryptionConfiguration: { ReplicaKmsKeyID: 'k' },
      },
    }),
    'InvalidArgument: Invalid ReplicaKmsKeyID ARN.',
  ],
  [
    destination({ ReplicationTime: { ...ON, Time: MINUTES } }),
    'InvalidRequest: Replication destination must contain both ReplicationTime and Metrics or neither.',
  ],
  [
    destination({ ReplicationTime: { ...ON, Time: { Minutes: 14 } }, Metrics: { ...ON, EventThreshold: MINUTES } }),
    'InvalidArgument: Invalid time minute value',
  ],
  [
    destination({ ReplicationTime: { ...ON, Time: MINUTES }, Metrics: ON }),
    'InvalidArgument: ReplicationMetrics must contain an event threshold',
  ],
  [
    destination({ Metrics: { ...ON, EventThreshold: MINUTES } }),
    'InvalidArgument: Metrics cannot contain an event threshold when ReplicationTime is not specified or Disabled',
  ],
  [
    destination({ AccessControlTranslation: { Owner: 'Destination' } }),
    'InvalidRequest: Account must be specified if the Owner in AccessControlTranslation has a value',
  ],
  [destination({ Bucket: 'copies-2026' }), 'InvalidArgument: Invalid bucket ARN'],
] as const;

const TAGS = [
  { Key: 'a', Value: '1' },
  { Key: 'a', Value: '2' },
];
const NAMED = [
  [
    tiering([archive(90), archive(91)]),
    'InvalidAccessTier: All Access Tiers in a configuration must be unique. Found duplicate entry for ARCHIVE_ACCESS.',
  ],
  [
    tiering([archive(180), { AccessTier: 'DEEP_ARCHIVE_ACCESS', Days: 180 }]),
    'InvalidAccessTier: Days specified in DEEP_ARCHIVE_ACCESS should be greater than days specified in ARCHIVE_ACCESS',
  ],
  [tiering([archive(89)]), 'InvalidAccessTier: Days specified in ARCHIVE_ACCESS tier should not be less than 90.'],
  [tiering([archive(731)]), 'InvalidAccessTier: Days specified in ARCHIVE_ACCESS tier should not be more than 730.'],
  [
    tiering([archive(90)], undefined, 'a/b'),
    'InvalidConfigId: Config Id does not match the pattern ^[a-zA-Z0-9\\-_.]+$',
  ],
  [
    tiering([archive(90)], undefined, 'x'.repeat(65)),
    'InvalidConfigId: Config Id should be more than 1 character and less than 64 characters in length.',
  ],
  [
    tiering([archive(90)], { And: { Prefix: 'a' } }),
    'InvalidAnd: Number of Prefixes and Tags combined cannot be less than 2. And cannot contain less than 2 elements.',
  ],
  [
    tiering([archive(90)], { And: { Tags: TAGS } }),
    'InvalidAnd: All Tag Keys in an And must be unique. Found duplicate entry for a.',
  ],
  [
    tiering([archive(90)], { Prefix: '' }),
    'InvalidPrefix: Filter Prefix should be set to a valid non-empty value or not set at all.',
  ],
  [
    analytics(undefined, 'x'.repeat(65)),
    'InvalidConfigId: Config Id should not be more than 1 char and less than 64 chars in length',
  ],
  [
    analytics({ And: { Prefix: 'a' } }),
    'InvalidAnd: Number of tags should not be less than 1 and more than 10 within And. And cannot contain less than 2 elements.',
  ],
  [analytics({ Tag: { Key: 'a', Value: '' } }), 'InvalidTag: Tag Value cannot be empty or longer than 256 chars.'],
  [analytics({ Tag: { Key: 'a?', Value: 'b' } }), 'InvalidTag: Tag Key contains invalid characters.'],
  [metrics({ Prefix: '' }), /^MalformedXML: /],
  [inventory({}, 'b'), 'IdMismatch: The ID in the configuration does not match the ID in the request.'],
  [inventory({ Bucket: 'copies-2026' }), 'InvalidS3DestinationBucket: The S3 destination bucket is invalid.'],
  [inventory({ Encryption: { SSEKMS: { KeyId: 'k' } } }), 'InvalidKmskeyId: The KMS key ID is invalid.'],
] as const;

const OTHERS = [
  [
    new CreateBucketCommand({ Bucket: 'amzn-s3-demo-a' }),
    'AccessDenied: The requested bucket name starts with a reserved prefix',
  ],
  [queues({ QueueArn: `${QueueArn}.fifo` }), 'InvalidArgument: FIFO SQS queues are not supported.'],
  [
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: {
        TopicConfigurations: [{ TopicArn: `arn:aws:sns:us-east-1:${ACCOUNT}:t.fifo`, Events: ['s3:ObjectCreated:*'] }],
      },
    }),
    'InvalidArgument: The ARN failed to satisfy constraint: Member must satisfy regular expression pattern: ^arn:aws[\\p{Alpha}\\-]*:sns:[\\p{Alnum}\\-]+:[\\p{Digit}]{12}:[\\p{Alnum}\\-_]{1,256}$',
  ],
  [
    queues({ QueueArn }, { QueueArn }),
    'InvalidArgument: Configurations overlap. Configurations on the same bucket cannot share a common event type.',
  ],
  [
    queues({ QueueArn }, { QueueArn, ...keys({ Name: 'prefix', Value: 'a' }) }),
    'InvalidArgument: Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.',
  ],
  [
    queues({ QueueArn, ...keys({ Name: 'suffix', Value: 'a' }, { Name: 'suffix', Value: 'b' }) }),
    'InvalidArgument: Cannot specify more than one suffix rule in a filter.',
  ],
  [
    queues({ QueueArn, ...keys({ Name: 'suffix', Value: 'a'.repeat(1_025) }) }),
    'InvalidArgument: Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation',
  ],
  [queues({ QueueArn, Id: 'x'.repeat(256) }), 'InvalidArgument: ID length exceeded allowed limit of 255'],
  [
    preset('AES256', 'key'),
    'InvalidArgument: a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
  ],
  [
    new PutBucketCorsCommand({
      Bucket,
      CORSConfiguration: {
        CORSRules: Array.from({ length: 101 }, () => ({ AllowedMethods: ['GET'], AllowedOrigins: ['*'] })),
      },
    }),
    'InvalidRequest: The number of CORS rules should not exceed allowed limit of 100 rules.',
  ],
  [
    new PutBucketLoggingCommand({
      Bucket,
      BucketLoggingStatus: { LoggingEnabled: { TargetBucket: 'far-2026', TargetPrefix: '' } },
    }),
    'CrossLocationLoggingProhibitted: Cross S3 location logging not allowed. ',
  ],
  [
    new PutBucketAccelerateConfigurationCommand({ Bucket, AccelerateConfiguration: {} }),
    'IllegalAccelerateConfigurationException: The Accelerate element must be specified',
  ],
] as const;

test('S3 refuses what AWS does, in its words', async () => {
  await using cloud = await startS3();
  const { s3 } = cloud;
  await makeBucket(s3, Bucket);
  await makeBucket(s3, 'copies-2026');
  await makeBucket(clientOf(cloud, ACCOUNT, { region: 'eu-west-1' }), 'far-2026');
  await cloud.client(SQSClient).send(new CreateQueueCommand({ QueueName: 'jobs' }));
  // Since 2026 S3 asks for no 30 days before infrequent access.
  await s3.send(moves({ Days: 5, StorageClass: 'STANDARD_IA' }));
  for (const [command, said] of [...LIFECYCLES, ...REPLICATIONS, ...NAMED, ...OTHERS]) {
    const { name, message } = await failure(s3.send(command as never));
    if (typeof said === 'string') assert.equal(`${name}: ${message}`, said);
    else assert.match(`${name}: ${message}`, said);
  }
});

test('S3 Control refuses access points as AWS does', async () => {
  await using cloud = await startS3();
  await makeBucket(cloud.s3, Bucket);
  await makeBucket(clientOf(cloud, ACCOUNT, { region: 'eu-west-1' }), 'far-2026');
  const control = controlOf(cloud);
  for (const [input, said] of [
    [{ Name: 'a-s3alias' }, 'Your Amazon S3 AccessPoint name is invalid'],
    [{ Bucket: 'nowhere-2026' }, 'Amazon S3 AccessPoint can only be created for existing bucket'],
    [{ Bucket: 'far-2026' }, 'Amazon S3 AccessPoint can only be created for bucket in the same region'],
    [
      { BucketAccountId: '210987654321' },
      'BucketAccountId parameter should be same as the AWS Account Id of bucket owner',
    ],
  ] as const) {
    const point = { AccountId: ACCOUNT, Name: 'point', Bucket, ...input };
    const { name, message } = await failure(control.send(new CreateAccessPointCommand(point)));
    assert.deepEqual([name, message], ['InvalidRequest', said]);
  }
});

const rule = (more: object) => ({ LifecycleConfiguration: { Rules: [{ Status: 'Enabled', Prefix: 'a', ...more }] } });
const website = (more: object) => ({ WebsiteConfiguration: more });
const route = (RedirectRule: object, more: object = {}) =>
  website({ IndexDocument: 'index.html', RoutingRules: [{ RedirectRule, ...more }] });
const DAYS = { TransitionInDays: 1, StorageClass: 'GLACIER' };

test('templates of buckets are refused as AWS does', async () => {
  await using cloud = await startTestCloud();
  await expectRefusals(cloud, 'AWS::S3::Bucket', {}, [
    [{ BucketName: 'a..b' }, 'Bucket name should not contain two adjacent periods'],
    [{ BucketName: '192.168.0.1' }, 'Bucket name must not be formatted as an IP Address'],
    [{ BucketName: 'a--x-s3' }, 'Unrecognized S3Express bucket name format.'],
    [
      rule({}),
      'Invalid request provided: At least one of [ExpirationDate,ExpirationInDays,AbortIncompleteMultipartUpload,Transition,Transitions,NoncurrentVersionExpirationInDays,NoncurrentVersionTransition,NoncurrentVersionTransitions,NoncurrentVersionExpiration,ExpiredObjectDeleteMarker] needs to be specified',
    ],
    [
      rule({ Transition: DAYS, Transitions: [DAYS] }),
      'Invalid request provided: Both Transition and Transitions cannot be specified',
    ],
    [
      { ReplicationConfiguration: { Role, Rules: [{ Status: 'Enabled', Prefix: '', Destination: RULE.Destination }] } },
      "Invalid request provided: VersioningConfiguration Status must be 'Enabled' to specify ReplicationConfiguration",
    ],
    [
      website({ RedirectAllRequestsTo: { HostName: 'a' }, IndexDocument: 'b' }),
      '[IndexDocument, ErrorDocument, RoutingRules] should not be specified if RedirectAllRequestsTo is specified',
    ],
    [
      website({ RoutingRules: [{ RedirectRule: { HostName: 'a' } }] }),
      'Invalid request provided: Property IndexDocument cannot be empty.',
    ],
    [
      route({}),
      'Invalid request provided: At least one of [HostName,HttpRedirectCode,Protocol,ReplaceKeyPrefixWith,ReplaceKeyWith] needs to be specified',
    ],
    [
      route({ ReplaceKeyWith: 'a', ReplaceKeyPrefixWith: 'b' }),
      'Invalid request provided: Both ReplaceKeyWith and ReplaceKeyPrefixWith cannot be specified',
    ],
    [
      route({ HostName: 'a' }, { RoutingRuleCondition: {} }),
      'Invalid request provided: At least one of [HttpErrorCodeReturnedEquals,KeyPrefixEquals] needs to be specified',
    ],
  ]);
  const place = { LocationName: 'use1-az4', DataRedundancy: 'SingleAvailabilityZone' };
  await expectRefusals(cloud, 'AWS::S3Express::DirectoryBucket', place, [
    [
      rule({}),
      'Invalid request provided: At least one of [ExpirationInDays,AbortIncompleteMultipartUpload] needs to be specified',
    ],
    [{ BucketName: 'b--use1-az5--x-s3' }, 'Invalid Name value for Location configuration.'],
    [
      { BucketEncryption: { ServerSideEncryptionConfiguration: [kms('alias/a')] } },
      'Key aliases are not implemented for this bucket.',
      'NotImplemented',
    ],
    [
      { BucketEncryption: { ServerSideEncryptionConfiguration: [{ ...kms('a'), BucketKeyEnabled: false }] } },
      'S3 Bucket Keys are enabled by default for directory buckets and must be set to true for server-side encryption with AWS KMS (SSE-KMS)',
    ],
  ]);
});

const kms = (KMSMasterKeyID: string) => ({
  ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID },
});
