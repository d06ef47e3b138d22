/** Which authorizers can work. Source of the texts: badmintoncryer/cdk-preflight, measured in September 2026. */
import type { Authorizer } from '#models/apigatewayv2';
import { functionOf } from '../../api-gateway/port.ts';
import { badRequest } from '../errors.ts';
import { AUDIENCES_MAX, AUTHORIZER_TTL_MAX } from '../limits.ts';

const HTTP_SOURCE = /^\$\{?(?:request\.(?:header|querystring)|stageVariables|context)\.\S+$/;
const SOCKET_SOURCE = /^(?:route\.request\.(?:querystring|header)|stageVariables|context)\.[a-zA-Z0-9._-]+$/;

/** @throws {ServiceError} BadRequestException */
export function checkSettings(value: Authorizer, isHttp: boolean): void {
  const { AuthorizerResultTtlInSeconds: ttl = 0 } = value;
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > AUTHORIZER_TTL_MAX)
    throw badRequest(
      `Authorizer result TTL outside allowable range. TTL must be between 0 and ${AUTHORIZER_TTL_MAX} seconds.`,
    );
  if (value.AuthorizerType !== 'REQUEST' && !isHttp)
    throw badRequest('Invalid authorizer type. Only REQUEST authorizer type is supported on WEBSOCKET protocol Apis.');
  checkSources(value, isHttp);
  if (value.AuthorizerType === 'JWT') checkTrust(value);
  else checkFunction(value, isHttp);
}

/** Asked only of a lifetime that is given: one that is not said counts for nothing without a source. @throws {ServiceError} BadRequestException */
export function checkCaching(ttl: number | undefined, { IdentitySource: sources = [] }: Authorizer): void {
  if (ttl !== undefined && ttl > 0 && sources.length === 0)
    throw badRequest('Identity source must be set if authorizer caching is enabled (TTL is greater than 0)');
}

function checkSources({ IdentitySource: sources = [] }: Authorizer, isHttp: boolean): void {
  const bad = sources.find((source) => !(isHttp ? HTTP_SOURCE : SOCKET_SOURCE).test(source));
  if (bad === undefined) return;
  throw badRequest(
    isHttp
      ? `Invalid identity source expression: ${bad}. The source must be a request header, request querystring, stage variable or context parameter`
      : `Invalid request identity source expression: ${bad}. The sources must be separated by comma, and each source must be either a request parameter, matching 'route.request.querystring|header.[a-zA-Z0-9._-]+', or a stage variable, matching 'stageVariables.[a-zA-Z0-9._-]+', or a context parameter, matching 'context.[a-zA-Z0-9._-]+'`,
  );
}

/** Deviation: an issuer of this machine may do without TLS. */
function checkTrust({ JwtConfiguration: trust }: Authorizer): void {
  if (trust === undefined) throw badRequest('JwtConfiguration must not be null for JWT Authorizer');
  const { Issuer = '', Audience = [] } = trust;
  if (Audience.length === 0) throw badRequest('Audience list must have at least 1 item for JWT Authorizer');
  if (Audience.length > AUDIENCES_MAX)
    throw badRequest(`JWT Configuration can have at most ${AUDIENCES_MAX} audiences`);
  if (!/^https:\/\/|^http:\/\/(localhost|127\.0\.0\.1|[\w.-]+\.localhost)\b/.test(Issuer))
    throw badRequest('Invalid issuer: Issuer is not a valid URL for JWT Authorizer');
}

function checkFunction(value: Authorizer, isHttp: boolean): void {
  const { AuthorizerUri: uri, AuthorizerPayloadFormatVersion: version } = value;
  if (uri === undefined) throw badRequest('AuthorizerUri is a required field in an Authorizer');
  if (functionOf(uri) === undefined)
    throw badRequest(
      `Invalid Authorizer URI: ${uri}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.`,
    );
  if (isHttp && version !== '1.0' && version !== '2.0')
    throw badRequest('AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer');
  if (value.EnableSimpleResponses === true && version !== '2.0')
    throw badRequest('EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".');
}
