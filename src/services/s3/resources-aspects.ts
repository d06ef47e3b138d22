/** What CloudFormation says of a bucket and how S3's API is told so: CloudFormation has names of its own for much of it. */
import type { Aws } from '#kernel/contract';
import type { LifecycleRule, MetricsFilter, NotificationConfigurationFilter, ReplicationRule, Tag } from '#models/s3';

/** One part of a bucket's template; `set` with undefined takes it away. `before` is what it was. */
export type Aspect = {
  property: string;
  set(Bucket: string, value: unknown, before: unknown, aws: Aws): Promise<unknown>;
};

type Rule = {
  Id?: string;
  Status: 'Enabled' | 'Disabled';
  Prefix?: string;
  TagFilters?: Tag[];
  ObjectSizeGreaterThan?: number;
  ObjectSizeLessThan?: number;
  ExpirationDate?: string;
  ExpirationInDays?: number;
  ExpiredObjectDeleteMarker?: boolean;
  AbortIncompleteMultipartUpload?: { DaysAfterInitiation: number };
  NoncurrentVersionExpiration?: object;
  NoncurrentVersionExpirationInDays?: number;
  NoncurrentVersionTransition?: NoncurrentTransition;
  NoncurrentVersionTransitions?: NoncurrentTransition[];
  Transition?: Transition;
  Transitions?: Transition[];
};
type NoncurrentTransition = { StorageClass: string; TransitionInDays: number; NewerNoncurrentVersions?: number };
type Transition = { StorageClass: string; TransitionInDays?: number; TransitionDate?: string };

/** Without the members that are undefined. */
function given<T extends object>(value: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never;
}

/** One condition stands alone, several stand in an And. */
function filterOf(
  parts: { Prefix?: string | undefined; TagFilters?: Tag[] | undefined; [name: string]: unknown },
  none: object = {},
) {
  const { TagFilters: Tags = [], ...rest } = given(parts);
  if (Object.keys(rest).length + Tags.length > 1) return { And: { ...rest, ...(Tags.length > 0 && { Tags }) } };
  if (Tags[0] !== undefined) return { Tag: Tags[0] };
  return Object.keys(rest).length === 0 ? none : rest;
}

function lifecycleRule(rule: Rule): LifecycleRule {
  const { Id, Status, Prefix, TagFilters, ObjectSizeGreaterThan, ObjectSizeLessThan } = rule;
  const { ExpirationDate, ExpirationInDays, ExpiredObjectDeleteMarker, AbortIncompleteMultipartUpload } = rule;
  const Expiration = given({
    Date: ExpirationDate === undefined ? undefined : Date.parse(ExpirationDate),
    Days: ExpirationInDays,
    ExpiredObjectDeleteMarker,
  });
  const transitions = [...(rule.Transitions ?? []), ...(rule.Transition === undefined ? [] : [rule.Transition])];
  const noncurrent = [
    ...(rule.NoncurrentVersionTransitions ?? []),
    ...(rule.NoncurrentVersionTransition === undefined ? [] : [rule.NoncurrentVersionTransition]),
  ];
  const NoncurrentVersionExpiration =
    rule.NoncurrentVersionExpiration ??
    (rule.NoncurrentVersionExpirationInDays === undefined
      ? undefined
      : { NoncurrentDays: rule.NoncurrentVersionExpirationInDays });
  return given({
    ID: Id,
    Status,
    Filter: filterOf({ Prefix, TagFilters, ObjectSizeGreaterThan, ObjectSizeLessThan }, { Prefix: '' }),
    Expiration: Object.keys(Expiration).length === 0 ? undefined : Expiration,
    Transitions:
      transitions.length === 0
        ? undefined
        : transitions.map(({ StorageClass, TransitionInDays: Days, TransitionDate }) =>
            given({
              StorageClass,
              Days,
              Date: TransitionDate === undefined ? undefined : Date.parse(TransitionDate),
            }),
          ),
    NoncurrentVersionTransitions:
      noncurrent.length === 0
        ? undefined
        : noncurrent.map(({ TransitionInDays: NoncurrentDays, ...rest }) => ({ NoncurrentDays, ...rest })),
    NoncurrentVersionExpiration,
    AbortIncompleteMultipartUpload,
  }) as LifecycleRule;
}

