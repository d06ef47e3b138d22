/** Errors that a client sees. A service makes each in its errors.ts by a function named after it; the model says code and status. */
import type { ServiceErrors } from '#models/services';

/** Errors that every service can give, which its model leaves out. Source: each service's API Reference, "Common Errors". */
export const COMMON_ERRORS = {
  AccessDenied: 403,
  AccessDeniedException: 400,
  AuthFailure: 401,
  BadDigest: 400,
  ExpiredToken: 400,
  ExpiredTokenException: 400,
  IncompleteSignature: 400,
  IncompleteSignatureException: 400,
  InternalError: 500,
  InternalFailure: 500,
  InternalServerError: 500,
  InvalidAccessKeyId: 403,
  InvalidAction: 400,
  InvalidClientTokenId: 403,
  InvalidParameterCombination: 400,
  InvalidParameterValue: 400,
  InvalidQueryParameter: 400,
  InvalidSignatureException: 400,
  MalformedInput: 400,
  MalformedXML: 400,
  MalformedQueryString: 400,
  MissingAction: 400,
  MissingAuthenticationToken: 403,
  MissingAuthenticationTokenException: 400,
  MissingParameter: 400,
  NotAcceptableException: 406,
  NotImplemented: 501,
  OptInRequired: 403,
  RequestEntityTooLargeException: 413,
  RequestExpired: 400,
  RequestTimeTooSkewed: 403,
  RequestTimeout: 400,
  SerializationException: 400,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
  Throttling: 400,
  ThrottlingException: 400,
  UnknownOperationException: 400,
  UnrecognizedClientException: 400,
  UnsupportedMediaTypeException: 415,
  ValidationError: 400,
  ValidationException: 400,
  XAmzContentSHA256Mismatch: 400,
} as const;

export type CommonError = keyof typeof COMMON_ERRORS;

export class ServiceError extends Error {
  override name = 'ServiceError';
  /** The error's shape in the model, or a common error. */
  readonly code: string;
  /** Overrides the model's HTTP status. */
  readonly status: number | undefined;
  /** Further members of the error's shape. */
  readonly fields: Record<string, unknown>;

  constructor(
    code: string,
    message: string,
    options: { status?: number | undefined; fields?: Record<string, unknown> | undefined } = {},
  ) {
    super(message);
    this.code = code;
    this.status = options.status;
    this.fields = options.fields ?? {};
  }
}

/** Makes the errors of one service; a code its model doesn't have is a compile error. */
export function errorsOf<Name extends keyof ServiceErrors>(_service: Name) {
  return (
    code: ServiceErrors[Name] | CommonError,
    message: string,
    fields?: Record<string, unknown>,
    status?: number,
  ): ServiceError => new ServiceError(code, message, { fields, status });
}

/** Makes a common error. */
export function commonError(code: CommonError, message: string, fields?: Record<string, unknown>): ServiceError {
  return new ServiceError(code, message, { status: COMMON_ERRORS[code], fields });
}

/** What is asked for is known but not built: it is refused by name. */
export function notBuilt(what: string): ServiceError {
  return commonError('NotImplemented', `Cloudyard has not built ${what} yet`);
}

/** Waits for work whose refusal is no matter; bugs are thrown. */
export async function evenIfRefused(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
  }
}

/** Throws; for the right side of `??`. */
export function raise(error: Error): never {
  throw error;
}
