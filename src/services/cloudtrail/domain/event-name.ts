/** Operations by the names that CloudTrail has for them. */

/** By the date of their API. Source: Lambda Developer Guide, "Logging AWS Lambda API calls using AWS CloudTrail"; later ones are undated. */
const LAMBDA_DATED: { readonly [suffix: string]: readonly string[] } = {
  '20150331': [
    'CreateAlias',
    'CreateEventSourceMapping',
    'CreateFunction',
    'DeleteAlias',
    'DeleteEventSourceMapping',
    'DeleteFunction',
    'GetAlias',
    'GetEventSourceMapping',
    'ListAliases',
    'ListEventSourceMappings',
    'ListFunctions',
    'ListVersionsByFunction',
    'PublishVersion',
    'UpdateAlias',
    'UpdateEventSourceMapping',
  ],
  '20150331v2': [
    'AddPermission',
    'GetFunction',
    'GetFunctionConfiguration',
    'GetPolicy',
    'RemovePermission',
    'UpdateFunctionCode',
    'UpdateFunctionConfiguration',
  ],
  '20160819': ['GetAccountSettings'],
  '20170331': ['ListTags'],
  '20170331v2': ['TagResource', 'UntagResource'],
  '20171031': ['DeleteFunctionConcurrency', 'PutFunctionConcurrency'],
  '20181031': [
    'AddLayerVersionPermission',
    'DeleteLayerVersion',
    'GetLayerVersion',
    'GetLayerVersionPolicy',
    'ListLayerVersions',
    'ListLayers',
    'PublishLayerVersion',
    'RemoveLayerVersionPermission',
  ],
};

/** Source: S3 User Guide, "Amazon S3 CloudTrail events". */
const S3: { readonly [operation: string]: string } = {
  DeletePublicAccessBlock: 'DeleteBucketPublicAccessBlock',
  GetBucketLifecycleConfiguration: 'GetBucketLifecycle',
  GetBucketNotificationConfiguration: 'GetBucketNotification',
  GetObjectLockConfiguration: 'GetBucketObjectLockConfiguration',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  ListObjectsV2: 'ListObjects',
  PutBucketLifecycleConfiguration: 'PutBucketLifecycle',
  PutBucketNotificationConfiguration: 'PutBucketNotification',
  PutObjectLockConfiguration: 'PutBucketObjectLockConfiguration',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
};

/** Source: the same, "Amazon S3 account-level actions tracked by CloudTrail logging". */
const S3_CONTROL: { readonly [operation: string]: string } = {
  DeletePublicAccessBlock: 'DeleteAccountPublicAccessBlock',
  GetPublicAccessBlock: 'GetAccountPublicAccessBlock',
  PutPublicAccessBlock: 'PutAccountPublicAccessBlock',
};

const NAMES: { readonly [service: string]: { readonly [operation: string]: string } } = {
  s3: S3,
  's3-control': S3_CONTROL,
  lambda: Object.fromEntries(
    Object.entries(LAMBDA_DATED).flatMap(([suffix, names]) => names.map((name) => [name, name + suffix])),
  ),
};

/** `CreateFunction20150331`, `PutBucketLifecycle`; mostly the operation's own. */
export function eventName({ service, operation }: { service: string; operation: string }): string {
  return NAMES[service]?.[operation] ?? operation;
}
