/** The parts of a bucket that its template says one by one: how each is set, taken away, and read. */
import { type Aws, ifThere } from '#kernel/contract';
import type { Tag } from '#models/s3';
import {
  type Analysis,
  analysisOf,
  filterOf,
  given,
  type Inventory,
  inventoryOf,
  lifecycleRule,
  type Notifications,
  notificationsOf,
  type Replication,
  type Rule,
  replicationRule,
  type Website,
  websiteOf,
} from './resources-forms.ts';

type S3 = Aws['s3'];

/** One part of a bucket's template. */
export type Aspect = {
  property: string;
  /** `value` undefined takes it away; `before` is what it was. */
  set(Bucket: string, value: unknown, before: unknown, s3: S3): Promise<unknown>;
  /** Whether the bucket has it as the template says; otherwise what it has, in the form of the API. */
  read(Bucket: string, value: unknown, s3: S3): Promise<unknown>;
};

type Logging = { DestinationBucketName?: string; LogFilePrefix?: string; TargetObjectKeyFormat?: object };
type CorsRule = { Id?: string; MaxAge?: number; ExposedHeaders?: string[]; [name: string]: unknown };
type Encryption = { ServerSideEncryptionConfiguration: { ServerSideEncryptionByDefault?: object }[] };
type Tiering = { Id: string; Prefix?: string; TagFilters?: Tag[]; Status: string; Tierings: object[] };
type Analysed = { Id: string; Prefix?: string; TagFilters?: Tag[]; StorageClassAnalysis: Analysis };
type Measured = { Id: string; Prefix?: string; TagFilters?: Tag[]; AccessPointArn?: string };

/** Whether all that was asked for is there; objects may have more, lists may not. */
function holds(asked: unknown, has: unknown): boolean {
  if (Array.isArray(asked))
    return Array.isArray(has) && asked.length === has.length && asked.every((one) => has.some((it) => holds(one, it)));
  if (typeof asked !== 'object' || asked === null) return asked === has;
  if (typeof has !== 'object' || has === null) return false;
  return Object.entries(asked).every(([name, member]) => holds(member, (has as Record<string, unknown>)[name]));
}

type Whole<T> = {
  /** The template's value as the API has it. */
  form(value: T, Bucket: string): object;
  put(s3: S3, Bucket: string, form: never): Promise<unknown>;
  remove(s3: S3, Bucket: string): Promise<unknown>;
  get(s3: S3, Bucket: string): Promise<object | undefined>;
};

/** One configuration: put, or taken away. */
function whole<T>(property: string, { form, put, remove, get }: Whole<T>): Aspect {
  return {
    property,
    set: (Bucket, value, _, s3) =>
      value === undefined ? remove(s3, Bucket) : put(s3, Bucket, form(value as T, Bucket) as never),
    async read(Bucket, value, s3) {
      const has = await get(s3, Bucket);
      // Who asks without a template gets what has the form of one.
      if (value === null) return form === same ? has : value;
      return has !== undefined && holds(form(value as T, Bucket), has) ? value : has;
    },
  };
}

type Several<T> = {
  form(value: T): { Id: string };
  put(s3: S3, Bucket: string, form: never, Id: string): Promise<unknown>;
  remove(s3: S3, Bucket: string, Id: string): Promise<unknown>;
  list(s3: S3, Bucket: string): Promise<readonly object[] | undefined>;
};

/** Several configurations, each under its id. */
function several<T extends { Id: string }>(property: string, { form, put, remove, list }: Several<T>): Aspect {
  return {
    property,
    async set(Bucket, value, before, s3) {
      const [wanted, had] = [(value ?? []) as T[], (before ?? []) as T[]];
      for (const one of wanted) await put(s3, Bucket, form(one) as never, one.Id);
      for (const { Id } of had) if (!wanted.some((one) => one.Id === Id)) await remove(s3, Bucket, Id);
    },
    async read(Bucket, value, s3) {
      if (value === null) return value;
      const has = await list(s3, Bucket);
      return holds((value as T[]).map(form), has ?? []) ? value : has;
    },
  };
}

const same = (value: object) => value;

