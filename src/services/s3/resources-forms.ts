/** What templates say of buckets, in the form of S3's API: CloudFormation has names of its own for much of it. */
import type { LifecycleRule, NotificationConfigurationFilter, ReplicationRule, Tag } from '#models/s3';

export type Rule = {
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
export function given<T extends object>(value: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never;
}

/** One condition stands alone, several stand in an And. */
export function filterOf(
  parts: { Prefix?: string | undefined; TagFilters?: Tag[] | undefined; [name: string]: unknown },
  none: object = {},
) {
  const { TagFilters: Tags = [], ...rest } = given(parts);
  if (Object.keys(rest).length + Tags.length > 1) return { And: { ...rest, ...(Tags.length > 0 && { Tags }) } };
  if (Tags[0] !== undefined) return { Tag: Tags[0] };
  return Object.keys(rest).length === 0 ? none : rest;
}

/** A rule of a lifecycle. */
export function lifecycleRule(rule: Rule): LifecycleRule {
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

export type Inventory = {
  Id: string;
  Enabled: boolean;
  IncludedObjectVersions: 'All' | 'Current';
  ScheduleFrequency: 'Daily' | 'Weekly';
  OptionalFields?: string[];
  Prefix?: string;
  Destination: { BucketArn: string; BucketAccountId?: string; Format: 'CSV' | 'ORC' | 'Parquet'; Prefix?: string };
};

/** A configuration of an inventory. */
export function inventoryOf({ Enabled, ScheduleFrequency, Prefix, Destination, ...rest }: Inventory) {
  const { BucketArn: Bucket, BucketAccountId: AccountId, ...place } = Destination;
  return {
    ...rest,
    IsEnabled: Enabled,
    Schedule: { Frequency: ScheduleFrequency },
    ...(Prefix !== undefined && { Filter: { Prefix } }),
    Destination: { S3BucketDestination: given({ ...place, Bucket, AccountId }) },
  };
}

export type Analysis = {
  DataExport?: {
    OutputSchemaVersion: 'V_1';
    Destination: { BucketArn: string; BucketAccountId?: string; Format: 'CSV'; Prefix?: string };
  };
};

/** What is analysed, as the API takes it. */
export function analysisOf({ DataExport }: Analysis) {
  if (DataExport === undefined) return {};
  const { BucketArn: Bucket, ...place } = DataExport.Destination;
  return { DataExport: { ...DataExport, Destination: { S3BucketDestination: { ...place, Bucket } } } };
}

type Listener = { Event: string; Filter?: { S3Key: { Rules: { Name: string; Value: string }[] } } };
export type Notifications = {
  EventBridgeConfiguration?: { EventBridgeEnabled: boolean };
  LambdaConfigurations?: (Listener & { Function: string })[];
  QueueConfigurations?: (Listener & { Queue: string })[];
  TopicConfigurations?: (Listener & { Topic: string })[];
};

const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1).toLowerCase();

function heard({ Event, Filter }: Listener) {
  const filter: NotificationConfigurationFilter | undefined = Filter && {
    // S3 says `Prefix` and `Suffix`, however they were written.
    Key: { FilterRules: Filter.S3Key.Rules.map(({ Name, Value }) => ({ Name: capital(Name) as 'prefix', Value })) },
  };
  return { Events: [Event as 's3:ObjectCreated:*'], ...(filter !== undefined && { Filter: filter }) };
}

/** Who is told of what. */
export function notificationsOf(value: Notifications) {
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

export type Replication = { Role: string; Rules: ReplicationInput[] };
type ReplicationInput = {
  Id?: string;
  Filter?: { Prefix?: string; TagFilter?: Tag; And?: { Prefix?: string; TagFilters?: Tag[] } };
  [name: string]: unknown;
};

/** A rule of a replication. */
export function replicationRule({ Id, Filter, ...rest }: ReplicationInput): ReplicationRule {
  const { Prefix, TagFilter: Tag, And } = Filter ?? {};
  const all = And && given({ Prefix: And.Prefix, Tags: And.TagFilters });
  return {
    ...rest,
    ...(Id !== undefined && { ID: Id }),
    ...(Filter !== undefined && { Filter: given({ Prefix, Tag, And: all }) }),
  } as unknown as ReplicationRule;
}

export type Website = {
  IndexDocument?: string;
  ErrorDocument?: string;
  RedirectAllRequestsTo?: object;
  RoutingRules?: { RedirectRule: object; RoutingRuleCondition?: object }[];
};

/** A website. */
export function websiteOf({ IndexDocument, ErrorDocument, RedirectAllRequestsTo, RoutingRules }: Website) {
  return given({
    IndexDocument: IndexDocument === undefined ? undefined : { Suffix: IndexDocument },
    ErrorDocument: ErrorDocument === undefined ? undefined : { Key: ErrorDocument },
    RedirectAllRequestsTo,
    RoutingRules: RoutingRules?.map(({ RedirectRule: Redirect, RoutingRuleCondition: Condition }) =>
      given({ Redirect, Condition }),
    ),
  });
}