type Inventory = {
  Id: string;
  Enabled: boolean;
  IncludedObjectVersions: 'All' | 'Current';
  ScheduleFrequency: 'Daily' | 'Weekly';
  OptionalFields?: string[];
  Prefix?: string;
  Destination: { BucketArn: string; BucketAccountId?: string; Format: 'CSV' | 'ORC' | 'Parquet'; Prefix?: string };
};

function inventoryOf({ Enabled, ScheduleFrequency, Prefix, Destination, ...rest }: Inventory) {
  const { BucketArn: Bucket, BucketAccountId: AccountId, ...place } = Destination;
  return {
    ...rest,
    IsEnabled: Enabled,
    Schedule: { Frequency: ScheduleFrequency },
    ...(Prefix !== undefined && { Filter: { Prefix } }),
    Destination: { S3BucketDestination: given({ ...place, Bucket, AccountId }) },
  };
}

type Listener = { Event: string; Filter?: { S3Key: { Rules: { Name: string; Value: string }[] } } };
type Notifications = {
  EventBridgeConfiguration?: { EventBridgeEnabled: boolean };
  LambdaConfigurations?: (Listener & { Function: string })[];
  QueueConfigurations?: (Listener & { Queue: string })[];
  TopicConfigurations?: (Listener & { Topic: string })[];
};

function heard({ Event, Filter }: Listener) {
  const filter: NotificationConfigurationFilter | undefined = Filter && {
    Key: { FilterRules: Filter.S3Key.Rules.map(({ Name, Value }) => ({ Name: Name as 'prefix', Value })) },
  };
  return { Events: [Event as 's3:ObjectCreated:*'], ...(filter !== undefined && { Filter: filter }) };
}

function notificationsOf(value: Notifications) {
  const { EventBridgeConfiguration, LambdaConfigurations, QueueConfigurations, TopicConfigurations } = value;
  return given({
    EventBridgeConfiguration: EventBridgeConfiguration?.EventBridgeEnabled === true ? {} : undefined,
    LambdaFunctionConfigurations: LambdaConfigurations?.map((one) => ({
      ...heard(one),
      LambdaFunctionArn: one.Function,
    })),
    QueueConfigurations: QueueConfigurations?.map((one) => ({ ...heard(one), QueueArn: one.Queue })),
    TopicConfigurations: TopicConfigurations?.map((one) => ({ ...heard(one), TopicArn: one.Topic })),
  });
}

type Replication = { Role: string; Rules: ReplicationInput[] };
type ReplicationInput = {
  Id?: string;
  Filter?: { Prefix?: string; TagFilter?: Tag; And?: { Prefix?: string; TagFilters?: Tag[] } };
  [name: string]: unknown;
};

function replicationRule({ Id, Filter, ...rest }: ReplicationInput): ReplicationRule {
  const { Prefix, TagFilter: Tag, And } = Filter ?? {};
  const all = And && given({ Prefix: And.Prefix, Tags: And.TagFilters });
  return {
    ...rest,
    ...(Id !== undefined && { ID: Id }),
    ...(Filter !== undefined && { Filter: given({ Prefix, Tag, And: all }) }),
  } as unknown as ReplicationRule;
}

type Website = {
  IndexDocument?: string;
  ErrorDocument?: string;
  RedirectAllRequestsTo?: object;
  RoutingRules?: { RedirectRule: object; RoutingRuleCondition?: object }[];
};

function websiteOf({ IndexDocument, ErrorDocument, RedirectAllRequestsTo, RoutingRules }: Website) {
  return given({
    IndexDocument: IndexDocument === undefined ? undefined : { Suffix: IndexDocument },
    ErrorDocument: ErrorDocument === undefined ? undefined : { Key: ErrorDocument },
    RedirectAllRequestsTo,
    RoutingRules: RoutingRules?.map(({ RedirectRule: Redirect, RoutingRuleCondition: Condition }) =>
      given({ Redirect, Condition }),
    ),
  });
}

type Logging = { DestinationBucketName?: string; LogFilePrefix?: string; TargetObjectKeyFormat?: object };
type CorsRule = { Id?: string; MaxAge?: number; ExposedHeaders?: string[]; [name: string]: unknown };
type Encryption = { ServerSideEncryptionConfiguration: { ServerSideEncryptionByDefault?: object }[] };
type Tiering = { Id: string; Prefix?: string; TagFilters?: Tag[]; Status: string; Tierings: object[] };
type Measured = { Id: string; Prefix?: string; TagFilters?: Tag[]; AccessPointArn?: string };