/** In the order in which they must be set: what a later one needs comes first. */
export const ASPECTS: readonly Aspect[] = [
  whole<object>('VersioningConfiguration', {
    form: same,
    put: (s3, Bucket, VersioningConfiguration) => s3.PutBucketVersioning({ Bucket, VersioningConfiguration }),
    remove: (s3, Bucket) => s3.PutBucketVersioning({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }),
    async get(s3, Bucket) {
      const { Status } = await s3.GetBucketVersioning({ Bucket });
      return Status === undefined ? undefined : { Status };
    },
  }),
  whole<Encryption>('BucketEncryption', {
    form: ({ ServerSideEncryptionConfiguration: rules }) => ({
      Rules: rules.map(({ ServerSideEncryptionByDefault: usual, ...rest }) =>
        given({ ...rest, ApplyServerSideEncryptionByDefault: usual }),
      ),
    }),
    put: (s3, Bucket, form) => s3.PutBucketEncryption({ Bucket, ServerSideEncryptionConfiguration: form }),
    remove: (s3, Bucket) => s3.DeleteBucketEncryption({ Bucket }),
    get: async (s3, Bucket) => (await s3.GetBucketEncryption({ Bucket })).ServerSideEncryptionConfiguration,
  }),
  whole<object>('PublicAccessBlockConfiguration', {
    form: same,
    put: (s3, Bucket, form) => s3.PutPublicAccessBlock({ Bucket, PublicAccessBlockConfiguration: form }),
    remove: (s3, Bucket) => s3.DeletePublicAccessBlock({ Bucket }),
    async get(s3, Bucket) {
      const found = await ifThere('NoSuchPublicAccessBlockConfiguration', s3.GetPublicAccessBlock({ Bucket }));
      return found?.PublicAccessBlockConfiguration;
    },
  }),
  whole<object>('OwnershipControls', {
    form: same,
    put: (s3, Bucket, OwnershipControls) => s3.PutBucketOwnershipControls({ Bucket, OwnershipControls }),
    remove: (s3, Bucket) => s3.DeleteBucketOwnershipControls({ Bucket }),
    async get(s3, Bucket) {
      const found = await ifThere('OwnershipControlsNotFoundError', s3.GetBucketOwnershipControls({ Bucket }));
      return found?.OwnershipControls;
    },
  }),
  whole<object>('ObjectLockConfiguration', {
    form: same,
    put: (s3, Bucket, ObjectLockConfiguration) => s3.PutObjectLockConfiguration({ Bucket, ObjectLockConfiguration }),
    remove: (s3, Bucket) =>
      s3.PutObjectLockConfiguration({ Bucket, ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' } }),
    async get(s3, Bucket) {
      const found = await ifThere('ObjectLockConfigurationNotFoundError', s3.GetObjectLockConfiguration({ Bucket }));
      return found?.ObjectLockConfiguration;
    },
  }),
  whole<{ CorsRules: CorsRule[] }>('CorsConfiguration', {
    form: ({ CorsRules }) => ({
      CORSRules: CorsRules.map(({ Id: ID, MaxAge: MaxAgeSeconds, ExposedHeaders: ExposeHeaders, ...rest }) =>
        given({ ...rest, ID, MaxAgeSeconds, ExposeHeaders }),
      ),
    }),
    put: (s3, Bucket, CORSConfiguration) => s3.PutBucketCors({ Bucket, CORSConfiguration }),
    remove: (s3, Bucket) => s3.DeleteBucketCors({ Bucket }),
    get: (s3, Bucket) => ifThere('NoSuchCORSConfiguration', s3.GetBucketCors({ Bucket })),
  }),
  whole<{ Rules: Rule[]; TransitionDefaultMinimumObjectSize?: string }>('LifecycleConfiguration', {
    form: ({ Rules, TransitionDefaultMinimumObjectSize }) =>
      given({ Rules: Rules.map(lifecycleRule), TransitionDefaultMinimumObjectSize }),
    put: (s3, Bucket, { Rules, ...rest }: { Rules: [] }) =>
      s3.PutBucketLifecycleConfiguration({ Bucket, LifecycleConfiguration: { Rules }, ...rest }),
    remove: (s3, Bucket) => s3.DeleteBucketLifecycle({ Bucket }),
    get: (s3, Bucket) => ifThere('NoSuchLifecycleConfiguration', s3.GetBucketLifecycleConfiguration({ Bucket })),
  }),
  whole<Logging>('LoggingConfiguration', {
    form: ({ DestinationBucketName, LogFilePrefix, TargetObjectKeyFormat }, Bucket) =>
      given({
        TargetBucket: DestinationBucketName ?? Bucket,
        TargetPrefix: LogFilePrefix ?? '',
        TargetObjectKeyFormat,
      }),
    put: (s3, Bucket, LoggingEnabled) => s3.PutBucketLogging({ Bucket, BucketLoggingStatus: { LoggingEnabled } }),
    remove: (s3, Bucket) => s3.PutBucketLogging({ Bucket, BucketLoggingStatus: {} }),
    get: async (s3, Bucket) => (await s3.GetBucketLogging({ Bucket })).LoggingEnabled,
  }),
  whole<Website>('WebsiteConfiguration', {
    form: websiteOf,
    put: (s3, Bucket, WebsiteConfiguration) => s3.PutBucketWebsite({ Bucket, WebsiteConfiguration }),
    remove: (s3, Bucket) => s3.DeleteBucketWebsite({ Bucket }),
    get: (s3, Bucket) => ifThere('NoSuchWebsiteConfiguration', s3.GetBucketWebsite({ Bucket })),
  }),
  whole<{ AccelerationStatus: string }>('AccelerateConfiguration', {
    form: ({ AccelerationStatus: Status }) => ({ Status }),
    put: (s3, Bucket, AccelerateConfiguration) =>
      s3.PutBucketAccelerateConfiguration({ Bucket, AccelerateConfiguration }),
    remove: (s3, Bucket) =>
      s3.PutBucketAccelerateConfiguration({ Bucket, AccelerateConfiguration: { Status: 'Suspended' } }),
    get: (s3, Bucket) => s3.GetBucketAccelerateConfiguration({ Bucket }),
  }),
  whole<string>('AbacStatus', {
    form: (Status) => ({ Status }),
    put: (s3, Bucket, AbacStatus) => s3.PutBucketAbac({ Bucket, AbacStatus }),
    remove: (s3, Bucket) => s3.PutBucketAbac({ Bucket, AbacStatus: { Status: 'Disabled' } }),
    get: async (s3, Bucket) => (await s3.GetBucketAbac({ Bucket })).AbacStatus,
  }),
  whole<Notifications>('NotificationConfiguration', {
    form: notificationsOf,
    put: (s3, Bucket, NotificationConfiguration) =>
      s3.PutBucketNotificationConfiguration({ Bucket, NotificationConfiguration }),
    remove: (s3, Bucket) => s3.PutBucketNotificationConfiguration({ Bucket, NotificationConfiguration: {} }),
    get: (s3, Bucket) => s3.GetBucketNotificationConfiguration({ Bucket }),
  }),
  whole<Replication>('ReplicationConfiguration', {
    form: ({ Role, Rules }) => ({ Role, Rules: Rules.map(replicationRule) }),
    put: (s3, Bucket, ReplicationConfiguration) => s3.PutBucketReplication({ Bucket, ReplicationConfiguration }),
    remove: (s3, Bucket) => s3.DeleteBucketReplication({ Bucket }),
    async get(s3, Bucket) {
      const found = await ifThere('ReplicationConfigurationNotFoundError', s3.GetBucketReplication({ Bucket }));
      return found?.ReplicationConfiguration;
    },
  }),
  several<Inventory>('InventoryConfigurations', {
    form: inventoryOf,
    put: (s3, Bucket, InventoryConfiguration, Id) =>
      s3.PutBucketInventoryConfiguration({ Bucket, Id, InventoryConfiguration }),
    remove: (s3, Bucket, Id) => s3.DeleteBucketInventoryConfiguration({ Bucket, Id }),
    list: async (s3, Bucket) => (await s3.ListBucketInventoryConfigurations({ Bucket })).InventoryConfigurationList,
  }),
  several<Tiering>('IntelligentTieringConfigurations', {
    form: ({ Prefix, TagFilters, ...rest }) => withFilter(rest, { Prefix, TagFilters }),
    put: (s3, Bucket, IntelligentTieringConfiguration, Id) =>
      s3.PutBucketIntelligentTieringConfiguration({ Bucket, Id, IntelligentTieringConfiguration }),
    remove: (s3, Bucket, Id) => s3.DeleteBucketIntelligentTieringConfiguration({ Bucket, Id }),
    list: async (s3, Bucket) =>
      (await s3.ListBucketIntelligentTieringConfigurations({ Bucket })).IntelligentTieringConfigurationList,
  }),
  several<Analysed>('AnalyticsConfigurations', {
    form: ({ Id, StorageClassAnalysis: asked, ...conditions }) =>
      withFilter({ Id, StorageClassAnalysis: analysisOf(asked) }, conditions),
    put: (s3, Bucket, AnalyticsConfiguration, Id) =>
      s3.PutBucketAnalyticsConfiguration({ Bucket, Id, AnalyticsConfiguration }),
    remove: (s3, Bucket, Id) => s3.DeleteBucketAnalyticsConfiguration({ Bucket, Id }),
    list: async (s3, Bucket) => (await s3.ListBucketAnalyticsConfigurations({ Bucket })).AnalyticsConfigurationList,
  }),
  several<Measured>('MetricsConfigurations', {
    form: ({ Id, ...conditions }) => withFilter({ Id }, conditions),
    put: (s3, Bucket, MetricsConfiguration, Id) =>
      s3.PutBucketMetricsConfiguration({ Bucket, Id, MetricsConfiguration }),
    remove: (s3, Bucket, Id) => s3.DeleteBucketMetricsConfiguration({ Bucket, Id }),
    list: async (s3, Bucket) => (await s3.ListBucketMetricsConfigurations({ Bucket })).MetricsConfigurationList,
  }),
];

function withFilter<T extends object>(one: T, conditions: Parameters<typeof filterOf>[0]): T & { Filter?: object } {
  const Filter = filterOf(conditions);
  return Object.keys(Filter).length === 0 ? one : { ...one, Filter };
}
