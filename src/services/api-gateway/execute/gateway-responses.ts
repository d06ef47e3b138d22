/** What callers are told that never reach their integration, or of one that failed. Source: API Gateway Developer Guide, "Gateway response types for API Gateway". */

export type ResponseType =
  | 'ACCESS_DENIED'
  | 'API_CONFIGURATION_ERROR'
  | 'AUTHORIZER_CONFIGURATION_ERROR'
  | 'AUTHORIZER_FAILURE'
  | 'BAD_REQUEST_BODY'
  | 'BAD_REQUEST_PARAMETERS'
  | 'DEFAULT_4XX'
  | 'DEFAULT_5XX'
  | 'EXPIRED_TOKEN'
  | 'INTEGRATION_FAILURE'
  | 'INTEGRATION_TIMEOUT'
  | 'INVALID_API_KEY'
  | 'INVALID_SIGNATURE'
  | 'MISSING_AUTHENTICATION_TOKEN'
  | 'QUOTA_EXCEEDED'
  | 'REQUEST_TOO_LARGE'
  | 'RESOURCE_NOT_FOUND'
  | 'THROTTLED'
  | 'UNAUTHORIZED'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'WAF_FILTERED';

/** Status, and what `x-amzn-errortype` says. */
export const DEFAULTS: { readonly [type in ResponseType]: readonly [status: number, errorType: string] } = {
  ACCESS_DENIED: [403, 'AccessDeniedException'],
  API_CONFIGURATION_ERROR: [500, 'InternalServerErrorException'],
  AUTHORIZER_CONFIGURATION_ERROR: [500, 'AuthorizerConfigurationException'],
  AUTHORIZER_FAILURE: [500, 'AuthorizerConfigurationException'],
  BAD_REQUEST_BODY: [400, 'BadRequestException'],
  BAD_REQUEST_PARAMETERS: [400, 'BadRequestException'],
  DEFAULT_4XX: [403, 'ForbiddenException'],
  DEFAULT_5XX: [502, 'InternalServerErrorException'],
  EXPIRED_TOKEN: [403, 'ExpiredTokenException'],
  INTEGRATION_FAILURE: [504, 'InternalServerErrorException'],
  INTEGRATION_TIMEOUT: [504, 'InternalServerErrorException'],
  INVALID_API_KEY: [403, 'ForbiddenException'],
  INVALID_SIGNATURE: [403, 'InvalidSignatureException'],
  MISSING_AUTHENTICATION_TOKEN: [403, 'MissingAuthenticationTokenException'],
  QUOTA_EXCEEDED: [429, 'LimitExceededException'],
  REQUEST_TOO_LARGE: [413, 'RequestTooLargeException'],
  RESOURCE_NOT_FOUND: [404, 'NotFoundException'],
  THROTTLED: [429, 'TooManyRequestsException'],
  UNAUTHORIZED: [401, 'UnauthorizedException'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'BadRequestException'],
  WAF_FILTERED: [403, 'ForbiddenException'],
};

const LATE: ReadonlySet<ResponseType> = new Set<ResponseType>([
  'API_CONFIGURATION_ERROR',
  'BAD_REQUEST_BODY',
  'BAD_REQUEST_PARAMETERS',
  'DEFAULT_5XX',
  'INTEGRATION_FAILURE',
  'INTEGRATION_TIMEOUT',
  'UNSUPPORTED_MEDIA_TYPE',
]);

/** Whether a request had been let in when it came to its end. */
export function isLate(type: ResponseType): boolean {
  return LATE.has(type);
}

/** Whether the answer tells under which trace the request was. Source: aws-samples/serverless-patterns, apigw-s3-lambda-sls-py, answers of AWS's in its README (for a missing API key). */
export function tellsTrace(type: ResponseType): boolean {
  return isLate(type) || type === 'INVALID_API_KEY';
}

/** Ends a request: API Gateway answers by itself. */
export class GatewayFault extends Error {
  override name = 'GatewayFault';
  readonly type: ResponseType;
  /** What validation found, for `$context.error.validationErrorString`. */
  readonly details: string | undefined;
  /** What `x-amzn-errortype` says. */
  readonly errorType: string;

  readonly status: number;

  /** @param message null is what AWS says of authorizers that fail */
  constructor(
    type: ResponseType,
    message: string | null,
    details?: string,
    [status, errorType]: readonly [number, string] = DEFAULTS[type],
  ) {
    super(message ?? '');
    this.type = type;
    this.details = details;
    this.errorType = errorType;
    this.status = status;
    this.#hasMessage = message !== null;
  }

  readonly #hasMessage: boolean;

  /** As JSON. */
  get messageString(): string {
    return this.#hasMessage ? JSON.stringify(this.message) : 'null';
  }
}
