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

/** `s3.amazonaws.com`. */
export function eventSource(service: string): string {
  return `${SOURCES[service] ?? service}.amazonaws.com`;
}
