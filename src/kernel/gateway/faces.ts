/** How failures of the gateway itself are called: each family of protocols has its own names for the same thing. */
import { commonError, ServiceError } from '#kernel/contract';
import type { ProtocolName } from '#kernel/wire';

export type Face = 'json' | 'query' | 'ec2' | 's3' | 'rest';

/** What went wrong, whatever it is called. */
export type Trouble =
  | 'missing-token'
  | 'unknown-key'
  | 'inactive-key'
  | 'bad-signature'
  | 'expired-token'
  | 'bad-token'
  | 'incomplete'
  | 'bad-query'
  | 'skewed'
  | 'expired-request'
  | 'denied'
  | 'throttled'
  | 'internal'
  | 'unavailable'
  | 'not-built'
  | 'too-large';

/**
 * The family of error names that a service answers with. CloudFront's are those of the query protocol, whose documents of errors it has, too.
 * Source: answers in github.com/boto/boto3/issues/2332 (S3 Control), amimoto-ami/c3-cloudfront-clear-cache/issues/41, aws/aws-sdk-ruby/issues/227.
 */
export function faceOf(service: string, protocol: ProtocolName): Face {
  if (service === 's3' || service === 's3-control') return 's3';
  if (protocol === 'ec2' || protocol === 'query') return protocol;
  if (protocol === 'rest-xml') return 'query';
  return protocol === 'json' || protocol === 'json-cbor' || protocol === 'cbor' ? 'json' : 'rest';
}

type Names = { readonly [trouble in Trouble]: readonly [code: string, status: number] };

/** Source: recorded answers of DynamoDB and SQS (json), IAM and STS (query), EC2, S3, Lambda (rest); their "Common Errors" pages. */
const NAMES: { readonly [face in Face]: Names } = {
  json: {
    'missing-token': ['MissingAuthenticationTokenException', 400],
    'unknown-key': ['UnrecognizedClientException', 400],
    'inactive-key': ['UnrecognizedClientException', 400],
    'bad-signature': ['InvalidSignatureException', 400],
    'expired-token': ['ExpiredTokenException', 400],
    'bad-token': ['UnrecognizedClientException', 400],
    incomplete: ['IncompleteSignatureException', 400],
    'bad-query': ['IncompleteSignatureException', 400],
    skewed: ['InvalidSignatureException', 400],
    'expired-request': ['InvalidSignatureException', 400],
    denied: ['AccessDeniedException', 400],
    throttled: ['ThrottlingException', 400],
    internal: ['InternalServerError', 500],
    unavailable: ['ServiceUnavailable', 503],
    'not-built': ['NotImplemented', 501],
    'too-large': ['RequestEntityTooLargeException', 413],
  },
  query: {
    'missing-token': ['MissingAuthenticationToken', 403],
    'unknown-key': ['InvalidClientTokenId', 403],
    'inactive-key': ['InvalidClientTokenId', 403],
    'bad-signature': ['SignatureDoesNotMatch', 403],
    'expired-token': ['ExpiredToken', 403],
    'bad-token': ['InvalidClientTokenId', 403],
    incomplete: ['IncompleteSignature', 403],
    'bad-query': ['IncompleteSignature', 403],
    skewed: ['SignatureDoesNotMatch', 403],
    'expired-request': ['SignatureDoesNotMatch', 403],
    denied: ['AccessDenied', 403],
    throttled: ['Throttling', 400],
    internal: ['InternalFailure', 500],
    unavailable: ['ServiceUnavailable', 503],
    'not-built': ['NotImplemented', 501],
    'too-large': ['RequestEntityTooLargeException', 413],
  },
  ec2: {
    'missing-token': ['MissingAuthenticationToken', 403],
    'unknown-key': ['AuthFailure', 401],
    'inactive-key': ['AuthFailure', 401],
    'bad-signature': ['SignatureDoesNotMatch', 403],
    'expired-token': ['RequestExpired', 400],
    'bad-token': ['AuthFailure', 401],
    incomplete: ['IncompleteSignature', 400],
    'bad-query': ['IncompleteSignature', 400],
    skewed: ['RequestExpired', 400],
    'expired-request': ['RequestExpired', 400],
    denied: ['UnauthorizedOperation', 403],
    throttled: ['RequestLimitExceeded', 503],
    internal: ['InternalError', 500],
    unavailable: ['Unavailable', 503],
    'not-built': ['NotImplemented', 501],
    'too-large': ['RequestEntityTooLargeException', 413],
  },
  s3: {
    'missing-token': ['AccessDenied', 403],
    'unknown-key': ['InvalidAccessKeyId', 403],
    'inactive-key': ['InvalidAccessKeyId', 403],
    'bad-signature': ['SignatureDoesNotMatch', 403],
    'expired-token': ['ExpiredToken', 400],
    'bad-token': ['InvalidToken', 400],
    incomplete: ['AuthorizationHeaderMalformed', 400],
    'bad-query': ['AuthorizationQueryParametersError', 400],
    skewed: ['RequestTimeTooSkewed', 403],
    'expired-request': ['AccessDenied', 403],
    denied: ['AccessDenied', 403],
    throttled: ['SlowDown', 503],
    internal: ['InternalError', 500],
    unavailable: ['ServiceUnavailable', 503],
    'not-built': ['NotImplemented', 501],
    'too-large': ['EntityTooLarge', 400],
  },
  rest: {
    'missing-token': ['MissingAuthenticationTokenException', 403],
    'unknown-key': ['UnrecognizedClientException', 403],
    'inactive-key': ['UnrecognizedClientException', 403],
    'bad-signature': ['InvalidSignatureException', 403],
    'expired-token': ['ExpiredTokenException', 403],
    'bad-token': ['UnrecognizedClientException', 403],
    incomplete: ['IncompleteSignatureException', 403],
    'bad-query': ['IncompleteSignatureException', 403],
    skewed: ['InvalidSignatureException', 403],
    'expired-request': ['InvalidSignatureException', 403],
    denied: ['AccessDeniedException', 403],
    throttled: ['TooManyRequestsException', 429],
    internal: ['InternalServerError', 500],
    unavailable: ['ServiceUnavailableException', 503],
    'not-built': ['NotImplemented', 501],
    'too-large': ['RequestEntityTooLargeException', 413],
  },
};

/** The error a client of that family gets. */
export function trouble(face: Face, what: Trouble, message: string, fields?: Record<string, unknown>): ServiceError {
  const [code, status] = NAMES[face][what];
  return new ServiceError(code, message, { status, fields });
}

/** Deviation: AWS has no such answer; it says honestly that Cloudyard does not do this yet. */
export function notBuilt(title: string, operation: string, reason: string): ServiceError {
  return commonError('NotImplemented', `Cloudyard has not built ${title} ${operation} yet: ${reason}`);
}
