/** How AWS writes the names of headers over HTTP/1.1, where scripts look for `ETag:` and not for `etag:`. HTTP/2 knows lower case only. */

/**
 * Those not named here are sent as they are: S3's `x-amz-…` are small on AWS, too, and what users bring is theirs.
 * Source: examples of S3's, DynamoDB's and Lambda's API references; Kong/kong#2676 (Lambda's answer); CloudFront and API Gateway Developer Guides.
 */
const WRITTEN = [
  'Accept-Ranges Age Allow Cache-Control Connection Content-Disposition Content-Encoding Content-Language Content-Length',
  'Content-MD5 Content-Range Content-Security-Policy Content-Type Date ETag Expires Keep-Alive Last-Modified Location',
  'Pragma Referrer-Policy Retry-After Server Server-Timing Set-Cookie Strict-Transport-Security Transfer-Encoding Vary Via',
  'WWW-Authenticate Access-Control-Allow-Origin Access-Control-Allow-Methods Access-Control-Allow-Headers',
  'Access-Control-Allow-Credentials Access-Control-Expose-Headers Access-Control-Max-Age',
  'x-amzn-RequestId x-amzn-ErrorType x-amzn-Remapped-Content-Length X-Amzn-Trace-Id Apigw-Requestid',
  'X-Amz-Executed-Version X-Amz-Function-Error X-Amz-Log-Result',
  'X-Cache X-Amz-Cf-Id X-Amz-Cf-Pop X-Content-Type-Options X-Frame-Options X-XSS-Protection',
].flatMap((line) => line.split(' '));

const BY_LOWER: ReadonlyMap<string, string> = new Map(WRITTEN.map((name) => [name.toLowerCase(), name]));

/** The name as AWS writes it over HTTP/1.1; one in any other case than lower was chosen by who sends it, and stays. */
export function writtenName(name: string): string {
  return BY_LOWER.get(name) ?? name;
}
