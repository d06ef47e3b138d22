/** Services by the names that CloudTrail has for them. */

/** Names of services in `eventSource` that are not their own. */
const SOURCES: { readonly [service: string]: string } = {
  'api-gateway': 'apigateway',
  apigatewayv2: 'apigateway',
  apigatewaymanagementapi: 'execute-api',
  // Source: CloudFront Developer Guide, "Logging Amazon CloudFront API calls using AWS CloudTrail".
  'cloudfront-keyvaluestore': 'edgekeyvaluestore',
  cloudwatch: 'monitoring',
  'cloudwatch-logs': 'logs',
  'dynamodb-streams': 'dynamodb',
  eventbridge: 'events',
  's3-control': 's3',
  'secrets-manager': 'secretsmanager',
};

/**
 * Whether a call was about directory buckets, which have a source and types of resources of their own.
 *
 * Deviation: ListMultipartUploads is a data event there as it is of other buckets; AWS tells it as a management event.
 *
 * @see S3 User Guide, "Logging with AWS CloudTrail for directory buckets"
 */
export function isOfDirectory({ service, operation, parameters }: SourcedCall): boolean {
  if (service === 's3-control')
    return operation === LISTS_POINTS || /"(name|bucket)":"[^"]*--xa?-s3"/.test(parameters ?? '');
  if (service !== 's3') return false;
  return operation === 'ListDirectoryBuckets' || /"bucket":"[^"]*--xa?-s3"/.test(parameters ?? '');
}

const LISTS_POINTS = 'ListAccessPointsForDirectoryBuckets';

type SourcedCall = { service: string; operation: string; parameters?: string | undefined };

/** `s3.amazonaws.com`. */
export function eventSource(call: SourcedCall): string {
  const name = isOfDirectory(call) ? 's3express' : (SOURCES[call.service] ?? call.service);
  return `${name}.amazonaws.com`;
}