/** One configuration: put, or taken away. */
function whole<T>(
  property: string,
  put: (value: T, aws: Aws, Bucket: string) => Promise<unknown>,
  remove: (aws: Aws, Bucket: string) => Promise<unknown>,
): Aspect {
  return {
    property,
    set: (Bucket, value, _, aws) => (value === undefined ? remove(aws, Bucket) : put(value as T, aws, Bucket)),
  };
}

/** Several configurations, each under its id. */
function several<T extends { Id: string }>(
  property: string,
  put: (value: T, aws: Aws, Bucket: string) => Promise<unknown>,
  remove: (Id: string, aws: Aws, Bucket: string) => Promise<unknown>,
): Aspect {
  return {
    property,
    async set(Bucket, value, before, aws) {
      const [wanted, had] = [(value ?? []) as T[], (before ?? []) as T[]];
      for (const one of wanted) await put(one, aws, Bucket);
      for (const { Id } of had) if (!wanted.some((one) => one.Id === Id)) await remove(Id, aws, Bucket);
    },
  };
}

/** In the order in which they must be set: what a later one needs comes first. */
export const ASPECTS: readonly Aspect[] = [
  whole<object>(
    'VersioningConfiguration',
    (value, { s3 }, Bucket) => s3.PutBucketVersioning({ Bucket, VersioningConfiguration: value }),
    ({ s3 }, Bucket) => s3.PutBucketVersioning({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }),
  ),
  whole<Encryption>(
    'BucketEncryption',
    ({ ServerSideEncryptionConfiguration: rules }, { s3 }, Bucket) =>
      s3.PutBucketEncryption({
        Bucket,
        ServerSideEncryptionConfiguration: {
          Rules: rules.map(({ ServerSideEncryptionByDefault: usual, ...rest }) =>
            given({ ...rest, ApplyServerSideEncryptionByDefault: usual as { SSEAlgorithm: 'AES256' } | undefined }),
          ) as never,
        },
      }),
    ({ s3 }, Bucket) => s3.DeleteBucketEncryption({ Bucket }),
  ),
  whole<object>(
    'PublicAccessBlockConfiguration',
    (value, { s3 }, Bucket) => s3.PutPublicAccessBlock({ Bucket, PublicAccessBlockConfiguration: value }),
    ({ s3 }, Bucket) => s3.DeletePublicAccessBlock({ Bucket }),
  ),
  whole<{ Rules: { ObjectOwnership: 'BucketOwnerEnforced' }[] }>(
    'OwnershipControls',
    (value, { s3 }, Bucket) => s3.PutBucketOwnershipControls({ Bucket, OwnershipControls: value }),
    ({ s3 }, Bucket) => s3.DeleteBucketOwnershipControls({ Bucket }),
  ),
  whole<{ ObjectLockEnabled?: 'Enabled' }>(
    'ObjectLockConfiguration',
    (value, { s3 }, Bucket) => s3.PutObjectLockConfiguration({ Bucket, ObjectLockConfiguration: value }),
    ({ s3 }, Bucket) =>
      s3.PutObjectLockConfiguration({ Bucket, ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' } }),
  ),
  whole<{ CorsRules: CorsRule[] }>(
    'CorsConfiguration',
    ({ CorsRules }, { s3 }, Bucket) =>
      s3.PutBucketCors({
        Bucket,
        CORSConfiguration: {
          CORSRules: CorsRules.map(({ Id: ID, MaxAge: MaxAgeSeconds, ExposedHeaders: ExposeHeaders, ...rest }) =>
            given({ ...rest, ID, MaxAgeSeconds, ExposeHeaders }),
          ) as never,
        },
      }),
    ({ s3 }, Bucket) => s3.DeleteBucketCors({ Bucket }),
  ),
  whole<{ Rules: Rule[]; TransitionDefaultMinimumObjectSize?: 'varies_by_storage_class' }>(
    'LifecycleConfiguration',
    ({ Rules, TransitionDefaultMinimumObjectSize }, { s3 }, Bucket) =>
      s3.PutBucketLifecycleConfiguration({
        Bucket,
        LifecycleConfiguration: { Rules: Rules.map(lifecycleRule) },
        ...(TransitionDefaultMinimumObjectSize !== undefined && { TransitionDefaultMinimumObjectSize }),
      }),
    ({ s3 }, Bucket) => s3.DeleteBucketLifecycle({ Bucket }),
  ),
  whole<Logging>(
    'LoggingConfiguration',
    ({ DestinationBucketName, LogFilePrefix, TargetObjectKeyFormat }, { s3 }, Bucket) =>
      s3.PutBucketLogging({
        Bucket,
        BucketLoggingStatus: {
          LoggingEnabled: given({
            TargetBucket: DestinationBucketName ?? Bucket,
            TargetPrefix: LogFilePrefix ?? '',
            TargetObjectKeyFormat,
          }),
        },
      }),
    ({ s3 }, Bucket) => s3.PutBucketLogging({ Bucket, BucketLoggingStatus: {} }),
  ),
  whole<Website>(
    'WebsiteConfiguration',
    (value, { s3 }, Bucket) => s3.PutBucketWebsite({ Bucket, WebsiteConfiguration: websiteOf(value) as never }),
    ({ s3 }, Bucket) => s3.DeleteBucketWebsite({ Bucket }),
  ),
  whole<{ AccelerationStatus: 'Enabled' | 'Suspended' }>(
    'AccelerateConfiguration',
    ({ AccelerationStatus: Status }, { s3 }, Bucket) =>
      s3.PutBucketAccelerateConfiguration({ Bucket, AccelerateConfiguration: { Status } }),
    ({ s3 }, Bucket) =>
      s3.PutBucketAccelerateConfiguration({ Bucket, AccelerateConfiguration: { Status: 'Suspended' } }),
  ),
  whole<string>(
    'AbacStatus',
    (value, { s3 }, Bucket) => s3.PutBucketAbac({ Bucket, AbacStatus: { Status: value as 'Enabled' } }),
    ({ s3 }, Bucket) => s3.PutBucketAbac({ Bucket, AbacStatus: { Status: 'Disabled' } }),
  ),
  whole<Notifications>(
    'NotificationConfiguration',
    (value, { s3 }, Bucket) =>
      s3.PutBucketNotificationConfiguration({ Bucket, NotificationConfiguration: notificationsOf(value) }),
    ({ s3 }, Bucket) => s3.PutBucketNotificationConfiguration({ Bucket, NotificationConfiguration: {} }),
  ),
  whole<Replication>(
    'ReplicationConfiguration',
    ({ Role, Rules }, { s3 }, Bucket) =>
      s3.PutBucketReplication({
        Bucket,
        ReplicationConfiguration: { Role, Rules: Rules.map(replicationRule) },
      }),
    ({ s3 }, Bucket) => s3.DeleteBucketReplication({ Bucket }),
  ),
  several<Inventory>(
    'InventoryConfigurations',
    (one, { s3 }, Bucket) =>
      s3.PutBucketInventoryConfiguration({
        Bucket,
        Id: one.Id,
        InventoryConfiguration: inventoryOf(one) as never,
      }),
    (Id, { s3 }, Bucket) => s3.DeleteBucketInventoryConfiguration({ Bucket, Id }),
  ),
  several<Tiering>(
    'IntelligentTieringConfigurations',
    ({ Id, Prefix, TagFilters, ...rest }, { s3 }, Bucket) => {
      const Filter = filterOf({ Prefix, TagFilters });
      return s3.PutBucketIntelligentTieringConfiguration({
        Bucket,
        Id,
        IntelligentTieringConfiguration: {
          ...rest,
          Id,
          ...(Object.keys(Filter).length > 0 && { Filter }),
        } as never,
      });
    },
    (Id, { s3 }, Bucket) => s3.DeleteBucketIntelligentTieringConfiguration({ Bucket, Id }),
  ),
  several<Measured>(
    'MetricsConfigurations',
    ({ Id, ...conditions }, { s3 }, Bucket) => {
      const Filter = filterOf(conditions) as MetricsFilter;
      return s3.PutBucketMetricsConfiguration({
        Bucket,
        Id,
        MetricsConfiguration: { Id, ...(Object.keys(Filter).length > 0 && { Filter }) },
      });
    },
    (Id, { s3 }, Bucket) => s3.DeleteBucketMetricsConfiguration({ Bucket, Id }),
  ),
];
